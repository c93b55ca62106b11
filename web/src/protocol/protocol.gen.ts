// Written by `go generate ./signaling/protocol`; do not edit. What it means is said in signaling/protocol.

export const SUBPROTOCOL = "omezle.v1"

/** Sizes in bytes or Unicode code points, times in milliseconds. */
export const limits = {
  maxFrame: 65536,
  maxToken: 1024,
  maxText: 2000,
  maxSDP: 32768,
  maxCandidate: 1024,
  maxCandidates: 40,
  maxInterests: 10,
  maxInterest: 32,
  maxLanguage: 16,
  maxDescription: 1000,
  maxClientID: 40,
  maxStill: 40960,
  window: 64,
  helloTimeout: 10000,
  resumeWindow: 30000,
  resendAfter: 5000,
  ackDelay: 1000,
  ackEvery: 16,
  pingAfter: 20000,
  linger: 3000,
} as const

export const modeValues = ['video', 'text'] as const
export type Mode = (typeof modeValues)[number]

export const routeValues = ['p2p', 'turn', 'sfu'] as const
export type Route = (typeof routeValues)[number]

export const endReasonValues = ['next', 'stop', 'blocked', 'reported', 'gone', 'node_lost', 'unconfirmed', 'staff', 'banned', 'moderated'] as const
export type EndReason = (typeof endReasonValues)[number]

export const reportReasonValues = ['nudity', 'minor', 'harassment', 'spam', 'violence', 'other'] as const
export type ReportReason = (typeof reportReasonValues)[number]

export const reactionNameValues = ['heart', 'laugh', 'wow', 'clap', 'wave', 'thumb_up'] as const
export type ReactionName = (typeof reactionNameValues)[number]

export const sDPTypeValues = ['offer', 'answer', 'rollback'] as const
export type SDPType = (typeof sDPTypeValues)[number]

export const sessionStateValues = ['idle', 'waiting', 'paired'] as const
export type SessionState = (typeof sessionStateValues)[number]

export const queueStageValues = ['interests', 'language', 'anyone'] as const
export type QueueStage = (typeof queueStageValues)[number]

export const routePhaseValues = ['prepare', 'commit', 'rollback'] as const
export type RoutePhase = (typeof routePhaseValues)[number]

export const routeReasonValues = ['default', 'policy', 'sample', 'standing', 'hit', 'hide_ip', 'network', 'operator', 'moving', 'unavailable', 'no_way', 'no_classifier'] as const
export type RouteReason = (typeof routeReasonValues)[number]

export const viaValues = ['direct', 'relay', 'server'] as const
export type Via = (typeof viaValues)[number]

export const failureCauseValues = ['ice', 'stalled', 'unsupported'] as const
export type FailureCause = (typeof failureCauseValues)[number]

export const presenceStateValues = ['away', 'back'] as const
export type PresenceState = (typeof presenceStateValues)[number]

export const errorCodeValues = ['bad_message', 'unknown_kind', 'not_paired', 'not_idle', 'rate_limited', 'unavailable', 'internal'] as const
export type ErrorCode = (typeof errorCodeValues)[number]

export const reconnectValues = ['resume', 'fresh', 'never', 'later'] as const
export type Reconnect = (typeof reconnectValues)[number]

export const proxyStateValues = ['none', 'trusted', 'untrusted'] as const
export type ProxyState = (typeof proxyStateValues)[number]

export const actionValues = ['warn', 'blur', 'stop', 'end', 'ban'] as const
export type Action = (typeof actionValues)[number]

export const moderationTargetValues = ['you', 'partner'] as const
export type ModerationTarget = (typeof moderationTargetValues)[number]

export const moderationReasonValues = ['nudity', 'staff'] as const
export type ModerationReason = (typeof moderationReasonValues)[number]

export interface Sequenced {
  pair: string
  seq: number
  ack?: number
}

export interface SDP {
  type: SDPType
  sdp: string
}

export interface ICECandidate {
  candidate: string
  sdpMid?: string
  sdpMLineIndex?: number
  usernameFragment?: string
}

export interface ICEServer {
  urls: string[]
  username?: string
  credential?: string
}

export interface PathSide {
  connected: boolean
  tcp?: boolean
  rtt_ms: number
  loss_percent: number
  sent_kbps: number
  got_kbps: number
}

export interface PictureCheck {
  on: boolean
  threshold: number
  release: number
  interval_ms: number
  start_blurred: boolean
  model: string
}

export interface Hello {
  type: 'hello'
  token: string
  fresh?: boolean
}

export interface Find {
  type: 'find'
  mode: Mode
  interests?: string[]
  language?: string
  hide_ip?: boolean
}

export interface Cancel {
  type: 'cancel'
}

export interface Leave {
  type: 'leave'
  pair: string
  next?: boolean
}

export interface ReportMessage {
  type: 'report'
  id: string
  pair: string
  reason: ReportReason
  description?: string
  block?: boolean
  still?: string
}

export interface Block {
  type: 'block'
  id: string
  pair: string
}

export interface Ping {
  type: 'ping'
  n: number
}

export interface Bye {
  type: 'bye'
}

export interface Ready {
  type: 'ready'
  pair: string
  epoch: number
  via: Via
}

export interface Failed {
  type: 'failed'
  pair: string
  epoch: number
  cause: FailureCause
}

export interface Privacy {
  type: 'privacy'
  hide_ip: boolean
}

export interface SFUOffer {
  type: 'sfu_offer'
  pair: string
  epoch: number
  attempt: number
  sdp: string
}

export interface SFUCandidate {
  type: 'sfu_candidate'
  pair: string
  epoch: number
  candidate: ICECandidate
}

export interface Sighting {
  type: 'sighting'
  pair: string
  class: string
  score: number
  scores?: Record<string, number>
  model?: string
}

export interface Chat extends Sequenced {
  type: 'chat'
  id: string
  text: string
}

export interface Reaction extends Sequenced {
  type: 'reaction'
  reaction: ReactionName
}

export interface Media extends Sequenced {
  type: 'media'
  camera: boolean
  microphone: boolean
}

export interface DescriptionMessage extends Sequenced {
  type: 'description'
  epoch?: number
  description: SDP
}

export interface CandidateMessage extends Sequenced {
  type: 'candidate'
  epoch?: number
  candidate: ICECandidate
}

export interface Typing {
  type: 'typing'
  pair: string
  typing: boolean
}

export interface Ack {
  type: 'ack'
  pair: string
  ack: number
}

export interface Welcome {
  type: 'welcome'
  session: string
  resumed: boolean
  state: SessionState
  pair?: Matched
  partner_away?: boolean
  online: number
  waiting: number
  server: string
}

export interface Queue {
  type: 'queue'
  waiting: number
  stage: QueueStage
}

export interface Matched {
  type: 'matched'
  pair: string
  mode: Mode
  epoch: number
  route: Route
  forced?: boolean
  relay_only?: boolean
  cause?: RouteReason
  polite: boolean
  shared: string[]
  language?: string
  rematch?: boolean
  hue: number
  ice_servers: ICEServer[]
}

export interface Ended {
  type: 'ended'
  pair: string
  reason: EndReason
  self?: boolean
  state: SessionState
}

export interface PartnerPresence {
  type: 'partner'
  pair: string
  state: PresenceState
}

export interface Done {
  type: 'done'
  id: string
}

export interface Stats {
  type: 'stats'
  online: number
  waiting: number
}

export interface Pong {
  type: 'pong'
  n: number
}

export interface ErrorMessage {
  type: 'error'
  code: ErrorCode
  message: string
  id?: string
  seq?: number
  retry_ms?: number
}

export interface RouteStep {
  type: 'route'
  pair: string
  epoch: number
  phase: RoutePhase
  route: Route
  forced?: boolean
  relay_only?: boolean
  cause?: RouteReason
  ice_servers?: ICEServer[]
}

export interface SFUAnswer {
  type: 'sfu_answer'
  pair: string
  epoch: number
  attempt: number
  sdp: string
}

export interface Bitrate {
  type: 'bitrate'
  pair: string
  epoch: number
  max_bps: number
}

export interface Path {
  type: 'path'
  pair: string
  epoch: number
  mine: PathSide
  theirs: PathSide
}

export interface ICEServersMessage {
  type: 'ice_servers'
  pair: string
  ice_servers: ICEServer[]
}

export interface Moderation {
  type: 'moderation'
  pair: string
  target: ModerationTarget
  actions: Action[]
  reason: ModerationReason
  lifted?: boolean
  until?: number
}

export interface Banned {
  type: 'banned'
  reason: string
  until?: number
  ban: string
}

export interface SessionRequest {
  consent: string
  adult: boolean
  device?: string
}

export interface SessionResponse {
  session: string
  token: string
  device: string
  expires: number
}

export interface PublicConfig {
  consent: string
  minimum_age: number
  modes: Mode[]
  version: string
  check: PictureCheck
}

export interface PublicStats {
  active: number
  waiting: number
}

export interface Preflight {
  ice_servers: ICEServer[]
  media_server: boolean
  address: string
  proxy: ProxyState
  version: string
}

export interface PreflightSDP {
  sdp: string
}

export interface Problem {
  type: string
  title: string
  status: number
  code: string
  detail?: string
  reason?: string
  until?: number
  ban?: string
}

export type PeerMessage = Chat | Reaction | Media | DescriptionMessage | CandidateMessage | Typing | Ack
export type ClientMessage = Hello | Find | Cancel | Leave | ReportMessage | Block | Ping | Bye | Ready | Failed | Privacy | SFUOffer | SFUCandidate | Sighting | PeerMessage
export type ServerMessage = Welcome | Queue | Matched | Ended | PartnerPresence | Done | Stats | Pong | ErrorMessage | RouteStep | SFUAnswer | Bitrate | Path | ICEServersMessage | Moderation | Banned | PeerMessage

/** Close codes and what a client does after each; any other code means a lost network: resume. */
export const closeCodes = {
  normal: { code: 1000, reconnect: 'never' },
  goingAway: { code: 1001, reconnect: 'resume' },
  tooBig: { code: 1009, reconnect: 'never' },
  draining: { code: 4000, reconnect: 'resume' },
  silent: { code: 4001, reconnect: 'resume' },
  slow: { code: 4002, reconnect: 'resume' },
  internal: { code: 4003, reconnect: 'resume' },
  unknownSession: { code: 4100, reconnect: 'fresh' },
  expired: { code: 4101, reconnect: 'fresh' },
  consent: { code: 4102, reconnect: 'fresh' },
  badHello: { code: 4200, reconnect: 'never' },
  violation: { code: 4201, reconnect: 'never' },
  superseded: { code: 4202, reconnect: 'never' },
  banned: { code: 4203, reconnect: 'never' },
  busy: { code: 4300, reconnect: 'later' },
} as const satisfies Record<string, { code: number; reconnect: Reconnect }>
