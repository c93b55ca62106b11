/**
 * One RTCPeerConnection from its birth to its close: perfect negotiation (W3C
 * WebRTC 1.0, 10.7) over the peer stream, trickle both ways (RFC 8838), ICE
 * restarts. One instance never serves two pairs, and after close it neither
 * sends nor reports anything. The impolite side offers first: transceivers made
 * by addTransceiver on both sides would not be joined (RFC 9429, 5.10), so the
 * polite side takes those that the offer makes.
 */
import { limits } from '../protocol/protocol.gen'
import type { CandidateMessage, DescriptionMessage, ICEServer } from '../protocol/protocol.gen'
import type { Clock } from './clock'
import type { Transport } from './state'
import type { PeerBody } from './stream'

/** What is sent to the partner; null sends nothing. */
export interface Tracks {
  readonly audio: MediaStreamTrack | null
  readonly video: MediaStreamTrack | null
}

export interface PeerOptions {
  readonly create: (configuration: RTCConfiguration) => RTCPeerConnection
  readonly iceServers: readonly ICEServer[]
  /** This side yields when both offer at once. */
  readonly polite: boolean
  readonly tracks: Tracks
  readonly clock: Clock
  /** False when the message is not taken. */
  readonly send: (body: Extract<PeerBody, { type: 'description' | 'candidate' }>) => boolean
  readonly onTransport: (transport: Transport) => void
  /** Once, at the first track; later tracks join the same stream. */
  readonly onRemote: (stream: MediaStream) => void
}

/** ICE often recovers by itself in this time. */
export const DISCONNECTED_MS = 3_000
/** The polite side gives the other one's restart so much of a lead. */
export const POLITE_LEAD_MS = 1_500
/** A connection attempt that takes longer is begun again. */
export const ATTEMPT_MS = 9_000
/** Restarts of a way that worked before media is called lost. */
export const RESTARTS_AT_MOST = 3
/** Restarts where no way was ever found: the two should not wait long to be told that they have text. */
export const FIRST_RESTARTS_AT_MOST = 1
/** After that it is tried so often without a word: a network may change, and it costs a few messages. */
export const QUIET_MS = 30_000
/** Candidates over TCP take at most so many of the places of one description: browsers offer active ones, and two of those never meet (RFC 6544). */
export const TCP_CANDIDATES_AT_MOST = limits.maxCandidates / 4

/** The transport of a candidate line (RFC 8839, 5.1). */
const overTCP = /^candidate:\S+ \d+ tcp /i

export class Peer {
  private readonly options: PeerOptions
  private readonly pc: RTCPeerConnection
  private readonly remote = new MediaStream()
  private tracks: Tracks
  private closed = false
  private makingOffer = false
  private ignoringOffer = false
  private describing = 0
  /** Incoming signals are handled one at a time, in their order. */
  private incoming: Promise<void> = Promise.resolve()
  private readonly earlyCandidates: RTCIceCandidateInit[] = []
  private readonly heldCandidates: RTCIceCandidateInit[] = []
  /** Since the last description, the end of candidates included; the service counts alike. */
  private candidatesSent = 0
  private tcpCandidatesSent = 0
  private restarts = 0
  private everConnected = false
  private transport: Transport = 'connecting'
  private cancelWatch: (() => void) | null = null

  constructor(options: PeerOptions) {
    this.options = options
    this.tracks = options.tracks
    const iceServers = options.iceServers.map((server) => ({ ...server, urls: [...server.urls] }))
    const pc = options.create({ iceServers, bundlePolicy: 'max-bundle' })
    this.pc = pc
    pc.onnegotiationneeded = () => void this.offer()
    pc.onicecandidate = ({ candidate }) => {
      this.outgoingCandidate(candidate === null ? { candidate: '' } : candidate.toJSON())
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
  }

  /** Takes a description or candidate of the partner. */
  receive(message: DescriptionMessage | CandidateMessage): void {
    this.incoming = this.incoming.then(async () => {
      if (this.closed) return
      try {
        if (message.type === 'description') await this.description(message.description)
        else await this.candidate(message.candidate)
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

  /** The way to the partner was interrupted: if media is not flowing, try again from the start. */
  revive(): void {
    if (this.closed || this.pc.connectionState === 'connected') return
    const tryingFirst = !this.everConnected && this.transport === 'connecting'
    if (tryingFirst) return
    this.restarts = 0
    this.restart()
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
    this.pc.onnegotiationneeded = null
    this.pc.onicecandidate = null
    this.pc.ontrack = null
    this.pc.onconnectionstatechange = null
    this.pc.oniceconnectionstatechange = null
    this.pc.close()
  }

  private async offer(): Promise<void> {
    if (this.closed) return
    this.makingOffer = true
    try {
      await this.describe()
    } catch {
      // Overtaken by the partner's offer: it is negotiated again if still needed.
    } finally {
      this.makingOffer = false
    }
  }

  /** Sets the local description that fits the state, and sends it before its candidates. */
  private async describe(): Promise<void> {
    this.describing++
    try {
      await this.pc.setLocalDescription()
      const local = this.pc.localDescription
      if (this.isClosed() || local === null) return
      if (local.sdp.length > limits.maxSDP) {
        this.report('failed')
        return
      }
      if (this.options.send({ type: 'description', description: { type: local.type === 'offer' ? 'offer' : 'answer', sdp: local.sdp } })) {
        this.candidatesSent = 0
        this.tcpCandidatesSent = 0
      }
    } finally {
      this.describing--
      if (this.describing === 0) for (const candidate of this.heldCandidates.splice(0)) this.outgoingCandidate(candidate)
    }
  }

  private async description(description: RTCSessionDescriptionInit): Promise<void> {
    const collides = description.type === 'offer' && (this.makingOffer || this.pc.signalingState !== 'stable')
    this.ignoringOffer = collides && !this.options.polite
    if (this.ignoringOffer) return
    if (description.type === 'answer' && this.pc.signalingState !== 'have-local-offer') return // to an offer rolled back since
    await this.pc.setRemoteDescription(description)
    if (this.isClosed()) return
    for (const candidate of this.earlyCandidates.splice(0)) await this.addCandidate(candidate)
    if (description.type !== 'offer' || this.isClosed()) return
    for (const transceiver of this.pc.getTransceivers()) {
      if (transceiver.direction === 'recvonly') transceiver.direction = 'sendrecv'
    }
    await this.applyTracks()
    if (!this.isClosed()) await this.describe()
  }

  private async candidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (this.ignoringOffer) return // it belongs to the offer that was not taken
    if (this.pc.remoteDescription === null) {
      if (this.earlyCandidates.length < limits.maxCandidates) this.earlyCandidates.push(candidate)
      return
    }
    await this.addCandidate(candidate)
  }

  private async addCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    try {
      // Without an argument: end of candidates, whatever the section.
      await (candidate.candidate === '' ? this.pc.addIceCandidate() : this.pc.addIceCandidate(candidate))
    } catch {
      // A candidate of an older generation, or of a kind this browser does not know: the others do.
    }
  }

  private outgoingCandidate(init: RTCIceCandidateInit): void {
    if (this.closed) return
    if (this.describing > 0) {
      this.heldCandidates.push(init)
      return
    }
    const last = init.candidate === undefined || init.candidate === ''
    // One place is kept for the end of candidates.
    if (this.candidatesSent >= (last ? limits.maxCandidates : limits.maxCandidates - 1)) return
    const tcp = overTCP.test(init.candidate ?? '')
    if (tcp && this.tcpCandidatesSent >= TCP_CANDIDATES_AT_MOST) return
    const { sdpMid, sdpMLineIndex, usernameFragment } = init
    const taken = this.options.send({
      type: 'candidate',
      candidate: {
        candidate: init.candidate ?? '',
        ...(typeof sdpMid === 'string' && { sdpMid }),
        ...(typeof sdpMLineIndex === 'number' && { sdpMLineIndex }),
        ...(typeof usernameFragment === 'string' && { usernameFragment }),
      },
    })
    if (!taken) return
    this.candidatesSent++
    if (tcp) this.tcpCandidatesSent++
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

  private assess(): void {
    if (this.closed) return
    const { connectionState, iceConnectionState } = this.pc
    if (connectionState === 'connected') {
      this.everConnected = true
      this.restarts = 0
      this.cancelWatch?.()
      this.cancelWatch = null
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

  private restart(): void {
    if (this.restarts >= (this.everConnected ? RESTARTS_AT_MOST : FIRST_RESTARTS_AT_MOST)) {
      this.report('failed')
      this.tryQuietly()
      return
    }
    this.restarts++
    this.report(this.everConnected ? 'restarting' : 'connecting')
    this.pc.restartIce()
    this.watch(ATTEMPT_MS + this.lead())
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
