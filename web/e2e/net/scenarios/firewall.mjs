/** Nothing but 443/tcp leaves: the one port has to carry it. */
import { expect } from '../../harness/until.mjs'
import { call, judge } from './call.mjs'

/** Settings under which one way is left. */
const onlyOver = { tcp: { TURN_TLS_PORT: '-1' }, tls: { TURN_TCP_PORT: '-1' } }

function through(protocol, red) {
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

const chromium = (world, node) => world.person('red', node)
const fox = (world, node) => world.fox('red', node)

export const firewalls = [
  { name: 'only443-tcp', shows: 'only 443/tcp leaves, for one and for both: video by TURN over TCP', run: through('tcp', chromium) },
  { name: 'only443-tls', shows: 'only 443/tcp leaves, for one and for both: video by TURN over TLS', run: through('tls', chromium) },
  { name: 'fox443-tcp', shows: 'the same with Firefox and Chromium, TURN over TCP', run: through('tcp', fox) },
  { name: 'fox443-tls', shows: 'the same with Firefox and Chromium, TURN over TLS', run: through('tls', fox) },
]
