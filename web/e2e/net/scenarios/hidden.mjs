/** "Hide my IP": nothing that reaches the partner tells where one is. */
import { expect } from '../../harness/until.mjs'
import { readStatsText, tracesInPackets, tracesInTexts } from '../lab/traces.mjs'
import { call, judge } from './call.mjs'

/** What of blue's addresses reaches red during a call: in packets, in websocket frames, and by red's getStats. */
async function tracesOfBlue(world, node, what, hide) {
  const capture = await world.capture('red')
  const red = await world.person('red', node)
  const blue = await world.person('blue', node)
  const frames = []
  red.page.page.on('websocket', (socket) => {
    for (const event of ['framereceived', 'framesent']) socket.on(event, ({ payload }) => frames.push(String(payload)))
  })
  await red.open() // from its first frame
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
