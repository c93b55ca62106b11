/** Whether anything still arrives by a connection, and by what it comes, read from getStats (W3C webrtc-stats). */
import type { Route, Via } from '../protocol/protocol.gen'
import { number, selectedPair } from './stats'
import type { Report } from './stats'

/** How often it is looked. */
export const PULSE_MS = 500
/** The same while a way has to prove itself: the other side waits for it. */
export const FIRST_PULSE_MS = 100
/** Nothing for so long, where media came before, and the way is dead. */
export const STALLED_MS = 2_000
/** Where no media came: ICE looks after itself every few seconds (RFC 7675), so this much silence is natural. */
export const STALLED_IDLE_MS = 7_000
/** Media that comes back after so long left a gap that the decoder cannot mend. */
export const REVIVED_MS = 1_000
/** Looked at again only after so long, the page or the machine slept: what was missed meanwhile is not known. */
const SLEPT_MS = 1_600

/** One look. */
export interface Beat {
  readonly at: number
  readonly via: Via | null
  /** Changes with whatever arrives: media, reports about it, STUN. */
  readonly traffic: number
  readonly media: number
  readonly soundPackets: number
  readonly framesDecoded: number
}

export function readBeat(report: Report, route: Route, at: number): Beat {
  let traffic = 0
  let media = 0
  let soundPackets = 0
  let framesDecoded = 0
  const kinds = new Map<string, string>()
  report.forEach((entry) => {
    switch (entry.type) {
      case 'inbound-rtp': {
        const packets = number(entry['packetsReceived']) ?? 0
        media += packets
        if (entry['kind'] === 'audio') soundPackets += packets
        else framesDecoded += number(entry['framesDecoded']) ?? 0
        break
      }
      case 'transport':
        traffic += (number(entry['bytesReceived']) ?? 0) + (number(entry['packetsReceived']) ?? 0)
        break
      case 'candidate-pair':
        for (const name of ['bytesReceived', 'requestsReceived', 'responsesReceived', 'lastPacketReceivedTimestamp']) traffic += number(entry[name]) ?? 0
        break
      case 'local-candidate':
        kinds.set(entry.id, String(entry['candidateType']))
        break
    }
  })
  const pair = selectedPair(report)
  const local = pair?.['localCandidateId']
  const relayed = typeof local === 'string' && kinds.get(local) === 'relay'
  const via = pair === null ? null : route === 'sfu' ? 'server' : relayed ? 'relay' : 'direct'
  return { at, via, traffic: traffic + media, media, soundPackets, framesDecoded }
}

/** What a look says, compared with those before. */
export interface Pulse {
  readonly via: Via | null
  /** Packets of sound came since the last look. */
  readonly sound: boolean
  /** True once for each time that it stops. */
  readonly stalled: boolean
  /** Something came since the last look. */
  readonly alive: boolean
  /** Media came again after it had stopped for a while. */
  readonly revived: boolean
}

export class PulseReader {
  private last: Beat | null = null
  private silentMs = 0
  private withoutMediaMs = 0
  private flowing = false
  private stalled = false

  /** watching: false while nothing can be concluded from silence. */
  take(beat: Beat, watching: boolean): Pulse {
    const { last } = this
    this.last = beat
    if (last === null) return { via: beat.via, sound: beat.soundPackets > 0, stalled: false, alive: false, revived: false }
    const alive = beat.traffic !== last.traffic
    const gap = beat.at - last.at
    const media = beat.media > last.media
    const revived = media && last.media > 0 && this.withoutMediaMs >= REVIVED_MS
    this.withoutMediaMs = media ? 0 : this.withoutMediaMs + gap
    if (alive) {
      this.silentMs = 0
      this.stalled = false
      this.flowing = media
    } else if (!watching || gap > SLEPT_MS) this.silentMs = 0
    else this.silentMs += gap
    const stalls = !this.stalled && this.silentMs >= (this.flowing ? STALLED_MS : STALLED_IDLE_MS)
    if (stalls) this.stalled = true
    return { via: beat.via, sound: beat.soundPackets > last.soundPackets, stalled: stalls, alive, revived }
  }
}
