/**
 * One RTCPeerConnection from its birth to its close: tracks, ICE restarts, the
 * limits of its encoder. How it comes to an agreement is its negotiation's. One
 * instance never serves two ways, and after close it neither sends nor reports
 * anything.
 */
import type { ICEServer } from '../protocol/protocol.gen'
import type { Clock } from './clock'
import type { Negotiable, Negotiation } from './negotiation'
import type { Transport } from './state'
import type { Signal } from './ways'

/** What is sent to the partner; null sends nothing. */
export interface Tracks {
  readonly audio: MediaStreamTrack | null
  readonly video: MediaStreamTrack | null
}

export interface PeerOptions {
  readonly create: (configuration: RTCConfiguration) => RTCPeerConnection
  readonly iceServers: readonly ICEServer[]
  /** No candidates but relays. */
  readonly relayOnly: boolean
  /** This side waits for the first offer, and for the other one's restart. */
  readonly polite: boolean
  readonly negotiate: (on: Negotiable) => Negotiation
  readonly tracks: Tracks
  readonly clock: Clock
  readonly onTransport: (transport: Transport) => void
  /** No path was found in good time, or it broke and a restart did not help. It is tried on. */
  readonly onTrouble: () => void
  /** Once, at the first track; later tracks join the same stream. */
  readonly onRemote: (stream: MediaStream) => void
}

/** ICE often recovers by itself in this time. Whether anything arrives is watched apart from it, so it need not be long. */
export const DISCONNECTED_MS = 1_000
/** The polite side gives the other one's restart so much of a lead. */
export const POLITE_LEAD_MS = 1_500
/** After so long without a path, at first or after a restart, another way should be thought of. */
export const TROUBLE_MS = 4_000
/** A connection attempt that takes longer is begun again. */
export const ATTEMPT_MS = 9_000
/** Restarts of a way that worked before media is called lost. */
export const RESTARTS_AT_MOST = 3
/** Restarts where no way was ever found: the two should not wait long to be told that they have text. */
export const FIRST_RESTARTS_AT_MOST = 1
/** Firefox hands changes of its encoder on now and then, and takes two in one for none. */
export const OFF_MS = 60
/** Whole pictures after a silence, and the time between two of them. */
const PICTURES = 2
export const PICTURE_AGAIN_MS = 900
/** After that it is tried so often without a word: a network may change, and it costs a few messages. */
export const QUIET_MS = 30_000

export class Peer {
  private readonly options: PeerOptions
  private readonly pc: RTCPeerConnection
  private readonly negotiation: Negotiation
  private readonly remote = new MediaStream()
  private tracks: Tracks
  private closed = false
  /** Incoming signals are handled one at a time, in their order. */
  private incoming: Promise<void> = Promise.resolve()
  /** Changes of the encoder, likewise. */
  private encoding: Promise<void> = Promise.resolve()
  private readonly limits = { service: Infinity, overlap: Infinity }
  private limited = false
  private restarts = 0
  private everConnected = false
  private transport: Transport = 'connecting'
  private cancelWatch: (() => void) | null = null
  private cancelDoubt: (() => void) | null = null
  private cancelStall: (() => void) | null = null
  private cancelPicture: (() => void) | null = null

  constructor(options: PeerOptions) {
    this.options = options
    this.tracks = options.tracks
    const pc = options.create({ ...this.servers(options.iceServers), bundlePolicy: 'max-bundle' })
    this.pc = pc
    this.negotiation = options.negotiate({
      pc,
      isClosed: () => this.closed,
      fillTracks: () => this.applyTracks(),
      onTooLong: () => {
        this.report('failed')
        options.onTrouble()
      },
    })
    pc.onnegotiationneeded = () => {
      if (!this.closed) void this.negotiation.offer()
    }
    pc.onicecandidate = ({ candidate }) => {
      if (!this.closed) this.negotiation.found(candidate === null ? { candidate: '' } : candidate.toJSON())
    }
    pc.ontrack = ({ track }) => {
      if (this.closed) return
      const first = this.remote.getTracks().length === 0
      this.remote.addTrack(track)
      if (first) options.onRemote(this.remote)
    }
    pc.onconnectionstatechange = () => {
      this.assess()
    }
    pc.oniceconnectionstatechange = () => {
      this.assess()
    }
    if (!options.polite) {
      for (const kind of ['audio', 'video'] as const) {
        pc.addTransceiver(this.tracks[kind] ?? kind, { direction: 'sendrecv' })
      }
    }
    this.watch(ATTEMPT_MS)
    this.doubt()
  }

  /** Takes what the other end of the negotiation says. */
  receive(signal: Signal): void {
    this.incoming = this.incoming.then(async () => {
      if (this.closed) return
      try {
        await this.negotiation.receive(signal)
      } catch {
        // A description that this browser cannot take: only a new negotiation can help.
        if (!this.isClosed()) this.restart()
      }
    })
  }

  /** Changes what is sent, without negotiating. */
  setTracks(tracks: Tracks): void {
    this.tracks = tracks
    void this.applyTracks()
  }

  /** What the video encoder may use, in bits per second, by the service's word or because another way is sent on too; null: no limit. */
  limit(why: 'service' | 'overlap', bps: number | null): void {
    if (this.limits[why] === (bps ?? Infinity)) return
    this.limits[why] = bps ?? Infinity
    this.applyLimit()
  }

  /** For the next ICE restart; the old credentials expire. */
  setServers(iceServers: readonly ICEServer[]): void {
    if (this.closed) return
    try {
      this.pc.setConfiguration({ ...this.servers(iceServers), bundlePolicy: 'max-bundle' })
    } catch {
      // The browser keeps the old ones.
    }
  }

  /** The socket came back. */
  again(): void {
    if (!this.closed) this.negotiation.again()
  }

  /** The way to the partner was interrupted: if media is not flowing, try again from the start. */
  revive(): void {
    if (this.closed || this.pc.connectionState === 'connected') return
    const tryingFirst = !this.everConnected && this.transport === 'connecting'
    if (tryingFirst) return
    this.restarts = 0
    this.restart()
  }

  /** Nothing arrives any more, whatever the browser says: look for another path. The other side may not notice, so the polite one waits only a while for it. */
  onStalled(): void {
    if (this.closed) return
    this.cancelStall?.()
    this.cancelStall = this.options.clock.after(this.lead(), () => {
      this.cancelStall = null
      this.pc.restartIce()
    })
  }

  /**
   * Media comes again after a silence. Ours will have been missed too, and a decoder asks for a whole picture only after
   * seconds: it gets one at once, and another, as the first may have come before its way was open.
   */
  onRevived(): void {
    this.cancelStall?.()
    this.cancelStall = null
    this.cancelPicture?.()
    this.sendPicture(PICTURES)
  }

  /** The browser's statistics, null after close. */
  async stats(): Promise<RTCStatsReport | null> {
    if (this.closed) return null
    try {
      return await this.pc.getStats()
    } catch {
      return null
    }
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.cancelWatch?.()
    this.cancelWatch = null
    this.cancelStall?.()
    this.cancelStall = null
    this.cancelPicture?.()
    this.cancelPicture = null
    this.trust()
    this.pc.onnegotiationneeded = null
    this.pc.onicecandidate = null
    this.pc.ontrack = null
    this.pc.onconnectionstatechange = null
    this.pc.oniceconnectionstatechange = null
    this.pc.close()
  }

  private servers(list: readonly ICEServer[]): RTCConfiguration {
    const iceServers = list.map((server) => ({ ...server, urls: [...server.urls] }))
    return { iceServers, ...(this.options.relayOnly && { iceTransportPolicy: 'relay' }) }
  }

  private async applyTracks(): Promise<void> {
    for (const transceiver of this.pc.getTransceivers()) {
      const kind = transceiver.receiver.track.kind === 'audio' ? 'audio' : 'video'
      if (this.closed || transceiver.sender.track === this.tracks[kind]) continue
      try {
        await transceiver.sender.replaceTrack(this.tracks[kind])
      } catch {
        // Ended in between, or closed: the next change of tracks settles it.
      }
    }
  }

  /** An encoder that is switched off and on begins with a whole picture, in every browser, if it was off for long enough to notice. */
  private sendPicture(times: number): void {
    this.encode((encoding) => Object.assign(encoding, { active: false }))
    this.cancelPicture = this.options.clock.after(OFF_MS, () => {
      this.encode((encoding) => Object.assign(encoding, { active: true }))
      this.cancelPicture = times === 1 ? null : this.options.clock.after(PICTURE_AGAIN_MS, () => {
        this.sendPicture(times - 1)
      })
    })
  }

  private applyLimit(): void {
    const bps = Math.min(this.limits.service, this.limits.overlap)
    if (!Number.isFinite(bps) && !this.limited) return
    this.encode((encoding) => {
      if (Number.isFinite(bps)) encoding.maxBitrate = bps
      else delete encoding.maxBitrate
      this.limited = Number.isFinite(bps)
    })
  }

  /** Changes how video is encoded, one change after the other. */
  private encode(change: (encoding: RTCRtpEncodingParameters) => void): void {
    this.encoding = this.encoding.then(async () => {
      const sender = this.pc.getTransceivers().find(({ receiver }) => receiver.track.kind === 'video')?.sender
      if (this.closed || sender === undefined) return
      const parameters = sender.getParameters()
      const [encoding] = parameters.encodings
      if (encoding === undefined) return // not negotiated yet: the limit is applied when connected
      change(encoding)
      try {
        await sender.setParameters(parameters)
      } catch {
        // Renegotiated in between, or not supported. REMB says the limit too, and the other side asks for a picture in the end.
      }
    })
  }

  private assess(): void {
    if (this.closed) return
    const { connectionState, iceConnectionState } = this.pc
    if (connectionState === 'connected') {
      this.everConnected = true
      this.restarts = 0
      this.cancelWatch?.()
      this.cancelWatch = null
      this.trust()
      this.applyLimit()
      this.report('connected')
    } else if (this.transport === 'failed') {
      // Given up before the person's eyes: the quiet tries have their own time.
    } else if (connectionState === 'failed' || iceConnectionState === 'failed') {
      this.watch(this.lead())
    } else if (connectionState === 'disconnected' || iceConnectionState === 'disconnected') {
      this.watch(DISCONNECTED_MS + this.lead())
    }
  }

  /** The wait that lets the other side's restart come first, so that both seldom offer at once. */
  private lead(): number {
    return this.options.polite ? POLITE_LEAD_MS : 0
  }

  private watch(ms: number): void {
    this.cancelWatch?.()
    this.cancelWatch = this.options.clock.after(ms, () => {
      this.cancelWatch = null
      if (this.pc.connectionState !== 'connected') this.restart()
    })
  }

  private doubt(): void {
    this.cancelDoubt ??= this.options.clock.after(TROUBLE_MS, () => {
      this.cancelDoubt = null
      if (this.pc.connectionState !== 'connected') this.options.onTrouble()
    })
  }

  private trust(): void {
    this.cancelDoubt?.()
    this.cancelDoubt = null
  }

  private restart(): void {
    if (this.restarts >= (this.everConnected ? RESTARTS_AT_MOST : FIRST_RESTARTS_AT_MOST)) {
      this.report('failed')
      this.options.onTrouble()
      this.tryQuietly()
      return
    }
    this.restarts++
    this.report(this.everConnected ? 'restarting' : 'connecting')
    this.pc.restartIce()
    this.watch(ATTEMPT_MS + this.lead())
    this.doubt()
  }

  private tryQuietly(): void {
    this.cancelWatch?.()
    this.cancelWatch = this.options.clock.after(QUIET_MS + this.lead(), () => {
      this.cancelWatch = null
      if (this.pc.connectionState === 'connected') return
      this.pc.restartIce()
      this.tryQuietly()
    })
  }

  private report(transport: Transport): void {
    if (this.transport === transport) return
    this.transport = transport
    this.options.onTransport(transport)
  }

  /** After an await the answer may have changed; a method keeps the compiler from believing otherwise. */
  private isClosed(): boolean {
    return this.closed
  }
}
