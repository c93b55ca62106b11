/** How well the partner arrives, read from getStats (W3C webrtc-stats). */
import type { PathSide } from '../protocol/protocol.gen'
import type { Quality } from './state'
import { number, selectedPair } from './stats'
import type { Entry, Report } from './stats'

/** What one report says, with counters that only mean something as differences. */
export interface Sample {
  readonly at: number
  readonly bytes: number
  readonly packets: number
  readonly lost: number
  /** Our packets lost on the way to them, 0..1, as they reported. */
  readonly lostThere: number | null
  readonly rttMs: number | null
  readonly width: number | null
  readonly height: number | null
  readonly fps: number | null
  readonly hasVideo: boolean
}

/** How often it is measured. */
export const QUALITY_EVERY_MS = 2_000

/** Reads a report. now is used only where the report has no time. */
export function sample(report: Report, now: number): Sample {
  let bytes = 0
  let packets = 0
  let lost = 0
  let lostThere: number | null = null
  let video: Entry | null = null
  report.forEach((entry) => {
    switch (entry.type) {
      case 'inbound-rtp':
        bytes += number(entry['bytesReceived']) ?? 0
        packets += number(entry['packetsReceived']) ?? 0
        lost += Math.max(number(entry['packetsLost']) ?? 0, 0)
        if (entry['kind'] === 'video') video = entry
        break
      case 'remote-inbound-rtp': {
        const fraction = number(entry['fractionLost'])
        if (fraction !== null) lostThere = Math.max(lostThere ?? 0, fraction)
        break
      }
    }
  })
  const rtt = number(selectedPair(report)?.['currentRoundTripTime'])
  const inbound: Entry | null = video
  return {
    at: now,
    bytes,
    packets,
    lost,
    lostThere,
    rttMs: rtt === null ? null : Math.round(rtt * 1_000),
    width: member(inbound, 'frameWidth'),
    height: member(inbound, 'frameHeight'),
    fps: member(inbound, 'framesPerSecond'),
    hasVideo: (member(inbound, 'framesDecoded') ?? 0) > 0,
  }
}

/** Whose connection to the media server makes it bad; null when neither does. */
export function weakSide(mine: PathSide, theirs: PathSide): Quality['weak'] {
  const weak = (side: PathSide) => !side.connected || side.loss_percent > 6 || side.rtt_ms > 500
  if (weak(mine)) return weak(theirs) ? 'both' : 'mine'
  return weak(theirs) ? 'theirs' : null
}

/** Turns samples into what is shown. A level is left only when two samples in a row agree on the side. */
export class QualityMeter {
  private last: Sample | null = null
  private level: Quality['level'] | null = null
  private leaning = 0

  /** Another connection counts from the start. */
  restart(): void {
    this.last = null
  }

  /** expected: what the partner sends, so that its absence counts and nothing else's does. */
  take(next: Sample, expected: { readonly video: boolean; readonly audio: boolean }): Omit<Quality, 'weak'> {
    const last = this.last
    this.last = next
    const seconds = last === null ? 0 : (next.at - last.at) / 1_000
    const packets = last === null ? 0 : Math.max(next.packets - last.packets, 0)
    const lost = last === null ? 0 : Math.max(next.lost - last.lost, 0)
    const here = packets + lost === 0 ? null : lost / (packets + lost)
    const loss = here === null ? next.lostThere : Math.max(here, next.lostThere ?? 0)
    const quality = {
      rttMs: next.rttMs,
      lossPercent: loss === null ? null : Math.round(loss * 1_000) / 10,
      kbps: last === null || seconds <= 0 ? null : Math.round((Math.max(next.bytes - last.bytes, 0) * 8) / seconds / 1_000),
      width: expected.video ? next.width : null,
      height: expected.video ? next.height : null,
      fps: expected.video && next.fps !== null ? Math.round(next.fps) : null,
    }
    const arrived = last === null || packets > 0 || !(expected.video || expected.audio)
    return { ...quality, level: this.settle(arrived ? levelOf(next, loss, expected.video) : 0) }
  }

  private settle(now: Quality['level']): Quality['level'] {
    if (this.level === null) this.level = now
    const side = Math.sign(now - this.level)
    if (side === 0) this.leaning = 0
    else if (side === Math.sign(this.leaning)) {
      this.level = now
      this.leaning = 0
    } else this.leaning = side
    return this.level
  }
}

function levelOf(now: Sample, loss: number | null, videoWanted: boolean): Quality['level'] {
  const percent = (loss ?? 0) * 100
  const rtt = now.rttMs ?? 0
  const fps = videoWanted && now.hasVideo && now.fps !== null ? now.fps : 30
  if (percent > 15 || rtt > 1_000 || fps < 5) return 1
  if (percent > 6 || rtt > 500 || fps < 10) return 2
  if (percent > 2 || rtt > 250 || fps < 15) return 3
  return 4
}

function member(entry: Entry | null, name: string): number | null {
  return entry === null ? null : number(entry[name])
}
