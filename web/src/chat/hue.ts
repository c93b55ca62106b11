import type { CSSProperties } from 'react'

/** The colours of a partner, from the hue the service gave the pair; equal lightness keeps contrast the same for each hue. */
export function hueStyle(hue: number): CSSProperties {
  return {
    '--hue-fill': `oklch(0.8 0.11 ${hue})`,
    '--hue-ink': `oklch(0.3 0.07 ${hue})`,
    '--hue-deep': `oklch(0.24 0.035 ${hue})`,
    '--hue-text': `light-dark(oklch(0.46 0.12 ${hue}), oklch(0.82 0.1 ${hue}))`,
  } as CSSProperties
}
