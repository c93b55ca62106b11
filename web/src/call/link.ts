/**
 * Keeps a session connected: makes it, opens the socket, opens it again after
 * every loss as the close code advises, and makes a new session when the old
 * one is over. The browser's word about the network only changes the pace.
 */
import { closeCodes } from '../protocol/protocol.gen'
import type { ClientMessage, Reconnect, ServerMessage, SessionRequest, Welcome } from '../protocol/protocol.gen'
import { Backoff } from './backoff'
import type { Clock } from './clock'
import { banOf, createSession, passes } from './session'
import type { Fetch, SessionFailure } from './session'
import { Socket } from './socket'
import type { OpenWebSocket } from './socket'
import type { Ban, Link, LinkCause, Problem } from './state'

export interface LinkOptions {
  readonly clock: Clock
  /** Numbers in [0, 1). */
  readonly random: () => number
  readonly url: string
  readonly openWebSocket: OpenWebSocket
  readonly fetch: Fetch
  /** The browser's opinion; false only slows attempts down. */
  readonly online: () => boolean
  /** The token of this tab's session, kept over a reload. */
  readonly token: { get(): string | null; set(token: string | null): void }
  readonly device: { get(): string | null; set(token: string): void }
  readonly consent: () => Omit<SessionRequest, 'device'>
  readonly onLink: (link: Link) => void
  readonly onWelcome: (welcome: Welcome) => void
  readonly onMessage: (message: Exclude<ServerMessage, Welcome>) => void
  /** It gave up; open begins anew. */
  readonly onStopped: (stop: Stop) => void
}

/** Why it gave up. */
export type Stop =
  | { readonly kind: 'superseded' }
  | { readonly kind: 'banned'; readonly ban: Ban }
  | { readonly kind: 'problem'; readonly problem: Problem }

/** A socket that held this long was a good one. */
const GOOD_AFTER = 10_000
/** What "later" means at the least. */
const LATER = 10_000
/** Pace while the browser says that there is no network: it may be wrong. */
const OFFLINE_RETRY = 15_000

/** What to do after a close with code; see signaling/protocol, Advice. */
export function advice(code: number): Reconnect {
  if (code === closeCodes.normal.code || code === closeCodes.tooBig.code) return 'never'
  if (code >= 4100 && code < 4200) return 'fresh'
  if (code >= 4200 && code < 4300) return 'never'
  if (code >= 4300 && code < 4400) return 'later'
  return 'resume'
}

export class LinkKeeper {
  private readonly options: LinkOptions
  private readonly backoff: Backoff
  private socket: Socket | null = null
  private active = false
  /** Bumped by open and close, so that an answer to an older request is nobody's. */
  private generation = 0
  private fresh = false
  private everWelcomed = false
  private cancelRetry: (() => void) | null = null
  private cancelGood: (() => void) | null = null

  constructor(options: LinkOptions) {
    this.options = options
    this.backoff = new Backoff(options.random)
  }

  /** Begins, with the tab's earlier session if there is one. Anything under way is given up. */
  open(): void {
    this.release(false)
    this.active = true
    this.everWelcomed = false
    this.options.onLink({ state: 'opening' })
    const token = this.options.token.get()
    if (token === null) void this.renew()
    else {
      this.fresh = true
      this.connect(token)
    }
  }

  /** Sends over the established session; false when there is none at the moment. */
  send(message: ClientMessage): boolean {
    return this.socket?.send(message) ?? false
  }

  /** Tries now what was to be tried later. */
  reconnect(): void {
    if (!this.active || this.cancelRetry === null) return
    this.stopRetry()
    this.attempt()
  }

  /** The page became visible, or the network changed: is the socket still good? */
  wake(): void {
    this.socket?.probe()
    this.reconnect()
  }

  /** Ends; bye ends the session at once. */
  close(bye: boolean): void {
    if (bye) this.options.token.set(null)
    this.release(bye)
    this.options.onLink({ state: 'closed' })
  }

  private attempt(): void {
    const token = this.options.token.get()
    if (token === null) void this.renew()
    else this.connect(token)
  }

  private async renew(): Promise<void> {
    const generation = this.generation
    const device = this.options.device.get()
    const request = { ...this.options.consent(), ...(device !== null && { device }) }
    const result = await createSession(this.options.fetch, request, this.options.clock.now())
    if (generation !== this.generation) return
    if (result.ok) {
      this.options.device.set(result.session.device)
      this.options.token.set(result.session.token)
      this.fresh = false
      this.connect(result.session.token)
      return
    }
    this.noSession(result.failure)
  }

  private noSession(failure: SessionFailure): void {
    if (failure.code === 'banned') {
      this.stop({ kind: 'banned', ban: failure.ban })
    } else if (this.everWelcomed && passes(failure)) {
      const retryAt = 'retryAt' in failure ? failure.retryAt : null
      const wait = retryAt === null ? this.backoff.next() : Math.max(retryAt - this.options.clock.now(), 0)
      this.retry(wait, failure.code === 'offline' ? 'lost' : 'busy')
    } else {
      this.stop({ kind: 'problem', problem: failure })
    }
  }

  private connect(token: string): void {
    this.socket = new Socket({
      open: this.options.openWebSocket,
      url: this.options.url,
      token,
      fresh: this.fresh,
      clock: this.options.clock,
      onWelcome: (welcome) => {
        this.fresh = false
        this.everWelcomed = true
        this.cancelGood = this.options.clock.after(GOOD_AFTER, () => {
          this.backoff.reset()
        })
        this.options.onLink({ state: 'open' })
        this.options.onWelcome(welcome)
      },
      onMessage: this.options.onMessage,
      onClosed: (code) => {
        this.closed(code)
      },
    })
  }

  private closed(code: number): void {
    this.socket = null
    this.cancelGood?.()
    this.cancelGood = null
    switch (advice(code)) {
      case 'resume':
        this.retry(this.backoff.next(), causeOf(code))
        return
      case 'later':
        this.retry(LATER + this.backoff.next(), 'busy')
        return
      case 'fresh':
        this.options.token.set(null)
        if (code === closeCodes.consent.code) this.stop({ kind: 'problem', problem: { code: 'consent' } })
        else this.retry(this.backoff.next(), 'lost')
        return
      case 'never':
        if (code === closeCodes.superseded.code) this.stop({ kind: 'superseded' })
        else if (code === closeCodes.banned.code) this.stop({ kind: 'banned', ban: banOf({}) })
        else {
          this.options.token.set(null)
          this.stop({ kind: 'problem', problem: { code: 'refused', closeCode: code } })
        }
    }
  }

  private retry(wait: number, cause: LinkCause): void {
    const offline = !this.options.online()
    const after = offline ? Math.max(wait, OFFLINE_RETRY) : wait
    this.stopRetry()
    this.cancelRetry = this.options.clock.after(after, () => {
      this.cancelRetry = null
      this.options.onLink({ state: 'reconnecting', cause, retryAt: null })
      this.attempt()
    })
    this.options.onLink(offline ? { state: 'offline' } : { state: 'reconnecting', cause, retryAt: this.options.clock.now() + after })
  }

  private stop(stop: Stop): void {
    this.release(false)
    this.options.onLink({ state: 'closed' })
    this.options.onStopped(stop)
  }

  private release(bye: boolean): void {
    this.active = false
    this.generation++
    this.stopRetry()
    this.cancelGood?.()
    this.cancelGood = null
    this.socket?.close(bye)
    this.socket = null
  }

  private stopRetry(): void {
    this.cancelRetry?.()
    this.cancelRetry = null
  }
}

function causeOf(code: number): LinkCause {
  if (code === closeCodes.draining.code || code === closeCodes.goingAway.code) return 'draining'
  return code === closeCodes.slow.code ? 'slow' : 'lost'
}
