import { expect, test } from 'vitest'

import { type Corner, nearestCorner, nextCorner } from './corner'

const stage = { left: 100, top: 50, width: 1000, height: 600 }
const at = (left: number, top: number) => ({ left, top, width: 100, height: 80 })

test.each<[string, number, number, boolean, Corner]>([
  ['upper left, read from the left', 120, 60, false, 'top-start'],
  ['upper left, read from the right', 120, 60, true, 'top-end'],
  ['lower right, read from the left', 900, 500, false, 'bottom-end'],
  ['lower right, read from the right', 900, 500, true, 'bottom-start'],
  ['dragged out of the stage', 5000, -300, false, 'top-end'],
])('a picture dropped at %s', (_, left, top, rtl, corner) => {
  expect(nearestCorner(at(left, top), stage, rtl)).toBe(corner)
})

test('four presses go once around', () => {
  const seen: Corner[] = []
  let corner: Corner = 'bottom-end'
  for (let i = 0; i < 4; i++) {
    corner = nextCorner(corner)
    seen.push(corner)
  }
  expect(new Set(seen).size).toBe(4)
  expect(corner).toBe('bottom-end')
})
