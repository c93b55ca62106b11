import type { MediaFailure } from '../call'

/** What is tried, in the order it is shown. */
export const lineNames = ['service', 'socket', 'camera', 'microphone', 'direct', 'udp', 'tcp', 'tls', 'mediaUdp', 'mediaTcp'] as const
export type LineName = (typeof lineNames)[number]

/** Ways through our relay, by how the browser reaches it. */
export const relayNames = ['udp', 'tcp', 'tls'] as const satisfies readonly LineName[]
export type RelayName = (typeof relayNames)[number]

/** Why something does not work. */
export type Cause =
  /** Nothing comes back. */
  | 'unreachable'
  /** The server answers, and says no. */
  | 'refused'
  /** Too many checks from this address: later it can be told. */
  | 'limited'
  /** The browser has no RTCPeerConnection. */
  | 'browser'
  /** The network shows another face to each server it talks to (RFC 4787, 4.1). */
  | 'changing'
  | MediaFailure

export type Line =
  | { readonly state: 'waiting' }
  /** ms: how long it took, null where that says nothing. */
  | { readonly state: 'works'; readonly ms: number | null }
  | { readonly state: 'fails'; readonly cause: Cause }
  /** The service does not offer it, or it cannot be told without the service. */
  | { readonly state: 'absent' }
  /** The browser would ask the person first. */
  | { readonly state: 'unasked' }

export interface CheckState {
  readonly lines: Readonly<Record<LineName, Line>>
  /** Where the internet sees this browser: for the eyes of the person only. */
  readonly seen: readonly string[]
  readonly nat: Nat
  /** The service's, empty before it has answered. */
  readonly version: string
}

/** The same port for every server, another one for each, or not to be told. */
export type Nat = 'same' | 'changing' | 'unknown'

export type CheckEvent =
  | { readonly type: 'began' }
  | { readonly type: 'line'; readonly name: LineName; readonly line: Line }
  | { readonly type: 'network'; readonly seen: readonly string[]; readonly nat: Nat }
  | { readonly type: 'version'; readonly version: string }

const waiting: Line = { state: 'waiting' }

export const initialState: CheckState = {
  lines: { service: waiting, socket: waiting, camera: waiting, microphone: waiting, direct: waiting, udp: waiting, tcp: waiting, tls: waiting, mediaUdp: waiting, mediaTcp: waiting },
  seen: [],
  nat: 'unknown',
  version: '',
}

export function reduce(state: CheckState, event: CheckEvent): CheckState {
  switch (event.type) {
    case 'began':
      return initialState
    case 'line':
      return { ...state, lines: { ...state.lines, [event.name]: event.line } }
    case 'network':
      return { ...state, seen: event.seen, nat: event.nat }
    case 'version':
      return { ...state, version: event.version }
  }
}
