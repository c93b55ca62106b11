/** How a call begins here: both look for somebody and switch their cameras on as soon as they may. */
import { expect } from '../../harness/until.mjs'
import { comeback, firstFrame } from '../lab/frames.mjs'
import { addresses } from '../lab/laboratory.mjs'
import { allowed } from '../lab/machine.mjs'
import { told, way } from '../lab/ways.mjs'

/** A picture comes, or comes back, within this. */
const PICTURE_MS = 5_000

/** Settings of a node with the media server and no TURN: who hides their address is sent there. */
export const mediaServer = (address = addresses[0]) => ({ ROLES: 'signaling,sfu', SFU_LISTEN: `${address}:7000`, SFU_ADVERTISE: address })

/**
 * Red and blue at a node that lets them talk directly, or else by TURN.
 *
 * @param {{ rules?: object, camera?: string, fox?: boolean }} [settings] rules of the routers, red's camera, whether red has Firefox
 */
export async function directly(world, settings) {
  return meetingAt(world, await world.node(), settings)
}

/** Red and blue at a node whose media server they will use, since blue hides. The same settings. */
export async function throughServer(world, settings) {
  const [red, blue] = await meetingAt(world, await world.node(mediaServer()), settings)
  await hideAddress(blue)
  return [red, blue]
}

/** Red and blue on the start page of that node. */
export async function meetingAt(world, node, { rules, camera, fox = false } = {}) {
  await world.laboratory.set(rules)
  return [fox ? await world.fox('red', node) : await world.person('red', node, { camera }), await world.person('blue', node)]
}

export function hideAddress(visitor) {
  return visitor.page.press('switch', 'Hide my IP address')
}

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
  const { limit, said } = allowed(PICTURE_MS)
  world.note(`${what}: both pictures after ${first} ms${said}; ${ways.map((one) => told(one)).join(', ')}`)
  expect(first <= limit, `${what}: both pictures within ${limit} ms`, first)
}

/** Waits for both pictures after what happened at that time, writes down how it went, and fails when one was late. */
export async function judgeComeback(world, what, visitors, since) {
  const back = await Promise.all(visitors.map((visitor) => comeback(visitor, since, 20_000)))
  const { limit, said } = allowed(PICTURE_MS)
  const ways = await Promise.all(visitors.map((visitor) => way(visitor)))
  world.note(`${what}: the picture is back after ${back.join(' and ')} ms${said}; ${ways.map((one) => told(one)).join(', ')}`)
  expect(Math.max(...back) <= limit, `${what}: the picture is back within ${limit} ms`, back)
}
