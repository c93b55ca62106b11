/** How often a picture is looked at: as often as asked, and no more than the device bears. */

/** The share of the time that looking may take. */
const BUSY_AT_MOST = 0.2
/** While the viewer waits for the first clean frames. */
const EAGER_MS = 400
/** How much a new measurement counts. */
const NEWEST = 0.4

export interface Pace {
  /** Smoothed time of one look, null before the first. */
  readonly tookMs: number | null
}

export const noPace: Pace = { tookMs: null }

/** After a look that took so long. */
export function paced(pace: Pace, tookMs: number): Pace {
  return { tookMs: pace.tookMs === null ? tookMs : pace.tookMs + NEWEST * (tookMs - pace.tookMs) }
}

/** From the beginning of a look to that of the next. eager: somebody waits for it. */
export function intervalMs(pace: Pace, wantedMs: number, eager: boolean): number {
  const wanted = eager ? Math.min(EAGER_MS, wantedMs) : wantedMs
  return Math.round(Math.max(wanted, (pace.tookMs ?? 0) / BUSY_AT_MOST))
}
