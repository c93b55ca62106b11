/** Runs scenarios one after the other, each in a world of its own, and says what came of them. */
import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'

/** What is done around a scenario takes no longer. */
const ASIDE_MS = 30_000

/**
 * @param {object} suite
 * @param {{ name: string, shows: string, run: (world: object) => Promise<void> }[]} suite.scenarios
 * @param {string[]} suite.wanted beginnings of names; none: all
 * @param {string} suite.results where what helps to understand a failure is kept
 * @param {number} suite.within milliseconds; no scenario takes longer, and each of its waits ends sooner
 * @param {() => { prepare(): Promise<void>, close(): Promise<void> }} suite.workshop what all share
 * @param {(workshop: object, name: string) => import('./world.mjs').World} suite.world what one has
 */
export async function runSuite({ scenarios, wanted, results, within, workshop: open, world: begin }) {
  const chosen = scenarios.filter(({ name }) => wanted.length === 0 || wanted.some((start) => name.startsWith(start)))
  if (chosen.length === 0) {
    console.error(`no scenario begins with ${wanted.join(' or ')}; there are:\n${scenarios.map(({ name, shows }) => `  ${name.padEnd(14)} ${shows}`).join('\n')}`)
    process.exit(2)
  }
  let failed = 0
  rmSync(results, { recursive: true, force: true })
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
  const workshop = open()
  try {
    await workshop.prepare()
    for (const scenario of chosen) {
      const begun = performance.now()
      const { problem, figures } = await attempt(scenario, begin(workshop, scenario.name), join(results, scenario.name), within)
      const took = `${((performance.now() - begun) / 1000).toFixed(1)} s`
      if (problem !== null) failed++
      console.log(`${problem === null ? 'ok   ' : 'FAIL '} ${scenario.name.padEnd(14)} ${took.padStart(7)}  ${problem ?? scenario.shows}`)
      for (const figure of figures) console.log(`        ${figure}`)
    }
  } finally {
    await workshop.close()
  }
  console.log(`${chosen.length - failed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

/** Runs one scenario; returns what went wrong, or null, and what was measured. */
async function attempt({ run }, world, results, within) {
  const problems = []
  const step = async (what, time, work) => {
    try {
      return await inTime(what, time, work())
    } catch (err) {
      problems.push(err instanceof Error ? err.message : String(err))
      return []
    }
  }
  await step('the scenario', within, () => run(world))
  problems.push(...(await step('asking the pages for complaints', ASIDE_MS, () => world.complaints())))
  if (problems.length > 0) {
    const kept = await step('keeping what helps', ASIDE_MS, () => world.keep(results))
    problems.push(...kept.map((path) => `kept: ${relative(process.cwd(), path)}`))
  }
  await step('closing everything', 2 * ASIDE_MS, () => world.close())
  return { problem: problems.length === 0 ? null : problems.join('\n        '), figures: world.figures }
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
