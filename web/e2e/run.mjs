/**
 * Lets real browsers meet: `node e2e/run.mjs` runs every scenario one after the
 * other, `node e2e/run.mjs NAME...` those whose names begin so. OMEZLE_BINARY
 * names a finished binary; without it client and binary are built. What helps to
 * understand a failure is kept in e2e/results.
 */
import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'

import { Workshop, World } from './harness/world.mjs'
import { scenarios } from './scenarios/index.mjs'

const here = import.meta.dirname
const results = join(here, 'results')
/** No scenario takes longer; each of its waits ends sooner. */
const SCENARIO_MS = 150_000
/** Nor does what is done around it. */
const ASIDE_MS = 30_000

const wanted = process.argv.slice(2)
const chosen = scenarios.filter(({ name }) => wanted.length === 0 || wanted.some((begin) => name.startsWith(begin)))
if (chosen.length === 0) {
  console.error(`no scenario begins with ${wanted.join(' or ')}; there are:\n${scenarios.map(({ name, shows }) => `  ${name.padEnd(14)} ${shows}`).join('\n')}`)
  process.exit(2)
}

let failed = 0
rmSync(results, { recursive: true, force: true })
const workshop = new Workshop()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
try {
  await workshop.prepare()
  for (const scenario of chosen) {
    const begun = performance.now()
    const problem = await attempt(scenario)
    const took = `${((performance.now() - begun) / 1000).toFixed(1)} s`
    if (problem === null) {
      console.log(`ok    ${scenario.name.padEnd(14)} ${took.padStart(7)}  ${scenario.shows}`)
    } else {
      failed++
      console.log(`FAIL  ${scenario.name.padEnd(14)} ${took.padStart(7)}  ${problem}`)
    }
  }
} finally {
  await workshop.close()
}
console.log(`${chosen.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

/** Runs one scenario in a world of its own; returns what went wrong, or null. */
async function attempt({ name, run }) {
  const world = new World(workshop, name)
  const problems = []
  const step = async (what, within, work) => {
    try {
      return await inTime(what, within, work())
    } catch (err) {
      problems.push(err instanceof Error ? err.message : String(err))
      return []
    }
  }
  await step('the scenario', SCENARIO_MS, () => run(world))
  problems.push(...(await step('asking the pages for complaints', ASIDE_MS, () => world.complaints())))
  if (problems.length > 0) {
    const kept = await step('keeping what helps', ASIDE_MS, () => world.keep(join(results, name)))
    problems.push(...kept.map((path) => `kept: ${relative(process.cwd(), path)}`))
  }
  await step('closing everything', 2 * ASIDE_MS, () => world.close())
  return problems.length === 0 ? null : problems.join('\n        ')
}

/** The work's own answer, unless it takes too long. */
async function inTime(what, within, work) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} was not over within ${within / 1000} s`)), within)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
