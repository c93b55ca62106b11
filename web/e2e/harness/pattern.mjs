/**
 * Cameras that show a pattern for the classifier to look at: a grid of colours
 * drawn large, in e2e/fixtures. `trigger` is an abstract pattern that the model
 * calls indecent with certainty, `neutral` its counterpart; they prove that the
 * parts are joined, not how well anything is detected. `dim` is a dark, noisy
 * room with hardly a contrast.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

import { writeCamera } from './devices.mjs'

const fixtures = join(import.meta.dirname, '..', 'fixtures')
const FPS = 15

/** BT.601, limited range: a line for each of Y, Cb and Cr of red, green, blue and one. */
const matrix = [
  [65.481, 128.553, 24.966, 16],
  [-37.797, -74.203, 112, 128],
  [112, -93.786, -18.214, 128],
]

/** A pattern: gw x gh colours, row by row. */
export function readGrid(name) {
  return JSON.parse(readFileSync(join(fixtures, `${name}.grid.json`), 'utf8'))
}

/** Writes the camera of a pattern, in whole rounds so that it can be repeated. */
export function writePattern(path, name, { width = 640, height = 480 } = {}) {
  if (name === 'dim') {
    writeCamera(path, { yuv: [30, 126, 130], square: 34 }, { width, height, fps: FPS, grain: 7 })
    return
  }
  const grid = readGrid(name)
  const frame = Buffer.concat([plane(grid, 0, width, height, 1), plane(grid, 1, width, height, 2), plane(grid, 2, width, height, 2)])
  const file = openSync(path, 'w')
  writeSync(file, `YUV4MPEG2 W${width} H${height} F${FPS}:1 Ip A1:1 C420jpeg\n`)
  for (let i = 0; i < 2; i++) {
    writeSync(file, 'FRAME\n')
    writeSync(file, frame)
  }
  closeSync(file)
}

/** One of the three planes, at a pixel of so many. */
function plane(grid, which, width, height, every) {
  const bytes = Buffer.alloc((width / every) * (height / every))
  const middle = (every - 1) / 2
  let at = 0
  for (let y = 0; y < height; y += every) {
    for (let x = 0; x < width; x += every) {
      const [r, g, b, one] = matrix[which]
      const colour = blend(grid, ((x + middle + 0.5) / width) * grid.gw - 0.5, ((y + middle + 0.5) / height) * grid.gh - 0.5)
      bytes[at++] = Math.round(one + (r * colour[0] + g * colour[1] + b * colour[2]) / 255)
    }
  }
  return bytes
}

/** The colour at a place of the grid, between its points. */
function blend({ gw, gh, rgb }, x, y) {
  const [left, part] = split(x, gw)
  const [top, down] = split(y, gh)
  return [0, 1, 2].map((channel) => {
    const at = (column, row) => rgb[3 * (row * gw + column) + channel]
    const above = at(left, top) * (1 - part) + at(left + 1, top) * part
    const below = at(left, top + 1) * (1 - part) + at(left + 1, top + 1) * part
    return above * (1 - down) + below * down
  })
}

/** A place on a line of so many points: the point before it, and how far beyond. */
function split(place, count) {
  const held = Math.min(Math.max(place, 0), count - 1)
  const before = Math.min(Math.floor(held), count - 2)
  return [before, held - before]
}
