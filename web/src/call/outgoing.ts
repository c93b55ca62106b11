/** Candidates on their way out: never before their description, never more than the service takes. */
import { limits } from '../protocol/protocol.gen'
import type { ICECandidate } from '../protocol/protocol.gen'

/** Candidates over TCP take at most so many of the places of one description: browsers offer active ones, and two of those never meet (RFC 6544). */
export const TCP_CANDIDATES_AT_MOST = limits.maxCandidates / 4

/** The transport of a candidate line (RFC 8839, 5.1). */
const overTCP = /^candidate:\S+ \d+ tcp /i

export class Outgoing {
  private readonly send: (candidate: ICECandidate) => boolean
  private readonly held: RTCIceCandidateInit[] = []
  private describing = 0
  /** Since the last description, the end of candidates included; the service counts alike. */
  private sent = 0
  private sentTCP = 0

  /** send: false when the candidate is not taken. */
  constructor(send: (candidate: ICECandidate) => boolean) {
    this.send = send
  }

  /** Keeps candidates back while a description is being made. It says, once it is on its way, that a new count begins. */
  async describe(make: (onItsWay: () => void) => Promise<void>): Promise<void> {
    this.describing++
    try {
      await make(() => {
        this.sent = 0
        this.sentTCP = 0
      })
    } finally {
      this.describing--
      if (this.describing === 0) for (const candidate of this.held.splice(0)) this.take(candidate)
    }
  }

  /** Takes what the browser found; an empty one ends the candidates (RFC 8838). */
  take(init: RTCIceCandidateInit): void {
    if (this.describing > 0) {
      this.held.push(init)
      return
    }
    const last = init.candidate === undefined || init.candidate === ''
    // One place is kept for the end of candidates.
    if (this.sent >= (last ? limits.maxCandidates : limits.maxCandidates - 1)) return
    const tcp = overTCP.test(init.candidate ?? '')
    if (tcp && this.sentTCP >= TCP_CANDIDATES_AT_MOST) return
    const { sdpMid, sdpMLineIndex, usernameFragment } = init
    const taken = this.send({
      candidate: init.candidate ?? '',
      ...(typeof sdpMid === 'string' && { sdpMid }),
      ...(typeof sdpMLineIndex === 'number' && { sdpMLineIndex }),
      ...(typeof usernameFragment === 'string' && { usernameFragment }),
    })
    if (!taken) return
    this.sent++
    if (tcp) this.sentTCP++
  }
}
