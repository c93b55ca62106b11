/**
 * What the browsers' cameras and microphones give: files that say for certain
 * whose they are. A camera is one flat colour with a white square that walks
 * across it, a microphone one note in short beats (noise suppression takes a
 * steady one away), or a voice: it rises, falls and trembles as one that sings,
 * and is never silent.
 */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'

const SECONDS = 3
const RATE = 48_000
const BEAT_SECONDS = 0.6
const NOTE_SECONDS = 0.35

/** Two people. Colours are BT.601 limited range, as cameras give it. */
export const people = {
  red: { yuv: [81, 90, 240], hertz: 520 },
  blue: { yuv: [41, 240, 110], hertz: 1180 },
  redVoice: { yuv: [81, 90, 240], hertz: 220, voice: true },
  blueVoice: { yuv: [41, 240, 110], hertz: 330, voice: true },
  // What their cameras show is a pattern, see pattern.mjs.
  trigger: { pattern: 'trigger', hertz: 700 },
  neutral: { pattern: 'neutral', hertz: 900 },
  dim: { pattern: 'dim', hertz: 800 },
}

/** A small picture that takes little of a machine. */
const small = { width: 320, height: 240, fps: 15, grain: 0 }

/**
 * Writes a person's camera as a YUV4MPEG2 file with 4:2:0 chroma.
 *
 * @param {{ width: number, height: number, fps: number, grain: number }} [picture] grain: how far the brightness of a
 *   pixel may be off, at random, which no encoder can foresee
 */
export function writeCamera(path, { yuv: [y, u, v], square = 235 }, { width, height, fps, grain } = small) {
  const file = openSync(path, 'w')
  const [side, frames] = [height / 5, SECONDS * fps]
  writeSync(file, `YUV4MPEG2 W${width} H${height} F${fps}:1 Ip A1:1 C420jpeg\n`)
  for (let frame = 0; frame < frames; frame++) {
    const left = 2 * Math.round(((width - side) / 2) * (frame / (frames - 1)))
    const top = (height - side) / 2
    writeSync(file, 'FRAME\n')
    const bright = plane(width, height, y, square, left, top, side)
    if (grain > 0) for (let i = 0; i < bright.length; i++) bright[i] += Math.round(grain * (2 * Math.random() - 1))
    writeSync(file, bright)
    for (const colour of [u, v]) writeSync(file, plane(width / 2, height / 2, colour, 128, left / 2, top / 2, side / 2))
  }
  closeSync(file)
}

function plane(width, height, ground, square, left, top, size) {
  const bytes = Buffer.alloc(width * height, ground)
  for (let row = top; row < top + size; row++) bytes.fill(square, row * width + left, row * width + left + size)
  return bytes
}

/** Writes a person's microphone as a WAV file of whole beats, so that it can be repeated. */
export function writeMicrophone(path, { hertz, voice = false }) {
  const samples = RATE * BEAT_SECONDS * 5
  let turn = 0
  const data = Buffer.alloc(2 * samples)
  for (let i = 0; i < samples; i++) {
    const at = (i / RATE) % BEAT_SECONDS
    if (voice) {
      // Whole turns a round, so that it can be repeated: up and down within a beat, a tremble of five a second, three overtones.
      const pitch = hertz * (1 + 0.25 * Math.sin((2 * Math.PI * at) / BEAT_SECONDS) + 0.03 * Math.sin((2 * Math.PI * 3 * at) / BEAT_SECONDS))
      turn += pitch / RATE
      const loud = 0.6 + 0.3 * Math.sin((2 * Math.PI * 3 * at) / BEAT_SECONDS)
      const tone = [1, 0.6, 0.4, 0.2].reduce((sum, strength, n) => sum + strength * Math.sin(2 * Math.PI * turn * (n + 1)), 0)
      data.writeInt16LE(Math.round(0.3 * 32_767 * loud * tone * 0.6), 2 * i)
      continue
    }
    // Raised at both ends, so that no beat clicks.
    const loud = at < NOTE_SECONDS ? Math.sin((Math.PI * at) / NOTE_SECONDS) ** 0.5 : 0
    data.writeInt16LE(Math.round(0.5 * 32_767 * loud * Math.sin(2 * Math.PI * hertz * at)), 2 * i)
  }
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + data.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20) // PCM
  header.writeUInt16LE(1, 22) // mono
  header.writeUInt32LE(RATE, 24)
  header.writeUInt32LE(2 * RATE, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(data.length, 40)
  writeFileSync(path, Buffer.concat([header, data]))
}
