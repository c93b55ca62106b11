/** What a pair needs while it lasts: its stream, in video mode its ways, and the measuring of what is seen. */
import type { Ack, ClientMessage, Matched, Moderation, Path } from '../protocol/protocol.gen'
import type { Clock } from './clock'
import type { Event, WayMessage } from './events'
import type { Tracks } from './peer'
import { QUALITY_EVERY_MS, QualityMeter, sample, weakSide } from './quality'
import type { Transport } from './state'
import { PeerStream, STREAM_CAPACITY } from './stream'
import type { PeerBody, SequencedMessage } from './stream'
import { WaysRun } from './ways-run'
import type { ScreenLike, WaysView } from './ways-run'

export interface PairRunOptions {
  readonly matched: Matched
  readonly clock: Clock
  readonly createPeerConnection: (configuration: RTCConfiguration) => RTCPeerConnection
  readonly tracks: Tracks
  readonly screen: ScreenLike
  /** To the service; false when the socket is closed. */
  readonly send: (message: ClientMessage) => boolean
  /** There is a network and a socket. */
  readonly online: () => boolean
  readonly dispatch: (event: Event) => void
}

export class PairRun {
  readonly id: string
  private readonly options: PairRunOptions
  private readonly stream: PeerStream
  private readonly ways: WaysRun | null
  private readonly meter = new QualityMeter()
  private cancelMeter: (() => void) | null = null
  private partner = { video: false, audio: true }
  private stopped = false // the partner's picture, by the service
  private path: Path | null = null
  private epoch: number
  private transport: Transport = 'connecting'
  /** Chat lines by their numbers, until they are acknowledged. */
  private lines: { readonly seq: number; readonly id: string; told: boolean }[] = []
  private pushed = 0
  private acknowledged = 0
  private sentUpTo = 0
  private closed = false

  constructor(options: PairRunOptions) {
    this.options = options
    this.id = options.matched.pair
    this.epoch = options.matched.epoch
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
    this.ways = options.matched.mode === 'video' ? this.connect() : null
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
    this.ways?.revive()
  }

  /** The socket is back: this is what the service knows of the pair. */
  welcome(matched: Matched): void {
    this.stopped = false // said again if it still is
    this.expect()
    this.ways?.welcome(matched)
  }

  /** Takes what the service says of the way of the media. */
  onWay(message: WayMessage): void {
    switch (message.type) {
      case 'route':
        this.ways?.step(message)
        return
      case 'sfu_answer':
        this.ways?.signal(message)
        return
      case 'bitrate':
        this.ways?.limit(message)
        return
      case 'ice_servers':
        this.ways?.renew(message)
        return
      case 'path':
        if (message.epoch === this.epoch) this.path = message
    }
  }

  /** Takes what the service has done about a picture. */
  onModeration({ pair, target, actions, lifted = false }: Moderation): void {
    if (pair !== this.id || target !== 'partner') return
    this.stopped = !lifted && actions.includes('stop')
    this.expect()
  }

  /** So many frames of a way were decoded. */
  frames(epoch: number, count: number): void {
    this.ways?.frames(epoch, count)
  }

  setTracks(tracks: Tracks): void {
    this.ways?.setTracks(tracks)
  }

  close(): void {
    this.closed = true
    this.cancelMeter?.()
    this.cancelMeter = null
    this.ways?.close()
    this.stream.close()
  }

  private connect(): WaysRun {
    const { matched, clock, createPeerConnection, tracks, screen, send, online } = this.options
    return new WaysRun({
      matched,
      clock,
      createPeerConnection,
      tracks,
      screen,
      send,
      online,
      push: (body) => this.push(body),
      onView: (view) => {
        this.onView(view)
      },
    })
  }

  private deliver(message: SequencedMessage): void {
    if (message.type === 'description' || message.type === 'candidate') {
      this.ways?.signal(message)
      return
    }
    if (message.type === 'media') {
      this.partner = { video: message.camera, audio: message.microphone }
      this.expect()
    }
    this.options.dispatch({ type: 'peer', message })
  }

  /** A picture that is stopped comes on no way: it is like that of a camera which is off. */
  private expect(): void {
    const { video, audio } = this.expected()
    this.ways?.partner(video, audio)
  }

  private expected(): { video: boolean; audio: boolean } {
    return { ...this.partner, video: this.partner.video && !this.stopped }
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

  private onView({ way, transport, blank }: WaysView): void {
    const { dispatch } = this.options
    if (way.epoch !== this.epoch) {
      this.epoch = way.epoch
      this.path = null
      this.meter.restart()
    }
    const { epoch, route, relayOnly, cause } = way
    dispatch({ type: 'way', pair: this.id, epoch, route, relayOnly, cause, blank })
    if (transport === this.transport) return
    this.transport = transport
    dispatch({ type: 'transport', pair: this.id, transport })
    if (transport === 'connected' && this.cancelMeter === null) void this.measure()
  }

  private async measure(): Promise<void> {
    this.cancelMeter = this.options.clock.after(QUALITY_EVERY_MS, () => void this.measure())
    const report = await this.ways?.stats()
    if (this.closed || report === null || report === undefined) return
    const quality = this.meter.take(sample(report, this.options.clock.now()), this.expected())
    const weak = this.path === null ? null : weakSide(this.path.mine, this.path.theirs)
    this.options.dispatch({ type: 'quality', pair: this.id, quality: { ...quality, weak } })
  }
}
