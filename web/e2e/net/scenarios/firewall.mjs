/** Nothing but 443/tcp leaves: the one port has to carry it. */
import { expect } from '../../harness/until.mjs'
import { addresses } from '../lab/laboratory.mjs'
import { call, judge, throughServer } from './call.mjs'

/** Settings under which one way is left. */
const onlyOver = { tcp: { TURN_TLS_PORT: '-1' }, tls: { TURN_TCP_PORT: '-1' } }

function byTURN(protocol, red) {
  return async (world) => {
    const node = await world.node(onlyOver[protocol])
    for (const [what, rules] of Object.entries({ 'one is behind it': { red: { only443: true } }, 'both are behind it': { red: { only443: true }, blue: { only443: true } } })) {
      await world.laboratory.set(rules)
      const one = await red(world, node)
      const other = await world.person('blue', node)
      const met = await call(one, other)
      judge(world, what, met)
      const closed = rules.blue ? met.ways : met.ways.slice(0, 1)
      for (const { local, protocol: used } of closed) expect(local === 'relay' && used === protocol, `whoever is behind it relays over ${protocol}`, met.ways)
      for (const visitor of [one, other]) await visitor.page.close()
    }
  }
}

function byServer(fox) {
  return async (world) => {
    const [red, blue] = await throughServer(world, { rules: { red: { only443: true }, blue: { only443: true } }, fox })
    const met = await call(red, blue)
    judge(world, 'both are behind it', met)
    for (const { local, protocol, at } of met.ways) expect(local !== 'relay' && protocol === 'tcp' && at === `${addresses[0]}:443`, 'both reach the media server by ICE-TCP at 443', met.ways)
  }
}

const chromium = (world, node) => world.person('red', node)
const fox = (world, node) => world.fox('red', node)

export const firewalls = [
  { name: '443-tcp', shows: 'only 443/tcp leaves, for one and for both: video by TURN over TCP', run: byTURN('tcp', chromium) },
  { name: '443-tls', shows: 'the same by TURN over TLS', run: byTURN('tls', chromium) },
  { name: '443-sfu', shows: 'the same for both, by ICE-TCP through the media server', run: byServer(false) },
  { name: '443-tcp-fox', shows: 'Firefox and Chromium, by TURN over TCP', run: byTURN('tcp', fox) },
  { name: '443-tls-fox', shows: 'Firefox and Chromium, by TURN over TLS', run: byTURN('tls', fox) },
  { name: '443-sfu-fox', shows: 'Firefox and Chromium, by ICE-TCP through the media server', run: byServer(true) },
]
