/** "Hide my IP": nothing that reaches the partner tells where one is. */
import { expect } from '../../harness/until.mjs'
import { readStatsText, tracesInPackets, tracesInTexts } from '../lab/traces.mjs'
import { call, hideAddress, judge } from './call.mjs'

/** What of blue's addresses reaches red during a call: in packets, in websocket frames, and by red's getStats. */
async function tracesOfBlue(world, node, what, hide) {
  const capture = await world.capture('red')
  const red = await world.person('red', node)
  const blue = await world.person('blue', node)
  const frames = []
  red.page.page.on('websocket', (socket) => {
    for (const event of ['framereceived', 'framesent']) socket.on(event, ({ payload }) => frames.push(String(payload)))
  })
  await hide(red, blue)
  judge(world, what, await call(red, blue))
  const stats = await red.page.evaluate(readStatsText)
  for (const visitor of [red, blue]) await visitor.page.close()
  await capture.stop()

  const addresses = world.laboratory.addressesOf('blue')
  const { packets, found } = tracesInPackets(capture.bytes(), addresses)
  world.note(`${what}: looked at ${packets} packets, ${frames.length} websocket frames and ${stats.length} statistics`)
  expect(packets > 100 && frames.length > 5 && stats.length > 10, 'there was something to look at', { packets, frames: frames.length, stats: stats.length })
  return { packets: found, frames: tracesInTexts(frames, addresses), stats: tracesInTexts(stats, addresses) }
}

async function hidden(world) {
  const node = await world.node()
  await world.laboratory.set()
  const open = await tracesOfBlue(world, node, 'in the open', () => undefined)
  for (const [where, traces] of Object.entries(open)) expect(traces.length > 0, `an address that is not hidden is found in the ${where}`, traces)

  for (const [what, who] of Object.entries({ 'blue hides': 1, 'red hides': 0 })) {
    const traces = await tracesOfBlue(world, node, what, (...visitors) => hideAddress(visitors[who]))
    for (const [where, found] of Object.entries(traces)) expect(found.length === 0, `${what}: no trace of blue's address in the ${where} that reached red`, found)
  }
}

export const hide = [{ name: 'hidden', shows: 'who hides their IP address, or whose partner does, is nowhere in what reaches the partner', run: hidden }]
