import { type CheckState, lineNames, type LineName, relayNames } from './state'

/** What it comes to. */
export type Verdict =
  /** Not all is known yet. */
  | 'running'
  /** The service, or its live connection, is out of reach: nothing works. */
  | 'down'
  /** Directly with most people, relayed with the rest. */
  | 'direct'
  /** Directly with most people, and with the rest in writing: nothing relays. */
  | 'directOnly'
  | 'relay'
  | 'server'
  /** The server carries calls; directly could not be tried. */
  | 'served'
  /** Only in writing. */
  | 'text'
  /** There is nothing to try, or it could not be tried. */
  | 'untold'

const ways = ['direct', ...relayNames, 'mediaUdp', 'mediaTcp'] as const satisfies readonly LineName[]

export function verdictOf({ lines }: CheckState): Verdict {
  const works = (name: LineName) => lines[name].state === 'works'
  if (lines.service.state === 'fails' || lines.socket.state === 'fails') return 'down'
  if (lineNames.some((name) => lines[name].state === 'waiting')) return 'running'
  const relayed = relayNames.some(works)
  const served = works('mediaUdp') || works('mediaTcp')
  if (works('direct')) return relayed || served ? 'direct' : 'directOnly'
  if (relayed) return 'relay'
  if (served) return lines.direct.state === 'absent' ? 'served' : 'server'
  const tried = ways.map((name) => lines[name]).filter((line) => line.state !== 'absent')
  if (tried.length === 0 || tried.some((line) => line.state === 'fails' && line.cause === 'limited')) return 'untold'
  return 'text'
}
