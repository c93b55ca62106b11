/**
 * The network laboratory: real browsers behind NATs, firewalls and bad lines, on
 * namespaces of this machine. `node e2e/net/run.mjs` as root runs every scenario,
 * `node e2e/net/run.mjs NAME...` those whose names begin so. OMEZLE_BINARY names a
 * finished binary. It makes and removes all it needs, also what a crash left; on
 * a failure the candidate pairs, the routers' counters and the node's last words
 * are printed, and kept in e2e/net/results with the rest.
 */
import { join } from 'node:path'

import { runSuite } from '../harness/suite.mjs'
import { NetWorkshop, NetWorld } from './lab/world.mjs'
import { scenarios } from './scenarios/index.mjs'

if (process.getuid() !== 0) {
  console.error('the network laboratory makes namespaces and firewall rules, which takes root: sudo -E make e2e-net')
  process.exit(2)
}

await runSuite({
  scenarios,
  wanted: process.argv.slice(2),
  results: join(import.meta.dirname, 'results'),
  within: 60_000,
  workshop: () => new NetWorkshop(),
  world: (workshop, name) => new NetWorld(workshop, name),
})
