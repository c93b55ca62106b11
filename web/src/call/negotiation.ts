/** How a connection comes to an agreement on its session, with the partner or with the media server. */
import { limits } from '../protocol/protocol.gen'
import type { CandidateMessage, DescriptionMessage, SFUCandidate, SFUOffer } from '../protocol/protocol.gen'
import { Outgoing } from './outgoing'
import type { PeerBody } from './stream'
import type { Signal } from './ways'

export interface Negotiation {
  /** The connection needs an offer. */
  offer(): Promise<void>
  /** The browser found a candidate. */
  found(candidate: RTCIceCandidateInit): void
  /** Takes what the other end says. Throws when this browser cannot take it. */
  receive(signal: Signal): Promise<void>
  /** The socket came back: what was said may have been lost. */
  again(): void
}

/** What a negotiation works on. */
export interface Negotiable {
  readonly pc: RTCPeerConnection
  isClosed(): boolean
  /** Puts our tracks where the partner's offer has places for them. */
  fillTracks(): Promise<void>
  /** There is a description that cannot be sent. */
  onTooLong(): void
}

/**
 * Perfect negotiation (W3C WebRTC 1.0, 10.7) over the peer stream. The impolite
 * side offers first: transceivers made by addTransceiver on both sides would not
 * be joined (RFC 9429, 5.10), so the polite side takes those that the offer makes.
 */
export class PartnerNegotiation implements Negotiation {
  private readonly on: Negotiable
  private readonly polite: boolean
  private readonly epoch: number
  private readonly push: (body: Extract<PeerBody, { type: 'description' | 'candidate' }>) => boolean
  private readonly outgoing: Outgoing
  private readonly earlyCandidates: RTCIceCandidateInit[] = []
  private makingOffer = false
  private ignoringOffer = false

  /** polite: this side yields when both offer at once; push: false when the message is not taken. */
  constructor(on: Negotiable, polite: boolean, epoch: number, push: PartnerNegotiation['push']) {
    this.on = on
    this.polite = polite
    this.epoch = epoch
    this.push = push
    this.outgoing = new Outgoing((candidate) => push({ type: 'candidate', epoch, candidate }))
  }

  async offer(): Promise<void> {
    this.makingOffer = true
    try {
      await this.describe()
    } catch {
      // Overtaken by the partner's offer: it is negotiated again if still needed.
    } finally {
      this.makingOffer = false
    }
  }

  found(candidate: RTCIceCandidateInit): void {
    this.outgoing.take(candidate)
  }

  async receive(signal: Signal): Promise<void> {
    if (signal.type === 'description') await this.description(signal)
    else if (signal.type === 'candidate') await this.candidate(signal)
  }

  again(): void {
    // The peer stream has lost nothing.
  }

  /** Sets the local description that fits the state, and sends it before its candidates. */
  private describe(): Promise<void> {
    const { pc } = this.on
    return this.outgoing.describe(async (onItsWay) => {
      await pc.setLocalDescription()
      const local = pc.localDescription
      if (this.on.isClosed() || local === null) return
      if (local.sdp.length > limits.maxSDP) {
        this.on.onTooLong()
        return
      }
      const description = { type: local.type === 'offer' ? ('offer' as const) : ('answer' as const), sdp: local.sdp }
      if (this.push({ type: 'description', epoch: this.epoch, description })) onItsWay()
    })
  }

  private async description({ description }: DescriptionMessage): Promise<void> {
    const { pc } = this.on
    const collides = description.type === 'offer' && (this.makingOffer || pc.signalingState !== 'stable')
    this.ignoringOffer = collides && !this.polite
    if (this.ignoringOffer) return
    if (description.type === 'answer' && pc.signalingState !== 'have-local-offer') return // to an offer rolled back since
    await pc.setRemoteDescription(description)
    if (this.on.isClosed()) return
    for (const candidate of this.earlyCandidates.splice(0)) await this.add(candidate)
    if (description.type !== 'offer' || this.on.isClosed()) return
    for (const transceiver of pc.getTransceivers()) {
      if (transceiver.direction === 'recvonly') transceiver.direction = 'sendrecv'
    }
    await this.on.fillTracks()
    if (!this.on.isClosed()) await this.describe()
  }

  private async candidate({ candidate }: CandidateMessage): Promise<void> {
    if (this.ignoringOffer) return // it belongs to the offer that was not taken
    if (this.on.pc.remoteDescription === null) {
      if (this.earlyCandidates.length < limits.maxCandidates) this.earlyCandidates.push(candidate)
      return
    }
    await this.add(candidate)
  }

  private async add(candidate: RTCIceCandidateInit): Promise<void> {
    const { pc } = this.on
    try {
      // Without an argument: end of candidates, whatever the section.
      await (candidate.candidate === '' ? pc.addIceCandidate() : pc.addIceCandidate(candidate))
    } catch {
      // A candidate of an older generation, or of a kind this browser does not know: the others do.
    }
  }
}

/** Offers to the media server, which only answers. Nothing of it is numbered: each offer has an attempt, and only the answer to the last counts. */
export class ServerNegotiation implements Negotiation {
  private readonly on: Negotiable
  private readonly pair: string
  private readonly epoch: number
  private readonly send: (message: SFUOffer | SFUCandidate) => boolean
  private readonly outgoing: Outgoing
  private attempt = 0

  constructor(on: Negotiable, pair: string, epoch: number, send: ServerNegotiation['send']) {
    this.on = on
    this.pair = pair
    this.epoch = epoch
    this.send = send
    this.outgoing = new Outgoing((candidate) => send({ type: 'sfu_candidate', pair, epoch, candidate }))
  }

  async offer(): Promise<void> {
    try {
      await this.outgoing.describe(async (onItsWay) => {
        await this.on.pc.setLocalDescription()
        this.ask(onItsWay)
      })
    } catch {
      // Closed meanwhile.
    }
  }

  found(candidate: RTCIceCandidateInit): void {
    this.outgoing.take(candidate)
  }

  async receive(signal: Signal): Promise<void> {
    const { pc } = this.on
    if (signal.type !== 'sfu_answer' || signal.attempt !== this.attempt || pc.signalingState !== 'have-local-offer') return
    await pc.setRemoteDescription({ type: 'answer', sdp: signal.sdp })
  }

  /** The same offer once more, with the candidates that are known by now. */
  again(): void {
    if (this.on.pc.signalingState === 'have-local-offer') void this.outgoing.describe((onItsWay) => Promise.resolve(this.ask(onItsWay)))
  }

  private ask(onItsWay: () => void): void {
    const local = this.on.pc.localDescription
    if (this.on.isClosed() || local === null || local.type !== 'offer') return
    if (local.sdp.length > limits.maxSDP) {
      this.on.onTooLong()
      return
    }
    this.attempt++
    if (this.send({ type: 'sfu_offer', pair: this.pair, epoch: this.epoch, attempt: this.attempt, sdp: local.sdp })) onItsWay()
  }
}
