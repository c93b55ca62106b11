/**
 * Lets real browsers meet: `node e2e/run.mjs` runs every scenario one after the
 * other, `node e2e/run.mjs NAME...` those whose names begin so. OMEZLE_BINARY
 * names a finished binary; without it client and binary are built. What helps to
 * understand a failure is kept in e2e/results.
 */
import { join } from 'node:path'

import { runSuite } from './harness/suite.mjs'
import { Workshop, World } from './harness/world.mjs'
import { scenarios } from './scenarios/index.mjs'

await runSuite({
  scenarios,
  wanted: process.argv.slice(2),
  results: join(import.meta.dirname, 'results'),
  within: 150_000,
  workshop: () => new Workshop(),
  world: (workshop, name) => new World(workshop, name),
})
