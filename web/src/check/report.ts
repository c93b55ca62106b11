import { type CheckState, type Line, lineNames } from './state'
import { verdictOf } from './verdict'

/**
 * The findings for whoever helps, in English whatever the page speaks: no
 * address, and nothing else that tells who it is but the kind of browser.
 */
export function reportText(state: CheckState, userAgent: string, now: number): string {
  return [
    `Omezle check, ${new Date(now).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `service: ${state.version || 'no answer'}`,
    `browser: ${userAgent}`,
    `result: ${verdictOf(state)}`,
    `nat: ${state.nat}, families: ${families(state.seen)}`,
    ...lineNames.map((name) => `${name}: ${told(state.lines[name])}`),
  ].join('\n')
}

function told(line: Line): string {
  switch (line.state) {
    case 'works':
      return line.ms === null ? 'works' : `works, ${Math.round(line.ms)} ms`
    case 'fails':
      return `does not work, ${line.cause}`
    case 'absent':
      return 'not offered'
    case 'unasked':
      return 'not asked yet'
    case 'waiting':
      return 'not known yet'
  }
}

function families(seen: readonly string[]): string {
  const names = new Set(seen.map((address) => (address.includes(':') ? 'IPv6' : 'IPv4')))
  return names.size > 0 ? [...names].toSorted().join(' and ') : 'unknown'
}
