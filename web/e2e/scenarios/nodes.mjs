/** Two nodes that share Redis and PostgreSQL. */
import { people } from '../harness/devices.mjs'
import { expect, until } from '../harness/until.mjs'
import { meet, showBoth } from '../harness/visitor.mjs'

async function twoNodes(world) {
  const { settings } = await world.shared()
  const one = await world.node(settings)
  const two = await world.node(settings)
  // A balancer as one would put it there: to the preferred node while it is ready, else to the other.
  const balance = (first, second) => async () => ((await first.ready()) ? first.port : (await second.ready()) ? second.port : null)
  const redFront = await world.front(balance(one, two))
  const blueFront = await world.front(balance(two, one))
  const red = await (await world.visitor('red', redFront.origin, { networkFails: true })).open()
  const blue = await (await world.visitor('blue', blueFront.origin)).open()
  await meet(red, blue)
  await showBoth(red, blue)
  await red.hears(people.blue.hertz)
  await red.say('from the first node')
  await blue.reads('from the first node')
  await blue.say('from the second node')
  await red.reads('from the second node')

  const stopping = one.stop()
  await red.say('while it drains')
  await red.keepsSeeing('blue')
  await blue.keepsSeeing('red')
  const how = await stopping
  expect(how === 0, 'the first node ended well after its drain', how)
  await until('the second node has both visitors', async () => (await two.stats()).active, { accept: (active) => active === 2, within: 30_000 })

  await blue.reads('while it drains')
  await red.say('from the second node now')
  await blue.reads('from the second node now')
  await blue.say('still here')
  await red.reads('still here')
  await red.keepsSeeing('blue')
  for (const visitor of [red, blue]) {
    const peers = await visitor.peers()
    expect(peers.length === 1 && peers[0] === 'connected', `${visitor.name} kept its connection to the other`, peers)
  }
}

export const nodes = [{ name: 'nodes', shows: 'visitors on two nodes meet; one node drains and both still talk on the same connection', run: twoNodes }]
