/** Homes behind NATs of two kinds. */
import { expect } from '../../harness/until.mjs'
import { call, directly, judge, throughServer } from './call.mjs'

function both(nat, begin, holds) {
  return async (world) => {
    const [red, blue] = await begin(world, { rules: { red: { nat }, blue: { nat } } })
    const met = await call(red, blue)
    judge(world, `${nat} NAT on both sides`, met)
    holds(met.ways)
  }
}

const needsNoRelay = (ways) => expect(ways.every(({ local, remote }) => local !== 'relay' && remote !== 'relay'), 'two cone NATs need no relay', ways)
const needsRelay = (ways) => expect(ways.some(({ local, remote }) => local === 'relay' || remote === 'relay'), 'two symmetric NATs need a relay', ways)
const needsNothing = (ways) => expect(ways.every(({ local, protocol }) => local !== 'relay' && protocol === 'udp'), 'both reach the media server over UDP', ways)

export const nats = [
  { name: 'cone', shows: 'cone NAT on both sides: the two reach one another directly', run: both('cone', directly, needsNoRelay) },
  { name: 'symmetric', shows: 'symmetric NAT on both sides: video by a relay', run: both('symmetric', directly, needsRelay) },
  { name: 'symmetric-sfu', shows: 'the same through the media server', run: both('symmetric', throughServer, needsNothing) },
]
