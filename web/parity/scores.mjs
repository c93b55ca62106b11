/**
 * The browser's half of the parity test (moderation/onnx/parity_test.go): scores pictures with the network that pages
 * load, by TensorFlow.js on WebAssembly, through NSFWJS, which scales them.
 *
 *     node parity/scores.mjs MODEL_DIR PICTURES_DIR
 *
 * PICTURES_DIR has index.json, [{ "kind": "rgb" | "i420", "width", "height" }, ...], and pictures.bin with their bytes
 * one after the other. Prints { "backend", "scores": [{ CLASS: probability, ... }, ...] }.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import * as tf from '@tensorflow/tfjs'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { load } from 'nsfwjs/core'

const [modelFolder, picturesFolder] = process.argv.slice(2)

setWasmPaths(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')) + '/')
await tf.setBackend('wasm')
await tf.ready()

const model = JSON.parse(readFileSync(join(modelFolder, 'model.json'), 'utf8'))
const network = await load(
  tf.io.fromMemory({
    ...model,
    weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
    weightData: Uint8Array.from(
      Buffer.concat(model.weightsManifest.flatMap((group) => group.paths).map((path) => readFileSync(join(modelFolder, path)))),
    ).buffer,
  }),
  { size: 224, type: 'graph' },
)

const bytes = readFileSync(join(picturesFolder, 'pictures.bin'))
let at = 0
const take = (length) => bytes.subarray(at, (at += length))

const clamp = (value) => Math.min(255, Math.max(0, value))

/**
 * Planes as a canvas gives them: BT.601, limited range (16 to 235), in 8-bit fixed point, the chroma of a sample for its
 * four pixels.
 */
function canvas(width, height) {
  const chroma = Math.ceil(width / 2)
  const luma = take(width * height)
  const blue = take(chroma * Math.ceil(height / 2))
  const red = take(chroma * Math.ceil(height / 2))
  const rgb = new Int32Array(width * height * 3)
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const c = (y >> 1) * chroma + (x >> 1)
      const l = 298 * (luma[y * width + x] - 16) + 128
      const u = blue[c] - 128
      const v = red[c] - 128
      rgb[o++] = clamp((l + 409 * v) >> 8)
      rgb[o++] = clamp((l - 100 * u - 208 * v) >> 8)
      rgb[o++] = clamp((l + 516 * u) >> 8)
    }
  }
  return rgb
}

const scores = []
for (const { kind, width, height } of JSON.parse(readFileSync(join(picturesFolder, 'index.json'), 'utf8'))) {
  const pixels = kind === 'rgb' ? Int32Array.from(take(width * height * 3)) : canvas(width, height)
  const picture = tf.tensor3d(pixels, [height, width, 3], 'int32')
  const classes = await network.classify(picture, 5)
  scores.push(Object.fromEntries(classes.map(({ className, probability }) => [className, probability])))
  picture.dispose()
}
console.log(JSON.stringify({ backend: tf.getBackend(), scores }))
