/** Lines that get bad during a call, which goes directly or through the media server. */
import { expect, until } from '../../harness/until.mjs'
import { gapsDuring } from '../lab/frames.mjs'
import { allowed } from '../lab/machine.mjs'
import { readSending } from '../lab/ways.mjs'
import { call, directly, judge, judgeComeback, throughServer } from './call.mjs'

const LOSS_PERCENT = 5
const LOSS_MS = 20_000
const LONGEST_GAP_MS = 300

const DOWNLINK_KBPS = 400
const FOLLOW_MS = 5_000
const NARROW_MS = 30_000
const FREEZE_MS = 500

/** How long a call is watched before anything happens to it, and by how much it may be worse afterwards on a machine that is slow anyway. */
const QUIET_MS = 3_000
const BUSIER = 2

async function cut(world, [red, blue]) {
  judge(world, 'before', await call(red, blue))
  const since = Date.now()
  await world.laboratory.routers.red.change({ noUDP: true })
  await judgeComeback(world, 'UDP is cut', [red, blue], since)
}

/** So long the picture stands still at most on this machine, now, while nothing is wrong with the line. */
async function quietly(world, visitors) {
  const since = Date.now()
  const longest = Math.max(...(await Promise.all(visitors.map(async (visitor) => (await gapsDuring(visitor, since, QUIET_MS)).gaps[0]))))
  world.note(`before, for ${QUIET_MS / 1000} s: longest gap ${longest} ms`)
  return longest
}

async function loss(world, [red, blue]) {
  judge(world, 'before', await call(red, blue))
  const limit = Math.max(LONGEST_GAP_MS, BUSIER * (await quietly(world, [red, blue])))
  await world.laboratory.routers.red.change({ loss: LOSS_PERCENT })
  const since = Date.now()
  const seen = await Promise.all([red, blue].map((visitor) => gapsDuring(visitor, since, LOSS_MS)))
  for (const [i, { frames, gaps }] of seen.entries()) {
    const { name } = [red, blue][i]
    world.note(`${LOSS_PERCENT} % loss both ways: ${name} was shown ${frames} frames in ${LOSS_MS / 1000} s, longest gaps ${gaps.slice(0, 3).join(', ')} ms`)
    expect(gaps[0] <= limit, `no freeze of over ${limit} ms at ${name}`, gaps.slice(0, 5))
  }
}

async function narrow(world, [red, blue]) {
  judge(world, 'before', await call(red, blue))
  const before = await until('red sends more than the line will take', () => rate(red), { accept: (kbps) => kbps > 1.25 * DOWNLINK_KBPS, within: 15_000, every: 1 })
  const still = Math.max(FREEZE_MS, BUSIER * (await quietly(world, [blue])))
  const since = Date.now()
  await world.laboratory.routers.blue.change({ downlink: DOWNLINK_KBPS })
  const watching = gapsDuring(blue, since, NARROW_MS)
  const follow = await until('red sends what the line takes', () => rate(red), { accept: (kbps) => kbps <= DOWNLINK_KBPS, within: 20_000, every: 1 })
  const after = Date.now() - since
  const { limit, said } = allowed(FOLLOW_MS)
  const { frames, gaps } = await watching
  const count = gaps.filter((gap) => gap > still).length
  world.note(`${DOWNLINK_KBPS} kbit/s downlink: red's encoder went from ${before} to ${follow} kbit/s within ${after} ms${said}, and sends ${await rate(red)} at the end`)
  world.note(`blue was shown ${frames} frames in ${NARROW_MS / 1000} s, longest gaps ${gaps.slice(0, 3).join(', ')} ms, ${count} freezes of over ${still} ms`)
  expect(after <= limit, `the encoder follows within ${limit} ms`, after)
  expect(count <= 1, `no more than one freeze of over ${still} ms`, gaps.slice(0, 5))
}

/** kbit/s of video that the visitor sends, over the second that this takes. */
async function rate(visitor) {
  const first = await visitor.page.evaluate(readSending)
  const second = await until('a second has passed', () => visitor.page.evaluate(readSending), { accept: (now) => now.at - first.at >= 1_000, every: 50 })
  return Math.round((8 * (second.bytes - first.bytes)) / (second.at - first.at))
}

/** Lets the two that begin makes call, on that line. */
function on(line, begin, ...settings) {
  return async (world) => line(world, await begin(world, ...settings))
}

const narrowShows = `${DOWNLINK_KBPS} kbit/s downlink: the partner's encoder follows, and the picture freezes once at the most`

export const lines = [
  { name: 'cut', shows: 'UDP is cut in the middle of a direct call: the picture comes back over TCP', run: on(cut, directly) },
  { name: 'cut-fox', shows: 'the same where Firefox is behind the cut', run: on(cut, directly, { fox: true }) },
  { name: 'cut-sfu', shows: 'the same in a call through the media server', run: on(cut, throughServer) },
  { name: 'loss', shows: `${LOSS_PERCENT} % loss both ways, directly: no freeze of over ${LONGEST_GAP_MS} ms`, run: on(loss, directly) },
  { name: 'loss-sfu', shows: 'the same through the media server', run: on(loss, throughServer) },
  { name: 'narrow', shows: `${narrowShows}, directly`, run: on(narrow, directly, { camera: 'busy' }) },
  { name: 'narrow-sfu', shows: 'the same through the media server', run: on(narrow, throughServer, { camera: 'busy' }) },
  { name: 'narrow-fox-sfu', shows: 'the same where Firefox sends', run: on(narrow, throughServer, { fox: true }) },
]
