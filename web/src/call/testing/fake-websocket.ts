import type { ClientMessage, ServerMessage } from '../../protocol/protocol.gen'
import type { WebSocketLike } from '../socket'

/** The service's end of a websocket, driven by a test. */
export class FakeWebSocket extends EventTarget implements WebSocketLike {
  readonly url: string
  readonly subprotocol: string
  readonly sent: ClientMessage[] = []
  closed = false

  constructor(url: string, subprotocol: string) {
    super()
    this.url = url
    this.subprotocol = subprotocol
  }

  send(data: string): void {
    if (this.closed) throw new Error('InvalidStateError')
    this.sent.push(JSON.parse(data) as ClientMessage)
  }

  close(): void {
    this.closed = true
  }

  /** The handshake is done. */
  accept(): void {
    this.dispatchEvent(new Event('open'))
  }

  /** The service says this. */
  say(message: ServerMessage): void {
    this.sayRaw(JSON.stringify(message))
  }

  sayRaw(data: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data }))
  }

  /** The service, or the network, closes. */
  drop(code: number): void {
    this.closed = true
    this.dispatchEvent(Object.assign(new Event('close'), { code, reason: '', wasClean: code !== 1006 }))
  }

  /** What was sent since the last call. */
  take(): ClientMessage[] {
    return this.sent.splice(0)
  }
}
