import * as tf from '@tensorflow/tfjs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'

import { classes } from './cover'
import { type ModelFile, readGraph } from './graph'
import { Network } from './network'
import { SIDE } from './pixels'

/** The network as its package has it: JSON and base64 in modules. */
function packaged(): { file: ModelFile; bytes: ArrayBuffer } {
  const require = createRequire(import.meta.url)
  const folder = join(dirname(require.resolve('nsfwjs')), '..', 'models', 'mobilenet_v2_mid')
  const file = require(join(folder, 'model.min.js')) as ModelFile
  const parts = file.weightsManifest.flatMap(({ paths }) => paths).map((path) => Buffer.from(require(join(folder, `${path}.min.js`)) as string, 'base64'))
  return { file, bytes: Uint8Array.from(Buffer.concat(parts)).buffer }
}

/** A picture of broad patches with some grain. */
function picture(seed: number): Float32Array {
  let state = seed
  const random = () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647
  const patches = Array.from({ length: 8 * 8 * 3 }, random)
  return Float32Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
    const [x, y, channel] = [Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE), i % 3]
    return 0.9 * (patches[3 * (8 * Math.floor(y / 28) + Math.floor(x / 28)) + channel] ?? 0) + 0.1 * random()
  })
}

const { file, bytes } = packaged()

beforeAll(async () => {
  await tf.setBackend('cpu')
})

describe('the network', () => {
  test('gives what TensorFlow.js gives by its own way, and leaves no tensor behind', async () => {
    const reference = await tf.loadGraphModel(tf.io.fromMemory({ ...(file as object), weightSpecs: file.weightsManifest.flatMap(({ weights }) => weights), weightData: bytes } as tf.io.ModelArtifacts))
    const network = new Network(readGraph(file, bytes))
    const { numTensors } = tf.memory()
    const pixels = picture(2)
    const got = await network.run(pixels)
    expect(tf.memory().numTensors).toBe(numTensors)
    const wanted = tf.tidy(() => (reference.predict(tf.tensor(pixels, [1, SIDE, SIDE, 3])) as tf.Tensor).dataSync())
    expect(got).toHaveLength(classes.length)
    got.forEach((score, i) => expect(score).toBeCloseTo(wanted[i] ?? Number.NaN, 5))
    reference.dispose()
    network.dispose()
    expect(tf.memory().numTensors).toBe(0)
    // Two runs in plain JavaScript, on a machine that may be busy.
  }, 120_000)
})

describe('a file that is not the network', () => {
  test.each([
    ['with an operation that is not known', { ...file, modelTopology: { node: [{ name: 'x', op: 'Conv3D' }] } }, bytes, /no operation Conv3D/],
    ['with a step before its input', { ...file, modelTopology: { node: [{ name: 'x', op: 'Softmax', input: ['y'] }] } }, bytes, /no step y/],
    ['with other padding', { ...file, modelTopology: { node: [{ name: 'i', op: 'Placeholder' }, { name: 'x', op: 'AvgPool', input: ['i'], attr: { padding: { s: btoa('SAME') } } }] } }, bytes, /another padding/],
    ['whose weights are cut off', file, bytes.slice(0, 1_000), /cut off/],
    ['with more weights than it names', { ...file, weightsManifest: [] }, bytes, /more weights/],
  ])('%s is refused', (_, wrong, weights, why) => {
    expect(() => readGraph(wrong, weights)).toThrow(why)
  })
})
