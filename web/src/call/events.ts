/** What happens to a call, and what follows from it: the vocabulary between the pure reducer and the engine. */
import type {
  Bitrate,
  Block,
  ClientMessage,
  ICEServersMessage,
  Matched,
  Mode,
  Path,
  PublicConfig,
  ReactionName,
  ReportMessage,
  Route,
  RouteReason,
  RouteStep,
  ServerMessage,
  SFUAnswer,
  Welcome,
} from '../protocol/protocol.gen'
import type { ReportOptions, SightingOptions, StartOptions } from './call'
import type { Stop } from './link'
import type { CallState, Link, MediaFailure, MediaState, Preferences, Quality, Transport } from './state'
import type { PeerBody, SequencedMessage } from './stream'

/** The state drawn, and what only the logic needs to remember. */
export interface Model {
  readonly state: CallState
  /** What the last start asked for. */
  readonly mode: Mode
  /** In opening: devices are being asked for, and the search must wait for them. */
  readonly acquiring: boolean
  /** The pair left here while the service has not confirmed it. */
  readonly leaving: { readonly pair: string; readonly next: boolean } | null
  /** Reports and blocks the service has not confirmed, oldest first. */
  readonly reports: readonly (ReportMessage | Block)[]
  /** The id of the report that state.report shows. */
  readonly shownReport: string | null
  /** When the partner was last told that we type; null: not typing as far as they know. */
  readonly typingSince: number | null
  /** Whether the service knows that we want to hide our address. */
  readonly toldHideIP: boolean
}

export type Event =
  | UserEvent
  /** The outcome of the acquire effect; any: there is something to send. */
  | { readonly type: 'acquired'; readonly camera: MediaFailure | null; readonly microphone: MediaFailure | null; readonly any: boolean }
  | { readonly type: 'service'; readonly config: PublicConfig | 'loading' | 'failed' }
  | { readonly type: 'media'; readonly media: MediaState }
  | { readonly type: 'link'; readonly link: Link }
  | { readonly type: 'stopped'; readonly stop: Stop }
  | { readonly type: 'welcome'; readonly welcome: Welcome }
  | { readonly type: 'message'; readonly message: ControlMessage }
  /** A message of the partner, in its order. */
  | { readonly type: 'peer'; readonly message: SequencedMessage }
  | { readonly type: 'lines'; readonly ids: readonly string[]; readonly status: 'sent' | 'delivered' }
  | { readonly type: 'held'; readonly pair: string; readonly until: number }
  | { readonly type: 'transport'; readonly pair: string; readonly transport: Transport }
  /** The way of the media, as it is now. */
  | { readonly type: 'way'; readonly pair: string; readonly epoch: number; readonly route: Route; readonly relayOnly: boolean; readonly cause: RouteReason; readonly blank: boolean }
  | { readonly type: 'quality'; readonly pair: string; readonly quality: Quality }
  | { readonly type: 'timer'; readonly timer: TimerName }

/** What the person did. Ids are made by the engine. */
export type UserEvent =
  | { readonly type: 'start'; readonly options: StartOptions }
  | { readonly type: 'next' }
  | { readonly type: 'undo_next' }
  | { readonly type: 'stop' }
  | { readonly type: 'cancel_auto_next' }
  | { readonly type: 'take_over' }
  | { readonly type: 'text'; readonly id: string; readonly text: string }
  | { readonly type: 'typing'; readonly active: boolean }
  | { readonly type: 'react'; readonly id: string; readonly name: ReactionName }
  | { readonly type: 'report'; readonly id: string; readonly options: ReportOptions }
  | { readonly type: 'block'; readonly id: string; readonly next: boolean }
  | { readonly type: 'dismiss_report' }
  | { readonly type: 'dismiss_moved' }
  | { readonly type: 'dismiss_moderation' }
  | { readonly type: 'sighted'; readonly sighting: SightingOptions }
  | { readonly type: 'preferences'; readonly change: Partial<Preferences> }

/** What the service says of the way of a pair's media. */
export type WayMessage = RouteStep | SFUAnswer | Bitrate | Path | ICEServersMessage

/** What it says outside the peer stream, the ways and welcome. */
export type ControlMessage = Exclude<ServerMessage, Welcome | SequencedMessage | WayMessage | { type: 'ack' | 'pong' }>

export type TimerName =
  /** next() becomes final. */
  | 'undo'
  | 'auto_next'
  /** connecting takes long. */
  | 'slow'
  /** A search the service has not confirmed. */
  | 'search'
  /** Our typing is withdrawn; theirs is forgotten. */
  | 'typing_out'
  | 'typing_in'
  | 'reactions'
  | 'reports'
  | 'held'

export type Effect =
  /** Ask for the microphone, and the camera if wanted; answered by acquired. */
  | { readonly type: 'acquire'; readonly camera: boolean; readonly muted: boolean }
  | { readonly type: 'release_media' }
  | { readonly type: 'open_link' }
  | { readonly type: 'close_link' }
  /** Lost when the link is down: welcome brings both sides together again. */
  | { readonly type: 'send'; readonly message: ClientMessage }
  /** A peer stream and, in video mode, a peer connection. */
  | { readonly type: 'begin_pair'; readonly matched: Matched; readonly away: boolean }
  | { readonly type: 'end_pair' }
  | { readonly type: 'push'; readonly body: PeerBody }
  | { readonly type: 'pause_stream' }
  | { readonly type: 'resume_stream' }
  /** The service's word of which way the media takes. */
  | { readonly type: 'settle_ways'; readonly matched: Matched }
  /** Media may have died while nobody could be told: restart ICE if it is not connected. */
  | { readonly type: 'revive_peer' }
  /** Send the partner no sound and no picture. */
  | { readonly type: 'suspend'; readonly on: boolean }
  | { readonly type: 'timer'; readonly timer: TimerName; readonly ms: number }
  | { readonly type: 'clear_timer'; readonly timer: TimerName }
  | { readonly type: 'save_preferences'; readonly preferences: Preferences }

/** A model and what is to be done about it, in order. */
export type Step = readonly [Model, readonly Effect[]]
