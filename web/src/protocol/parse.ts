/**
 * Frames from the service, parsed and narrowed at the socket: what comes out is
 * a message of the generated types, so that nothing behind it checks again.
 */
import {
  actionValues,
  endReasonValues,
  errorCodeValues,
  moderationReasonValues,
  moderationTargetValues,
  modeValues,
  presenceStateValues,
  queueStageValues,
  reactionNameValues,
  routePhaseValues,
  routeReasonValues,
  routeValues,
  sDPTypeValues,
  sessionStateValues,
} from './protocol.gen'
import type { ICECandidate, ICEServer, Matched, PathSide, SDP, ServerMessage } from './protocol.gen'
import { boolean, count, list, Malformed, object, oneOf, optional, string } from './shape'
import type { Members, Reader } from './shape'

/** A frame read: a message, or why there is none. */
export type Parsed = { readonly ok: true; readonly message: ServerMessage } | { readonly ok: false; readonly why: 'unknown' | 'malformed' }

type Kind = ServerMessage['type']
type MembersOf = { readonly [K in Kind]: Members<Extract<ServerMessage, { type: K }>> }

const head = { pair: string, seq: count, ack: optional(count) }

const iceServers = list(object<ICEServer>({ urls: list(string), username: optional(string), credential: optional(string) }))

/** How a pair's media goes, as matched and route say it. */
const way = {
  pair: string,
  epoch: count,
  route: oneOf(routeValues),
  forced: optional(boolean),
  relay_only: optional(boolean),
  cause: optional(oneOf(routeReasonValues, 'policy')),
}

const pathSide = object<PathSide>({
  connected: boolean,
  tcp: optional(boolean),
  rtt_ms: count,
  loss_percent: count,
  sent_kbps: count,
  got_kbps: count,
})

const matched: Members<Matched> = {
  ...way,
  mode: oneOf(modeValues),
  polite: boolean,
  shared: list(string),
  language: optional(string),
  rematch: optional(boolean),
  hue: count,
  ice_servers: iceServers,
}

const members: MembersOf = {
  chat: { ...head, id: string, text: string },
  reaction: { ...head, reaction: oneOf(reactionNameValues) },
  media: { ...head, camera: boolean, microphone: boolean },
  description: { ...head, epoch: optional(count), description: object<SDP>({ type: oneOf(sDPTypeValues), sdp: string }) },
  candidate: {
    ...head,
    epoch: optional(count),
    candidate: object<ICECandidate>({
      candidate: string,
      sdpMid: optional(string),
      sdpMLineIndex: optional(count),
      usernameFragment: optional(string),
    }),
  },
  typing: { pair: string, typing: boolean },
  ack: { pair: string, ack: count },
  welcome: {
    session: string,
    resumed: boolean,
    state: oneOf(sessionStateValues),
    pair: optional(kind('matched', matched)),
    partner_away: optional(boolean),
    online: count,
    waiting: count,
    server: string,
  },
  queue: { waiting: count, stage: oneOf(queueStageValues, 'anyone') },
  matched,
  ended: { pair: string, reason: oneOf(endReasonValues, 'gone'), self: optional(boolean), state: oneOf(sessionStateValues) },
  partner: { pair: string, state: oneOf(presenceStateValues) },
  route: { ...way, phase: oneOf(routePhaseValues), ice_servers: optional(iceServers) },
  sfu_answer: { pair: string, epoch: count, attempt: count, sdp: string },
  bitrate: { pair: string, epoch: count, max_bps: count },
  path: { pair: string, epoch: count, mine: pathSide, theirs: pathSide },
  ice_servers: { pair: string, ice_servers: iceServers },
  moderation: {
    pair: string,
    target: oneOf(moderationTargetValues),
    actions: list(oneOf(actionValues, 'warn')),
    reason: oneOf(moderationReasonValues, 'staff'),
    lifted: optional(boolean),
    until: optional(count),
  },
  banned: { reason: string, until: optional(count), ban: string },
  done: { id: string },
  stats: { online: count, waiting: count },
  pong: { n: count },
  error: {
    code: oneOf(errorCodeValues, 'internal'),
    message: string,
    id: optional(string),
    seq: optional(count),
    retry_ms: optional(count),
  },
}

const readers = new Map<string, Reader<ServerMessage>>(
  Object.entries(members).map(([type, own]) => [type, kind<ServerMessage>(type as Kind, own as Members<ServerMessage>)]),
)

/** The reader of a message kind: its members and its type. */
export function kind<T extends { type: string }>(type: T['type'], own: Members<T>): Reader<T> {
  const read = object<Omit<T, 'type'>>(own)
  return (value) => ({ type, ...read(value) }) as T
}

/** Reads one frame. Never throws. */
export function parseServer(frame: string): Parsed {
  let value: unknown
  try {
    value = JSON.parse(frame)
  } catch {
    return { ok: false, why: 'malformed' }
  }
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string') {
    return { ok: false, why: 'malformed' }
  }
  const read = readers.get(value.type)
  if (read === undefined) return { ok: false, why: 'unknown' }
  try {
    return { ok: true, message: read(value) }
  } catch (err) {
    if (err instanceof Malformed) return { ok: false, why: 'malformed' }
    throw err
  }
}
