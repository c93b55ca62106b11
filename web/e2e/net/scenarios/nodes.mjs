/** Media servers that die. */
import { expect } from '../../harness/until.mjs'
import { addresses } from '../lab/laboratory.mjs'
import { call, hideAddress, judge, judgeComeback, mediaServer, meetingAt } from './call.mjs'

async function killed(world) {
  const together = await world.together()
  const home = await world.node({ ...together, ROLES: 'signaling' })
  const media = {}
  for (const address of addresses.slice(1)) media[address] = await world.node({ ...together, ...mediaServer(address), ROLES: 'sfu' })
  const [red, blue] = await meetingAt(world, home)
  await hideAddress(blue)
  const met = await call(red, blue)
  judge(world, 'before', met)
  const [first] = met.ways[0].at.split(':')
  expect(met.ways.every(({ at }) => at.startsWith(first)) && first in media, 'both are at one media server', met.ways)

  const since = Date.now()
  await media[first].stop('SIGKILL')
  await judgeComeback(world, 'the media server is killed', [red, blue], since)
}

export const nodes = [{ name: 'killed', shows: 'the media server of a call is killed: the picture comes back through another one', run: killed }]
