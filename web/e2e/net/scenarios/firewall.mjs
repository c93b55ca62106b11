/** Nothing but 443/tcp leaves: the one port has to carry it. */
import { expect } from '../../harness/until.mjs'
import { addresses } from '../lab/laboratory.mjs'
import { call, judge, mediaServer, throughServer } from './call.mjs'

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

/** All calls go through the media server, which is at a port that is closed to both: TURN at the one port brings them there. */
function byServerBehindTURN(protocol, red) {
  return async (world) => {
    const node = await world.node({ ...mediaServer(), ...onlyOver[protocol], ROLES: 'signaling,sfu,turn', SFU_TCP_PORT: '-1' })
    await world.policy('relay-everything')
    await world.laboratory.set({ red: { only443: true }, blue: { only443: true } })
    const met = await call(await red(world, node), await world.person('blue', node))
    judge(world, 'both are behind it', met)
    for (const { local, protocol: used, at } of met.ways) expect(local === 'relay' && used === protocol && at === `${addresses[0]}:7000`, `both reach the media server by TURN over ${protocol}`, met.ways)
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
  { name: '443-sfu-by-tcp', shows: 'the policy relays everything, and only 443/tcp leaves: through the media server by TURN over TCP', run: byServerBehindTURN('tcp', chromium) },
  { name: '443-sfu-by-tls', shows: 'the same by TURN over TLS', run: byServerBehindTURN('tls', chromium) },
  { name: '443-sfu-by-tcp-fox', shows: 'Firefox and Chromium, by TURN over TCP to the media server', run: byServerBehindTURN('tcp', fox) },
  { name: '443-sfu-by-tls-fox', shows: 'Firefox and Chromium, by TURN over TLS to the media server', run: byServerBehindTURN('tls', fox) },
]
