/** Media servers that die. */
import { expect } from '../../harness/until.mjs'
import { comeback } from '../lab/frames.mjs'
import { addresses } from '../lab/laboratory.mjs'
import { told, way } from '../lab/ways.mjs'
import { call, hideAddress, judge, mediaServer, meetingAt, PICTURE_MS } from './call.mjs'

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
  const back = await Promise.all([red, blue].map((visitor) => comeback(visitor, since, 20_000)))
  const ways = await Promise.all([red, blue].map((visitor) => way(visitor)))
  world.note(`the media server is killed: the picture is back after ${back.join(' and ')} ms; ${ways.map((one) => told(one)).join(', ')}`)
  expect(Math.max(...back) <= PICTURE_MS, `the picture is back within ${PICTURE_MS} ms`, back)
}

export const nodes = [{ name: 'killed', shows: 'the media server of a call is killed: the picture comes back through another one', run: killed }]
