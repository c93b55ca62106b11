import * as tf from '@tensorflow/tfjs'
import { beforeAll, expect, test } from 'vitest'

import { SIDE, squeeze } from './pixels'

beforeAll(async () => {
  await tf.setBackend('cpu')
})

test.each([
  [640, 480],
  [1280, 720],
  [320, 568],
  [224, 224],
  [100, 75],
  [3, 2],
  [1, 1],
])('a picture of %i x %i is squeezed as TensorFlow does it', (width, height) => {
  const rgba = new Uint8ClampedArray(4 * width * height)
  let seed = 7
  for (let i = 0; i < rgba.length; i++) {
    seed = (seed * 16_807) % 2_147_483_647
    rgba[i] = seed % 256
  }
  const out = new Float32Array(SIDE * SIDE * 3)
  squeeze(rgba, width, height, out)

  const wanted = tf.tidy(() => {
    const rgb = tf.tensor3d(Float32Array.from(rgba), [height, width, 4]).slice([0, 0, 0], [height, width, 3]).div<tf.Tensor3D>(255)
    return tf.image.resizeBilinear(rgb, [SIDE, SIDE], true).dataSync<'float32'>()
  })
  const off = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - (out[i] ?? Number.NaN))), 0)
  expect(off).toBeLessThan(1e-5)
})
