/** What a pair needs while it lasts: its stream, in video mode its connection, and the measuring of both. */
import type { Ack, Matched } from '../protocol/protocol.gen'
import type { Clock } from './clock'
import type { Event } from './events'
import { Peer } from './peer'
import type { Tracks } from './peer'
import { QUALITY_EVERY_MS, QualityMeter, sample } from './quality'
import type { Transport } from './state'
import { PeerStream, STREAM_CAPACITY } from './stream'
import type { PeerBody, SequencedMessage } from './stream'

export interface PairRunOptions {
  readonly matched: Matched
  readonly clock: Clock
  readonly createPeerConnection: (configuration: RTCConfiguration) => RTCPeerConnection
  readonly tracks: Tracks
  readonly send: (message: SequencedMessage | Ack) => boolean
  readonly dispatch: (event: Event) => void
  readonly onRemote: (stream: MediaStream) => void
}

export class PairRun {
  readonly id: string
  private readonly options: PairRunOptions
  private readonly stream: PeerStream
  private readonly peer: Peer | null
  private readonly meter = new QualityMeter()
  private cancelMeter: (() => void) | null = null
  private partner = { video: false, audio: true }
  /** Chat lines by their numbers, until they are acknowledged. */
  private lines: { readonly seq: number; readonly id: string; told: boolean }[] = []
  private pushed = 0
  private acknowledged = 0
  private sentUpTo = 0
  private closed = false

  constructor(options: PairRunOptions) {
    this.options = options
    this.id = options.matched.pair
    this.stream = new PeerStream({
      pair: this.id,
      clock: options.clock,
      send: options.send,
      deliver: (message) => {
        this.deliver(message)
      },
      sent: (seq) => {
        this.sentUpTo = seq
        this.tellSent()
      },
      acknowledged: (seq) => {
        this.tellDelivered(seq)
      },
      held: (until) => {
        options.dispatch({ type: 'held', pair: this.id, until })
      },
    })
    this.peer = options.matched.mode === 'video' ? this.connect() : null
  }

  /** There is room for one more line. */
  hasRoom(): boolean {
    return this.pushed - this.acknowledged < STREAM_CAPACITY - 1
  }

  /** Takes a message for the partner; false when the stream is full or closed. */
  push(body: PeerBody): boolean {
    const seq = this.stream.push(body)
    if (seq === null) return false
    this.pushed = seq
    if (body.type === 'chat') {
      this.lines.push({ seq, id: body.id, told: false })
      this.tellSent()
    }
    return true
  }

  receive(message: SequencedMessage | Ack): void {
    if (message.type === 'ack') this.stream.takeAck(message.ack)
    else this.stream.receive(message)
  }

  refused(seq: number, retryMs: number): void {
    this.stream.refused(seq, retryMs)
  }

  pause(): void {
    this.stream.pause()
  }

  resume(): void {
    this.stream.resume()
  }

  revive(): void {
    this.peer?.revive()
  }

  setTracks(tracks: Tracks): void {
    this.peer?.setTracks(tracks)
  }

  close(): void {
    this.closed = true
    this.cancelMeter?.()
    this.cancelMeter = null
    this.peer?.close()
    this.stream.close()
  }

  private connect(): Peer | null {
    const { matched, clock, dispatch } = this.options
    try {
      return new Peer({
        create: this.options.createPeerConnection,
        iceServers: matched.ice_servers,
        polite: matched.polite,
        tracks: this.options.tracks,
        clock,
        send: (body) => this.push(body),
        onTransport: (transport) => {
          this.onTransport(transport)
        },
        onRemote: this.options.onRemote,
      })
    } catch {
      // No WebRTC, or none any more (browsers bound their number): text is what is left.
      dispatch({ type: 'transport', pair: this.id, transport: 'failed' })
      return null
    }
  }

  private deliver(message: SequencedMessage): void {
    if (message.type === 'description' || message.type === 'candidate') {
      this.peer?.receive(message)
      return
    }
    if (message.type === 'media') this.partner = { video: message.camera, audio: message.microphone }
    this.options.dispatch({ type: 'peer', message })
  }

  private tellSent(): void {
    const ids: string[] = []
    for (const line of this.lines) {
      if (line.told || line.seq > this.sentUpTo) continue
      line.told = true
      ids.push(line.id)
    }
    if (ids.length > 0) this.options.dispatch({ type: 'lines', ids, status: 'sent' })
  }

  private tellDelivered(seq: number): void {
    this.acknowledged = seq
    const ids = this.lines.filter((line) => line.seq <= seq).map((line) => line.id)
    this.lines = this.lines.filter((line) => line.seq > seq)
    if (ids.length > 0) this.options.dispatch({ type: 'lines', ids, status: 'delivered' })
  }

  private onTransport(transport: Transport): void {
    this.options.dispatch({ type: 'transport', pair: this.id, transport })
    if (transport === 'connected' && this.cancelMeter === null) void this.measure()
  }

  private async measure(): Promise<void> {
    this.cancelMeter = this.options.clock.after(QUALITY_EVERY_MS, () => void this.measure())
    const report = await this.peer?.stats()
    if (this.closed || report === null || report === undefined) return
    const quality = this.meter.take(sample(report, this.options.clock.now()), this.partner)
    this.options.dispatch({ type: 'quality', pair: this.id, quality })
  }
}
