/** Calls through the media server, which each browser reaches in its own way. */
import { expect } from '../../harness/until.mjs'
import { addresses } from '../lab/laboratory.mjs'
import { call, judge } from './call.mjs'

/** A node with the media server and no TURN: hiding an address leads there. */
const server = { ROLES: 'signaling,sfu', SFU_LISTEN: `${addresses[0]}:7000`, SFU_ADVERTISE: addresses[0] }

const only443 = { red: { only443: true }, blue: { only443: true } }

function byTCP(red) {
  return async (world) => {
    const node = await world.node(server)
    await world.laboratory.set(only443)
    const [one, other] = [await red(world, node), await world.person('blue', node)]
    await other.page.press('switch', 'Hide my IP address')
    const met = await call(one, other)
    judge(world, 'both are behind it', met)
    for (const { local, protocol, at } of met.ways) expect(local !== 'relay' && protocol === 'tcp' && at === `${addresses[0]}:443`, 'both reach the media server by ICE-TCP at 443', met.ways)
  }
}

const chromium = (world, node) => world.person('red', node)
const fox = (world, node) => world.fox('red', node)

export const throughServer = [
  { name: 'sfu443', shows: 'only 443/tcp leaves, for both: video through the media server by ICE-TCP', run: byTCP(chromium) },
  { name: 'sfufox443', shows: 'the same with Firefox and Chromium', run: byTCP(fox) },
]
