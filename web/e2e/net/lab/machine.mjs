/**
 * Whether this machine gives its programs the time they ask for. The limits in seconds are for people at machines of
 * their own; here two browsers, the nodes and whatever else runs share one, and what waits for a core says nothing of
 * the service.
 */

/** Of work, in milliseconds of CPU time. */
const WORK_MS = 40
/** As fast as can be told: two browsers and a node are always there. */
const QUIET = 1.5
/** A limit is never stretched further. */
const MOST = 3

/** How much longer work takes now than alone: 1 on a quiet machine, 3 at the most. */
function slowness() {
  const begun = performance.now()
  const before = process.cpuUsage()
  let spent = 0
  while (spent < WORK_MS) {
    const { user, system } = process.cpuUsage(before)
    spent = (user + system) / 1_000
  }
  const ratio = (performance.now() - begun) / spent
  return ratio < QUIET ? 1 : Math.min(ratio, MOST)
}

/** A limit of time as this machine, now, allows to judge by; said says so in a few words where it was stretched. */
export function allowed(milliseconds) {
  const factor = slowness()
  return { limit: Math.round(milliseconds * factor), said: factor === 1 ? '' : ` (a busy machine: ${factor.toFixed(1)} times the limit)` }
}
