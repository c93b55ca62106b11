/**
 * What the page holds on to: one Call for the life of the page. The page draws
 * getState() and getStreams(), calls actions, and knows nothing of sockets.
 */
import type { Mode, ReactionName, ReportReason } from '../protocol/protocol.gen'
import type { CallState, Preferences } from './state'

export interface Call {
  /** The same object until something changes, as useSyncExternalStore wants it. */
  getState(): CallState
  /** The same object until a stream changes; announced by subscribe as well. */
  getStreams(): Streams
  subscribe(listener: () => void): () => void
  readonly actions: CallActions
  /** Loudness of the own microphone now, 0..1; read it once a frame. 0 while it is off. */
  microphoneLevel(): number
  /**
   * Shows and plays the partner in video elements within container, which the Call makes, until the returned
   * function is called. The one that is seen has data-testid="remote-video"; in a switch there is one more.
   */
  attachRemote(container: HTMLElement): () => void
  /** Keeps an element showing the own camera, without sound. */
  attachLocal(element: HTMLMediaElement): () => void
  /** Says bye, releases devices and listeners. The Call is of no use afterwards. */
  close(): void
}

export interface Streams {
  /** The own camera, video only, for the self view and the preview; null while it is off. */
  readonly local: MediaStream | null
}

/** All actions may be called at any time; what makes no sense in a phase does nothing. */
export interface CallActions {
  /** GET /api/config; fills state.service. Called again it retries after a failure. */
  loadService(): void
  /** Session, devices (video mode) and search. From idle, ended or superseded. */
  start(options: StartOptions): void
  /**
   * Somebody else. In conversation it can be undone for 2 s (state.undo); a second
   * call commits at once. In ended it searches at once; in looking it does nothing.
   */
  next(): void
  undoNext(): void
  /** In conversation: leaves, to ended. While looking or in ended: to idle. */
  stop(): void
  /** Stays in ended instead of looking for somebody else by itself. */
  cancelAutoNext(): void
  /** `ok` means accepted: its line shows how far it got. */
  sendText(text: string): SendResult
  /** The person types (true, at each key) or emptied the input (false). */
  typing(active: boolean): void
  react(name: ReactionName): void
  report(report: ReportOptions): void
  block(options: { readonly next: boolean }): void
  dismissReport(): void
  dismissMoved(): void
  /** The page's own check found something in the partner's picture: tells the service. */
  sighted(sighting: SightingOptions): void
  dismissModeration(): void
  /** Takes the session back from the other tab. */
  takeOver(): void
  /** Tries the socket now instead of at link.retryAt. */
  reconnect(): void

  /** Shows the own camera (and the level meter) on the start page; false releases what no call uses. */
  preview(devices: { readonly camera: boolean; readonly microphone: boolean }): void
  setCamera(on: boolean): void
  setMicrophone(on: boolean): void
  chooseCamera(id: string | null): void
  chooseMicrophone(id: string | null): void
  chooseSpeaker(id: string | null): void
  dismissMediaNotice(): void
  /** After media.playbackBlocked, from a click. */
  play(): void

  setPreferences(change: Partial<Preferences>): void
}

export interface StartOptions {
  readonly mode: Mode
  /** The version of the rules that the person accepted, service.consent. */
  readonly consent: string
  /** The person's word for being of age. */
  readonly adult: boolean
  /** Join with the camera on; default is preferences.startWithCamera. */
  readonly camera?: boolean
}

export type SendResult = 'ok' | 'empty' | 'too_long' | 'not_paired' | 'full'

export interface SightingOptions {
  readonly pair: string
  readonly class: string
  readonly score: number
  readonly scores: Readonly<Record<string, number>>
  readonly model: string
}

export interface ReportOptions {
  readonly reason: ReportReason
  /** At most limits.maxDescription characters; cut there. */
  readonly description: string
  /** Also never meet again: the pair ends. */
  readonly block: boolean
  /** A picture of the partner, JPEG or WebP in base64 of at most limits.maxStill bytes; only with the person's consent. */
  readonly still?: string
  /** When the pair ends by this: look for somebody else at once. */
  readonly next: boolean
}
