/** NATs that hide too much, and lines that get bad during a call. */
import { expect, until } from '../../harness/until.mjs'
import { firstFrame, gapsDuring } from '../lab/frames.mjs'
import { readSending, told, way } from '../lab/ways.mjs'
import { call, judge, PICTURE_MS } from './call.mjs'

const LOSS_PERCENT = 5
const LOSS_MS = 20_000
const LONGEST_GAP_MS = 300

const DOWNLINK_KBPS = 400
const FOLLOW_MS = 5_000
const NARROW_MS = 30_000
const FREEZE_MS = 500

async function chromiumPair(world, rules, camera) {
  const node = await world.node()
  await world.laboratory.set(rules)
  return [await world.person('red', node, { camera }), await world.person('blue', node)]
}

async function mixedPair(world) {
  const node = await world.node()
  await world.laboratory.set()
  return [await world.fox('red', node), await world.person('blue', node)]
}

async function symmetric(world) {
  const [red, blue] = await chromiumPair(world, { red: { nat: 'symmetric' }, blue: { nat: 'symmetric' } })
  const met = await call(red, blue)
  judge(world, 'symmetric NAT on both sides', met)
  expect(met.ways.some(({ local, remote }) => local === 'relay' || remote === 'relay'), 'a relay is needed between two symmetric NATs', met.ways)
}

async function cone(world) {
  const [red, blue] = await chromiumPair(world, {})
  const met = await call(red, blue)
  judge(world, 'cone NAT on both sides', met)
  expect(met.ways.every(({ local, remote }) => local !== 'relay' && remote !== 'relay'), 'two cone NATs need no relay', met.ways)
}

async function cut(world, [red, blue]) {
  judge(world, 'before', await call(red, blue))
  await world.laboratory.routers.red.change({ noUDP: true })
  const since = Date.now() + 100 // what is on its way still arrives
  const back = await Promise.all([red, blue].map((visitor) => firstFrame(visitor, since, 20_000)))
  const ways = await Promise.all([red, blue].map((visitor) => way(visitor)))
  world.note(`UDP is cut: the picture is back after ${back.join(' and ')} ms; ${ways.map((one) => told(one)).join(', ')}`)
  expect(Math.max(...back) <= PICTURE_MS, `the picture is back within ${PICTURE_MS} ms`, back)
}

async function loss(world) {
  const [red, blue] = await chromiumPair(world, {})
  judge(world, 'before', await call(red, blue))
  await world.laboratory.routers.red.change({ loss: LOSS_PERCENT })
  const since = Date.now()
  for (const visitor of [red, blue]) {
    const { frames, gaps } = await gapsDuring(visitor, since, LOSS_MS)
    world.note(`${LOSS_PERCENT} % loss both ways: ${visitor.name} was shown ${frames} frames in ${LOSS_MS / 1000} s, longest gaps ${gaps.slice(0, 3).join(', ')} ms`)
    expect(gaps[0] <= LONGEST_GAP_MS, `no freeze of over ${LONGEST_GAP_MS} ms at ${visitor.name}`, gaps.slice(0, 5))
  }
}

async function narrow(world) {
  const [red, blue] = await chromiumPair(world, {}, 'busy')
  judge(world, 'before', await call(red, blue))
  const before = await until('red sends more than the line will take', () => rate(red), { accept: (kbps) => kbps > 1.5 * DOWNLINK_KBPS, within: 20_000, every: 1_000 })
  await world.laboratory.routers.blue.change({ downlink: DOWNLINK_KBPS })
  const since = Date.now()
  const watching = gapsDuring(blue, since, NARROW_MS)
  const follow = await until('red sends what the line takes', () => rate(red), { accept: (kbps) => kbps <= DOWNLINK_KBPS, within: FOLLOW_MS + 10_000, every: 1 })
  const after = Date.now() - since
  const { frames, gaps } = await watching
  const freezes = gaps.filter((gap) => gap > FREEZE_MS)
  world.note(`${DOWNLINK_KBPS} kbit/s downlink: red's encoder went from ${before} to ${follow} kbit/s within ${after} ms; ${frames} frames in ${NARROW_MS / 1000} s, longest gaps ${gaps.slice(0, 3).join(', ')} ms, ${freezes.length} over ${FREEZE_MS} ms`)
  expect(after <= FOLLOW_MS, `the encoder follows within ${FOLLOW_MS} ms`, after)
  expect(freezes.length <= 1, `no more than one freeze of over ${FREEZE_MS} ms`, freezes)
}

/** kbit/s of video that the visitor sends, over the second that this takes. */
async function rate(visitor) {
  const first = await visitor.page.evaluate(readSending)
  const second = await until('a second has passed', () => visitor.page.evaluate(readSending), { accept: (now) => now.at - first.at >= 1_000, every: 50 })
  return Math.round((8 * (second.bytes - first.bytes)) / (second.at - first.at))
}

export const lines = [
  { name: 'cone', shows: 'cone NAT on both sides: the two reach one another directly', run: cone },
  { name: 'symmetric', shows: 'symmetric NAT on both sides: video by a relay', run: symmetric },
  { name: 'cut', shows: 'UDP is cut in the middle of a call: the picture comes back over TCP', run: async (world) => cut(world, await chromiumPair(world, {})) },
  { name: 'foxcut', shows: 'the same where Firefox is behind the cut', run: async (world) => cut(world, await mixedPair(world)) },
  { name: 'loss', shows: `${LOSS_PERCENT} % loss both ways: no freeze of over ${LONGEST_GAP_MS} ms`, run: loss },
  { name: 'narrow', shows: `${DOWNLINK_KBPS} kbit/s downlink: the partner's encoder follows, and the picture freezes once at the most`, run: narrow },
]
