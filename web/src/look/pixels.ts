/** What the network is given: a picture squeezed to its size, as NSFWJS does it and as the server does. */

/** Width and height that the network takes. */
export const SIDE = 224

/**
 * Samples RGBA bytes to SIDE x SIDE x 3 numbers 0..1, row by row, into out: the
 * four nearest pixels weighted, corners on corners, which is what TensorFlow calls
 * resizeBilinear with alignCorners.
 */
export function squeeze(rgba: Uint8ClampedArray, width: number, height: number, out: Float32Array): void {
  const columns = taps(width)
  const rows = taps(height)
  let at = 0
  for (const row of rows) {
    const above = row.low * width
    const below = row.high * width
    for (const column of columns) {
      const corners = [above + column.low, above + column.high, below + column.low, below + column.high] as const
      for (let channel = 0; channel < 3; channel++) {
        const top = mix(rgba[4 * corners[0] + channel], rgba[4 * corners[1] + channel], column.part)
        const bottom = mix(rgba[4 * corners[2] + channel], rgba[4 * corners[3] + channel], column.part)
        out[at++] = mix(top, bottom, row.part) / 255
      }
    }
  }
}

interface Tap {
  readonly low: number
  readonly high: number
  /** How much of high. */
  readonly part: number
}

function taps(size: number): Tap[] {
  const step = (size - 1) / (SIDE - 1)
  return Array.from({ length: SIDE }, (_, i) => {
    const low = Math.min(Math.floor(i * step), size - 1)
    return { low, high: Math.min(low + 1, size - 1), part: i * step - low }
  })
}

function mix(from = 0, to = 0, part: number): number {
  return from + (to - from) * part
}
