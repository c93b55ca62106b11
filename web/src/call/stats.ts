/** Reading a report of getStats (W3C webrtc-stats) without believing it. */

export interface Entry {
  readonly type: string
  readonly id: string
  readonly [member: string]: unknown
}

export interface Report {
  forEach(run: (entry: Entry) => void): void
}

/** The candidate pair that carries the media, null while there is none. */
export function selectedPair(report: Report): Entry | null {
  let wanted: unknown = null
  const pairs: Entry[] = []
  report.forEach((entry) => {
    if (entry.type === 'transport') wanted ??= entry['selectedCandidatePairId']
    else if (entry.type === 'candidate-pair') pairs.push(entry)
  })
  // Firefox has no transport entry; it marks the pair itself.
  return pairs.find((pair) => pair.id === wanted) ?? pairs.find((pair) => pair['selected'] === true || pair['nominated'] === true) ?? null
}

export function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
