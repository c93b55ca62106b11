/** How a call begins here: both look for somebody and switch their cameras on as soon as they may. */
import { expect } from '../../harness/until.mjs'
import { firstFrame } from '../lab/frames.mjs'
import { told, way } from '../lab/ways.mjs'

/** A picture comes, or comes back, within this. */
export const PICTURE_MS = 5_000

/**
 * Lets two visitors meet and waits for both pictures.
 *
 * @returns {Promise<{ first: number, ways: object[] }>} milliseconds from the second one's wish for a partner to the
 *   later first frame, and the way of each
 */
export async function call(one, other) {
  await one.start()
  await other.agree()
  const since = Date.now()
  await other.start({ agreed: true })
  await Promise.all([one, other].map((visitor) => begin(visitor)))
  const first = Math.max(...(await Promise.all([one, other].map((visitor) => firstFrame(visitor, since, 30_000)))))
  return { first, ways: await Promise.all([one, other].map((visitor) => way(visitor))) }
}

async function begin(visitor) {
  await visitor.reaches(['connecting', 'talking'], 20_000)
  await visitor.switchCamera(true)
}

/** Writes down how it went, and fails when the picture was late. */
export function judge(world, what, { first, ways }) {
  world.note(`${what}: both pictures after ${first} ms; ${ways.map((one) => told(one)).join(', ')}`)
  expect(first <= PICTURE_MS, `${what}: both pictures within ${PICTURE_MS} ms`, first)
}
