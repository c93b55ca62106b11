import type { Nat } from './state'

/** The parts of an ICE candidate that are used (RFC 8839, 5.1). */
export interface Candidate {
  readonly foundation: string
  readonly protocol: string
  readonly address: string
  readonly port: number
  readonly kind: string
}

/** Null for what is no candidate. */
export function parseCandidate(text: string): Candidate | null {
  const [head, , protocol, , address, port, mark, kind] = text.replace(/^a=/, '').split(' ')
  const foundation = head?.startsWith('candidate:') ? head.slice('candidate:'.length) : undefined
  if (foundation === undefined || protocol === undefined || address === undefined || kind === undefined || mark !== 'typ') return null
  return { foundation, protocol: protocol.toLowerCase(), address, port: Number(port), kind }
}

/** The addresses at which servers saw this browser, each once. */
export function seenAddresses(candidates: readonly Candidate[]): string[] {
  return [...new Set(candidates.filter(({ kind }) => kind === 'srflx').map(({ address }) => address))]
}

/**
 * Whether the network gives one socket the same face towards several servers.
 * Candidates of one socket have one foundation (RFC 8445, 5.1.1.3), so only
 * those are compared. A browser that two servers saw at the same place tells it
 * once: then it takes that all have answered.
 */
export function natOf(candidates: readonly Candidate[], servers: number, allAnswered: boolean): Nat {
  const seen = candidates.filter(({ kind }) => kind === 'srflx')
  const places = new Map<string, string>()
  for (const { foundation, address, port } of seen) {
    const place = `${address} ${port}`
    if ((places.get(foundation) ?? place) !== place) return 'changing'
    places.set(foundation, place)
  }
  return seen.length > 0 && servers > 1 && allAnswered ? 'same' : 'unknown'
}

/**
 * The description without any candidate: its reader learns of us by what we send, and cannot connect to us where we do
 * not reach it.
 */
export function withoutCandidates(sdp: string): string {
  return sdp.replaceAll(/^a=candidate:.*\r?\n/gm, '')
}

/** The description without the candidates of other protocols, and how many it still has. */
export function keepProtocol(sdp: string, protocol: 'udp' | 'tcp'): { sdp: string; count: number } {
  let count = 0
  const kept = sdp.split(/(?<=\n)/).filter((line) => {
    if (!line.startsWith('a=candidate:')) return true
    const same = parseCandidate(line.trim())?.protocol === protocol
    if (same) count++
    return same
  })
  return { sdp: kept.join(''), count }
}
