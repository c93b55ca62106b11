import { expect, test } from 'vitest'

import { intervalMs, noPace, paced } from './pace'

test('a quick device looks as often as asked', () => {
  expect(intervalMs(paced(noPace, 60), 2_000, false)).toBe(2_000)
})

test('a slow one spends a fifth of its time', () => {
  expect(intervalMs(paced(noPace, 900), 2_000, false)).toBe(4_500)
})

test('somebody who waits is served sooner, within the same share', () => {
  expect(intervalMs(noPace, 2_000, true)).toBe(400)
  expect(intervalMs(paced(noPace, 60), 2_000, true)).toBe(400)
  expect(intervalMs(paced(noPace, 300), 2_000, true)).toBe(1_500)
  expect(intervalMs(noPace, 100, true)).toBe(100)
})

test('one slow look does not slow it for long', () => {
  let pace = paced(noPace, 100)
  pace = paced(pace, 2_000)
  expect(intervalMs(pace, 2_000, false)).toBeGreaterThan(2_000)
  for (let i = 0; i < 4; i++) pace = paced(pace, 100)
  expect(intervalMs(pace, 2_000, false)).toBe(2_000)
})
