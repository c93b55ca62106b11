/**
 * One websocket from hello to its close: frames parsed, liveness watched. It
 * never reconnects; link.ts does.
 */
import { limits, SUBPROTOCOL } from '../protocol/protocol.gen'
import type { ClientMessage, ServerMessage, Welcome } from '../protocol/protocol.gen'
import { parseServer } from '../protocol/parse'
import type { Clock } from './clock'

/** The part of WebSocket that is used; tests have their own. */
export interface WebSocketLike extends Pick<EventTarget, 'addEventListener'> {
  send(data: string): void
  close(code?: number): void
}

export type OpenWebSocket = (url: string, subprotocol: string) => WebSocketLike

export interface SocketOptions {
  readonly open: OpenWebSocket
  readonly url: string
  readonly token: string
  /** The page kept nothing of the session: a pair that it is in ends. */
  readonly fresh: boolean
  readonly clock: Clock
  readonly onWelcome: (welcome: Welcome) => void
  readonly onMessage: (message: Exclude<ServerMessage, Welcome>) => void
  /** Once, unless close was called. 1006 when the other side fell silent. */
  readonly onClosed: (code: number) => void
}

/** No pong in this time: the way is gone, whatever the browser thinks. */
export const PONG_WITHIN = 10_000
/** The same when there is a reason to doubt (woken up, network changed). */
const PONG_SOON = 4_000
/** What a browser reports for a connection that just ended (RFC 6455, 7.4.1). */
export const ABNORMAL = 1006

export class Socket {
  private readonly options: SocketOptions
  private readonly socket: WebSocketLike
  private readonly listening = new AbortController()
  private state: 'opening' | 'welcomed' | 'closed' = 'opening'
  private cancelDeadline: (() => void) | null = null
  private pinged = 0
  private awaiting = false
  /** Frames that could not be read, for bug reports. */
  readonly dropped = { unknown: 0, malformed: 0 }

  constructor(options: SocketOptions) {
    this.options = options
    this.socket = options.open(options.url, SUBPROTOCOL)
    const { signal } = this.listening
    const hello = (): void => {
      this.write({ type: 'hello', token: options.token, ...(options.fresh && { fresh: true }) })
    }
    const message = (event: Event): void => {
      this.read((event as MessageEvent<unknown>).data)
    }
    const closed = (event: Event): void => {
      this.end((event as CloseEvent).code)
    }
    this.socket.addEventListener('open', hello, { signal })
    this.socket.addEventListener('message', message, { signal })
    this.socket.addEventListener('close', closed, { signal })
    this.deadline(limits.helloTimeout, () => {
      this.end(ABNORMAL)
    })
  }

  /** Sends, if the session is established; false otherwise. */
  send(message: ClientMessage): boolean {
    return this.state === 'welcomed' && this.write(message)
  }

  /** Asks at once whether the other side is still there. */
  probe(): void {
    if (this.state === 'welcomed' && !this.awaiting) this.ping(PONG_SOON)
  }

  /** Closes without telling onClosed; bye ends the session as well. */
  close(bye: boolean): void {
    if (bye) this.send({ type: 'bye' })
    this.release()
  }

  private read(data: unknown): void {
    if (this.state === 'closed') return
    const parsed = typeof data === 'string' ? parseServer(data) : ({ ok: false, why: 'malformed' } as const)
    if (!parsed.ok) {
      this.dropped[parsed.why]++
      return
    }
    const { message } = parsed
    if (this.state === 'opening') {
      if (message.type !== 'welcome') return // nothing else may precede it
      this.state = 'welcomed'
      this.listen()
      this.options.onWelcome(message)
      return
    }
    this.listen()
    if (message.type !== 'pong' && message.type !== 'welcome') this.options.onMessage(message)
  }

  /** Something was heard: all is well for pingAfter. */
  private listen(): void {
    this.awaiting = false
    this.deadline(limits.pingAfter, () => {
      this.ping(PONG_WITHIN)
    })
  }

  private ping(within: number): void {
    this.awaiting = true
    this.pinged++
    this.write({ type: 'ping', n: this.pinged })
    this.deadline(within, () => {
      this.end(ABNORMAL)
    })
  }

  private write(message: ClientMessage): boolean {
    try {
      this.socket.send(JSON.stringify(message))
      return true
    } catch {
      return false // closing: onclose follows
    }
  }

  private end(code: number): void {
    if (this.state === 'closed') return
    this.release()
    this.options.onClosed(code)
  }

  private release(): void {
    this.state = 'closed'
    this.cancelDeadline?.()
    this.cancelDeadline = null
    this.listening.abort()
    this.socket.close()
  }

  private deadline(ms: number, run: () => void): void {
    this.cancelDeadline?.()
    this.cancelDeadline = this.options.clock.after(ms, run)
  }
}
