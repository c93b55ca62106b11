/**
 * The peer stream of one pair: numbered messages to the partner arrive once and
 * in order, although the service forwards at most once and stores nothing. The
 * rules are those of signaling/protocol, "The peer stream": go-back-N with a
 * window, cumulative acknowledgements, delayed or carried by other messages.
 */
import { limits } from '../protocol/protocol.gen'
import type { Ack, CandidateMessage, Chat, DescriptionMessage, Media, Reaction } from '../protocol/protocol.gen'
import type { Clock } from './clock'

/** The kinds that are numbered. */
export type SequencedMessage = Chat | Reaction | Media | DescriptionMessage | CandidateMessage

/** A numbered message without its head. */
export type PeerBody = Headless<SequencedMessage>
type Headless<T> = T extends SequencedMessage ? Omit<T, 'pair' | 'seq' | 'ack'> : never

export interface StreamOptions {
  readonly pair: string
  readonly clock: Clock
  /** Gives a frame to the socket; false when it is closed. */
  readonly send: (message: SequencedMessage | Ack) => boolean
  /** Takes each of the partner's messages, once and in order. */
  readonly deliver: (message: SequencedMessage) => void
  /** All up to seq were given to the socket at least once. */
  readonly sent?: (seq: number) => void
  /** The partner has all up to seq. */
  readonly acknowledged?: (seq: number) => void
  /** The service asked to send nothing until then. */
  readonly held?: (until: number) => void
}

/** Messages kept for sending, those under way included; more are refused by push. */
export const STREAM_CAPACITY = 4 * limits.window
/** The longest wait between two resends. */
const RESEND_AT_MOST = 30_000
/** A refusal without a time to wait must not become a loop. */
const HOLD_AT_LEAST = 200
/** After a refusal so many go at a time, twice as many after each round that passes: the service counts what it drops. */
const FIRST_ROUND = 2
const ROUND_MS = 300

export class PeerStream {
  private readonly options: StreamOptions
  /** What is not acknowledged, the oldest with number `base`. */
  private readonly kept: PeerBody[] = []
  private base = 1
  /** The number to be sent next; everything from base up to it is under way. */
  private next = 1
  private highestSent = 0
  private received = 0
  private owedAcks = 0
  private fruitless = 0
  private running = true
  private closed = false
  private heldUntil = 0
  /** What may still go before the next hold, and how much that was when the round began. */
  private quota = Infinity
  private round = Infinity
  private cancelResend: (() => void) | null = null
  private cancelAck: (() => void) | null = null
  private cancelHold: (() => void) | null = null

  constructor(options: StreamOptions) {
    this.options = options
  }

  /** Takes a message for the partner and returns its number, or null when closed or full. */
  push(body: PeerBody): number | null {
    if (this.closed || this.kept.length >= STREAM_CAPACITY) return null
    this.kept.push(body)
    const seq = this.base + this.kept.length - 1
    this.flush()
    return seq
  }

  /** Takes a numbered message of the partner from the socket. */
  receive(message: SequencedMessage): void {
    if (this.closed || message.pair !== this.options.pair) return
    if (message.ack !== undefined) this.takeAck(message.ack)
    if (message.seq > this.received + 1) return // a gap: the partner sends again from there
    if (message.seq === this.received + 1) {
      this.received = message.seq
      this.owe()
      this.options.deliver(message)
      return
    }
    this.owe() // a duplicate: our acknowledgement may have been lost
  }

  /** Takes an acknowledgement of the partner: it has all up to seq. */
  takeAck(seq: number): void {
    if (this.closed || seq < this.base || seq > this.highestSent) return
    this.kept.splice(0, seq - this.base + 1)
    this.base = seq + 1
    this.next = Math.max(this.next, this.base)
    this.fruitless = 0
    this.armResend()
    this.options.acknowledged?.(seq)
    this.flush()
  }

  /** The service refused seq and wants nothing for retryMs; then everything from seq on goes again. */
  refused(seq: number, retryMs: number): void {
    if (this.closed || seq < this.base || seq > this.highestSent) return
    this.next = Math.min(this.next, seq)
    this.round = this.quota = FIRST_ROUND / 2 // doubled when the hold is over
    const wait = Math.max(retryMs, HOLD_AT_LEAST)
    const until = this.options.clock.now() + wait
    if (until > this.heldUntil) this.options.held?.(until)
    if (until >= this.heldUntil) this.hold(wait)
    this.armResend()
  }

  /** The socket or the partner's socket is gone: nothing is sent until resume. */
  pause(): void {
    this.running = false
    this.cancelResend?.()
    this.cancelResend = null
  }

  /** The socket or the partner's came back: everything that is not acknowledged goes again. */
  resume(): void {
    if (this.closed) return
    this.running = true
    this.fruitless = 0
    this.next = this.base
    this.flush()
    if (this.owedAcks > 0) this.sendAck()
  }

  /** Forgets everything and stops every timer. */
  close(): void {
    this.closed = true
    this.kept.length = 0
    this.pause()
    this.cancelAck?.()
    this.cancelAck = null
    this.cancelHold?.()
    this.cancelHold = null
  }

  private flush(): void {
    const end = Math.min(this.base + this.kept.length, this.base + limits.window)
    while (this.maySend() && this.next < end) {
      const body = this.kept[this.next - this.base]
      if (body === undefined) break
      const head = { pair: this.options.pair, seq: this.next, ...(this.received > 0 && { ack: this.received }) }
      if (!this.options.send({ ...body, ...head })) {
        this.pause()
        break
      }
      this.ackIsOnItsWay()
      this.next++
      if (this.next - 1 > this.highestSent) {
        this.highestSent = this.next - 1
        this.options.sent?.(this.highestSent)
      }
      this.quota--
      if (this.quota <= 0) this.hold(ROUND_MS)
    }
    if (this.cancelResend === null) this.armResend()
  }

  private maySend(): boolean {
    return this.running && !this.closed && this.options.clock.now() >= this.heldUntil
  }

  /** Sends nothing for ms, then the next round. */
  private hold(ms: number): void {
    this.heldUntil = this.options.clock.now() + ms
    this.cancelHold?.()
    this.cancelHold = this.options.clock.after(ms, () => {
      this.cancelHold = null
      this.round *= 2
      if (this.round >= limits.window) this.round = Infinity
      this.quota = this.round
      this.flush()
    })
  }

  /** (Re)starts the wait for an acknowledgement, if there is anything to wait for. */
  private armResend(): void {
    this.cancelResend?.()
    this.cancelResend = null
    if (!this.running || this.closed || this.next === this.base) return
    const wait = Math.min(limits.resendAfter * 2 ** this.fruitless, RESEND_AT_MOST)
    this.cancelResend = this.options.clock.after(wait, () => {
      this.cancelResend = null
      this.fruitless++
      this.next = this.base
      this.flush()
    })
  }

  private owe(): void {
    this.owedAcks++
    if (this.owedAcks >= limits.ackEvery) {
      this.sendAck()
      return
    }
    this.cancelAck ??= this.options.clock.after(limits.ackDelay, () => {
      this.cancelAck = null
      this.sendAck()
    })
  }

  private sendAck(): void {
    if (!this.running) return // still owed: resume sends it
    if (this.options.send({ type: 'ack', pair: this.options.pair, ack: this.received })) this.ackIsOnItsWay()
  }

  private ackIsOnItsWay(): void {
    this.owedAcks = 0
    this.cancelAck?.()
    this.cancelAck = null
  }
}
