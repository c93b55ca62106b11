import { describe, expect, it } from 'vitest'
import { QualityMeter, sample } from './quality'
import type { Sample } from './quality'

const both = { video: true, audio: true }

/** A sample t seconds in, everything fine unless said otherwise. */
const at = (t: number, change: Partial<Sample> = {}): Sample => ({
  at: t * 1_000,
  bytes: t * 100_000,
  packets: t * 100,
  lost: 0,
  lostThere: null,
  rttMs: 40,
  width: 640,
  height: 480,
  fps: 30,
  hasVideo: true,
  ...change,
})

describe('sample', () => {
  it('reads the selected pair, what arrives and what they report', () => {
    const report = new Map(
      [
        { type: 'transport', id: 'T', selectedCandidatePairId: 'P2' },
        { type: 'candidate-pair', id: 'P1', nominated: true, currentRoundTripTime: 9 },
        { type: 'candidate-pair', id: 'P2', currentRoundTripTime: 0.0424 },
        { type: 'inbound-rtp', id: 'a', kind: 'audio', bytesReceived: 10, packetsReceived: 2, packetsLost: -1 },
        {
          type: 'inbound-rtp',
          id: 'v',
          kind: 'video',
          bytesReceived: 90,
          packetsReceived: 8,
          packetsLost: 3,
          frameWidth: 1280,
          frameHeight: 720,
          framesPerSecond: 24,
          framesDecoded: 5,
        },
        { type: 'remote-inbound-rtp', id: 'r', fractionLost: 0.25 },
      ].map((entry) => [entry.id, entry]),
    )
    expect(sample(report, 7)).toEqual({
      at: 7,
      bytes: 100,
      packets: 10,
      lost: 3,
      lostThere: 0.25,
      rttMs: 42,
      width: 1280,
      height: 720,
      fps: 24,
      hasVideo: true,
    })
  })

  it('finds the pair in a browser without transport entries', () => {
    const pairs = [
      { type: 'candidate-pair', id: 'P1', currentRoundTripTime: 9 },
      { type: 'candidate-pair', id: 'P2', selected: true, currentRoundTripTime: 0.1 },
    ]
    expect(sample(new Map(pairs.map((entry) => [entry.id, entry])), 0).rttMs).toBe(100)
  })

  it('is empty for an empty report', () => {
    expect(sample(new Map(), 0)).toMatchObject({ bytes: 0, rttMs: null, width: null, hasVideo: false })
  })
})

describe('QualityMeter', () => {
  it('shows rates between two samples', () => {
    const meter = new QualityMeter()
    meter.take(at(0), both)
    expect(meter.take(at(2, { lost: 10 }), both)).toMatchObject({ kbps: 800, lossPercent: 4.8, rttMs: 40, fps: 30, width: 640 })
  })

  const same = (change: Partial<Sample>) => () => change

  it.each([
    ['nothing arrives', same({ packets: 0, bytes: 0 }), both, 0],
    ['nothing is meant to arrive', same({ packets: 0, bytes: 0 }), { video: false, audio: false }, 4],
    ['much is lost', (t: number) => ({ lost: t * 100 }), both, 1],
    ['some is lost', (t: number) => ({ lost: t * 10 }), both, 2],
    ['they lose much of ours', same({ lostThere: 0.2 }), both, 1],
    ['it is slow', same({ rttMs: 300 }), both, 3],
    ['the picture stutters', same({ fps: 8 }), both, 2],
    ['their camera is off, whatever the last rate', same({ fps: 0 }), { video: false, audio: true }, 4],
    ['all is well', same({}), both, 4],
  ])('has its level when %s', (_, change, expected, level) => {
    const meter = new QualityMeter()
    const levels = [0, 2, 4, 6].map((t) => meter.take(at(t, change(t)), expected).level)
    expect(levels.at(-1)).toBe(level)
  })

  it('does not change its mind for one sample', () => {
    const meter = new QualityMeter()
    const levels = [at(0), at(2), at(4, { rttMs: 600 }), at(6), at(8, { rttMs: 600 }), at(10, { rttMs: 600 })].map((s) => meter.take(s, both).level)
    expect(levels).toEqual([4, 4, 4, 4, 4, 2])
  })
})
