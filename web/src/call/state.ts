/**
 * Everything the page draws, and nothing else: plain, frozen-by-type values
 * without a word meant for people (codes only; the page translates them).
 * Streams are not in here, see Streams in call.ts. Times are milliseconds of
 * the engine's clock, which in a browser is Date.now().
 */
import type { Action, EndReason, Mode, ModerationReason, ModerationTarget, QueueStage, ReactionName, ReportReason, Route, RouteReason } from '../protocol/protocol.gen'

/** What the page shows, told apart by `phase`. */
export type CallState = Shared & Stage

/** The name of what goes on now; the page's root carries it as data-phase. */
export type Phase = Stage['phase']

export type Stage = Idle | Opening | Looking | Connecting | Talking | Ended | Superseded | Banned

/** Nothing goes on: before the first start, after stop, or after a start failed. */
export interface Idle {
  readonly phase: 'idle'
  /** Why the last start came to nothing, with a way out for each code. */
  readonly problem: Problem | null
}

/** The person pressed start: permission and session are being asked for. */
export interface Opening {
  readonly phase: 'opening'
}

/** In the queue, or on the way there while the link is down. */
export interface Looking {
  readonly phase: 'looking'
  readonly search: Search
}

/** Matched in video mode, no media path yet. Chat works already. */
export interface Connecting {
  readonly phase: 'connecting'
  readonly pair: Pair
  readonly partner: Partner
  readonly connecting: { readonly trying: Route; readonly since: number; /** over 2 s: say what is tried */ readonly slow: boolean }
}

/** In conversation. `transport` is about media only: text goes on whatever it says. */
export interface Talking {
  readonly phase: 'talking'
  readonly pair: Pair
  readonly partner: Partner
  readonly transport: Transport
  readonly quality: Quality | null
}

/** The pair is over and no search goes on. */
export interface Ended {
  readonly phase: 'ended'
  readonly pair: Pair
  readonly end: End
}

/** Another tab has the session now; takeOver() brings it back here. */
export interface Superseded {
  readonly phase: 'superseded'
}

/** The service refuses this visitor. */
export interface Banned {
  readonly phase: 'banned'
  readonly ban: Ban
}

/** What every phase has. */
export interface Shared {
  readonly link: Link
  readonly service: Service
  readonly preferences: Preferences
  readonly media: MediaState
  readonly chat: ChatState
  /** Reactions of the last few seconds, oldest first, both sides. */
  readonly reactions: readonly ShownReaction[]
  /** A next() that can still be taken back: the partner already gets no sound and no picture. */
  readonly undo: { readonly until: number } | null
  /** The report or block last sent, until dismissed or a newer one. */
  readonly report: ReportState | null
  /** The pair that a report or block would be about: the present or the last one. */
  readonly reportable: Pair | null
}

/** Where the socket stands. Independent of the phase: P2P media lives on without it. */
export type Link =
  | { readonly state: 'closed' }
  | { readonly state: 'opening' }
  | { readonly state: 'open' }
  /** Lost; tried again at retryAt. `draining`: this node is being restarted, another one takes over. */
  | { readonly state: 'reconnecting'; readonly cause: LinkCause; readonly retryAt: number | null }
  /** The browser says there is no network. */
  | { readonly state: 'offline' }

export type LinkCause = 'lost' | 'draining' | 'busy' | 'slow'

/** Public facts from GET /api/config and the last counts heard. */
export interface Service {
  readonly status: 'unknown' | 'loading' | 'ready' | 'failed'
  /** Current version of the rules. */
  readonly consent: string
  readonly minimumAge: number
  readonly modes: readonly Mode[]
  readonly version: string
  readonly check: Check
  /** Visitors with a socket; null until known. */
  readonly online: number | null
  readonly waiting: number | null
}

/** How this browser looks at the partner's picture by itself. */
export interface Check {
  readonly on: boolean
  /** 0..1: from here on a picture is blurred. */
  readonly threshold: number
  /** 0..1: below, a blurred one is clean. */
  readonly release: number
  readonly everyMs: number
  /** Until it was looked at, where the person has no wish of their own. */
  readonly blurFirst: boolean
  /** Address of the model on our own origin. */
  readonly model: string
}

/** Why a start failed. */
export type Problem =
  | { readonly code: 'offline' }
  | { readonly code: 'rate_limited'; readonly retryAt: number }
  | { readonly code: 'unavailable'; readonly retryAt: number | null }
  /** The rules have a newer version: ask for consent again. */
  | { readonly code: 'consent' }
  /** The word for being of age is missing. */
  | { readonly code: 'adult' }
  /** Neither microphone nor camera could be had: offer text, explain each. */
  | { readonly code: 'media'; readonly camera: MediaFailure | null; readonly microphone: MediaFailure | null }
  /** The service closed the socket for good, see closeCodes. */
  | { readonly code: 'refused'; readonly closeCode: number }
  | { readonly code: 'unknown'; readonly status: number }

export interface Ban {
  /** The service's sentence, if it gave one. */
  readonly detail: string | null
  /** A moderation reason, or what staff wrote. */
  readonly reason: string | null
  /** null: for good, or not told. */
  readonly until: number | null
  /** To be quoted by somebody who objects. */
  readonly id: string | null
}

export interface Search {
  readonly mode: Mode
  readonly since: number
  /** In the same mode, this visitor included; null until the service said. */
  readonly waiting: number | null
  readonly stage: QueueStage | null
  /** Set when the search began because the last pair ended by itself (node_lost, unconfirmed, gone). */
  readonly after: EndCode | null
  /** The service cannot match at the moment (a store is away); it is asked again by itself. */
  readonly delayed: boolean
}

/** Why a pair ended: as the server said, or `lost` when it is known only that it is over (we were away too long). */
export type EndCode = EndReason | 'lost'

export interface End {
  readonly reason: EndCode
  /** This visitor ended it. */
  readonly self: boolean
  readonly at: number
  /** Auto-next looks for somebody else then; null: not by itself. */
  readonly nextAt: number | null
}

/** A conversation. */
export interface Pair {
  readonly id: string
  readonly mode: Mode
  /** The way that sound and picture take; it may change in a call. */
  readonly route: Route
  /** Nothing that tells this visitor's address reaches the partner, nor theirs here. */
  readonly relayOnly: boolean
  /** Numbers the ways of the call. */
  readonly epoch: number
  /** The last change of the way, until dismissed. */
  readonly moved: Moved | null
  /** The way was changed by force, and nothing is seen that way yet. */
  readonly blank: boolean
  /** What the service does about a picture now, the partner's and ours. */
  readonly held: { readonly partner: Hold | null; readonly me: Hold | null }
  /** The last it said about one, until dismissed. */
  readonly word: ModerationWord | null
  /** Interests both have. */
  readonly shared: readonly string[]
  /** The language both asked for. */
  readonly language: string | null
  /** Met lately, and nobody else waits. */
  readonly rematch: boolean
  /** 0..359, colours the partner's initials. */
  readonly hue: number
  readonly since: number
}

/** The service keeps a picture from being seen. */
export interface Hold {
  /** It is forwarded no more; else the one who would see it blurs it. */
  readonly stopped: boolean
  readonly reason: ModerationReason
}

/** Something the service did about a picture, or took back. */
export interface ModerationWord {
  readonly target: ModerationTarget
  readonly actions: readonly Action[]
  readonly reason: ModerationReason
  readonly lifted: boolean
  readonly at: number
}

/** Sound and picture go another way since then, and why. */
export interface Moved {
  readonly route: Route
  readonly cause: RouteReason
  readonly at: number
}

export interface Partner {
  /** Their socket is gone for the moment: keep the last picture. */
  readonly away: boolean
  readonly camera: boolean
  readonly microphone: boolean
  readonly typing: boolean
}

/** The media path: none in text mode; `failed` means that no way was found and text is all there is. */
export type Transport = 'none' | 'connecting' | 'connected' | 'restarting' | 'failed'

/** How well the partner is seen and heard; measured every 2 s, level with hysteresis. */
export interface Quality {
  /** 0 nothing arrives .. 4 perfect. */
  readonly level: 0 | 1 | 2 | 3 | 4
  readonly rttMs: number | null
  readonly lossPercent: number | null
  /** Received. */
  readonly kbps: number | null
  readonly width: number | null
  readonly height: number | null
  readonly fps: number | null
  /** On the way through the server: whose connection to it is weak. */
  readonly weak: 'mine' | 'theirs' | 'both' | null
}

export interface ChatState {
  /** Oldest first, at most 500. Kept after the pair until the next one begins. */
  readonly lines: readonly ChatLine[]
  /** The service asked to slow down: lines wait until then. */
  readonly heldUntil: number | null
}

export interface ChatLine {
  readonly id: string
  readonly from: 'me' | 'partner'
  readonly text: string
  readonly at: number
  /** Of our own lines; a partner's line is always `delivered`. `failed`: the pair ended first. */
  readonly status: 'sending' | 'sent' | 'delivered' | 'failed'
}

export interface ShownReaction {
  readonly id: string
  readonly from: 'me' | 'partner'
  readonly name: ReactionName
  readonly at: number
}

export interface ReportState {
  readonly kind: 'report' | 'block'
  readonly pair: string
  readonly reason: ReportReason | null
  readonly block: boolean
  /** `sending` is retried by itself until the service has it. `failed`: it refused for good. */
  readonly status: 'sending' | 'done' | 'failed'
}

/** Kept in localStorage where that is allowed. */
export interface Preferences {
  readonly mode: Mode
  readonly interests: readonly string[]
  /** BCP 47, empty for any. */
  readonly language: string
  readonly autoNext: boolean
  /** Off by default: video is off until switched on. */
  readonly startWithCamera: boolean
  readonly startMuted: boolean
  /** The partner should not see our address: calls are relayed. */
  readonly hideIP: boolean
  /** A stranger's picture is blurred until it was looked at; null: as the service has it. */
  readonly blurFirst: boolean | null
  readonly cameraId: string | null
  readonly microphoneId: string | null
  readonly speakerId: string | null
  /** The version of the rules accepted last, null if none. */
  readonly consent: string | null
  readonly adult: boolean
}

export interface MediaState {
  readonly camera: DeviceState
  readonly microphone: DeviceState
  readonly devices: DeviceLists
  /** The picture that the camera really gives. */
  readonly resolution: { readonly width: number; readonly height: number } | null
  /** The browser refused to play sound before a click: offer one that calls play(). */
  readonly playbackBlocked: boolean
  /** The speaker can be chosen in this browser. */
  readonly speakerChoice: boolean
  /** The last thing that happened by itself. */
  readonly notice: MediaNotice | null
}

export interface DeviceState {
  /** Switched on and live: seen or heard by a partner (or in the preview). */
  readonly on: boolean
  /** Permission or the device is being waited for. */
  readonly pending: boolean
  readonly failure: MediaFailure | null
  /** The device in use. */
  readonly deviceId: string | null
}

export interface DeviceLists {
  readonly cameras: readonly Device[]
  readonly microphones: readonly Device[]
  readonly speakers: readonly Device[]
}

export interface Device {
  readonly id: string
  /** Empty until permission was given: the page numbers them. */
  readonly label: string
}

/** Why a camera or microphone could not be had; each has its own way out. */
export type MediaFailure =
  /** Refused, in the browser or by the system. */
  | 'denied'
  /** The question was closed without an answer: asking again is possible. */
  | 'dismissed'
  | 'no_device'
  /** Another program has it, or the driver failed. */
  | 'in_use'
  | 'overconstrained'
  /** The page is not on https or localhost. */
  | 'insecure'
  | 'unsupported'
  | 'unknown'

export interface MediaNotice {
  readonly code: 'camera_lost' | 'camera_replaced' | 'microphone_lost' | 'microphone_replaced' | 'speaker_lost'
  readonly at: number
}
