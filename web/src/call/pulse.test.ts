import { describe, expect, it } from 'vitest'
import { PULSE_MS, PulseReader, readBeat, REVIVED_MS, STALLED_IDLE_MS, STALLED_MS } from './pulse'
import type { Beat } from './pulse'

const report = (...entries: { type: string; id: string; [member: string]: unknown }[]) => new Map(entries.map((entry) => [entry.id, entry]))

describe('readBeat', () => {
  const chromium = report(
    { type: 'transport', id: 'T', selectedCandidatePairId: 'P2', bytesReceived: 900, packetsReceived: 9 },
    { type: 'candidate-pair', id: 'P1', localCandidateId: 'host', bytesReceived: 0 },
    { type: 'candidate-pair', id: 'P2', localCandidateId: 'relay', bytesReceived: 900, responsesReceived: 4 },
    { type: 'local-candidate', id: 'host', candidateType: 'host' },
    { type: 'local-candidate', id: 'relay', candidateType: 'relay' },
    { type: 'inbound-rtp', id: 'A', kind: 'audio', packetsReceived: 50 },
    { type: 'inbound-rtp', id: 'V', kind: 'video', packetsReceived: 30, framesDecoded: 7 },
  )

  it('tells by what the media comes', () => {
    expect(readBeat(chromium, 'p2p', 0).via).toBe('relay')
    expect(readBeat(chromium, 'sfu', 0).via).toBe('server')
    const firefox = report({ type: 'candidate-pair', id: 'P', selected: true, nominated: true, localCandidateId: 'L' }, { type: 'local-candidate', id: 'L', candidateType: 'srflx' })
    expect(readBeat(firefox, 'p2p', 0).via).toBe('direct')
    expect(readBeat(report(), 'sfu', 0).via).toBeNull()
  })

  it('counts sound, frames and everything that arrives', () => {
    const beat = readBeat(chromium, 'p2p', 5)
    expect(beat).toMatchObject({ at: 5, media: 80, soundPackets: 50, framesDecoded: 7 })
    chromium.set('P2', { type: 'candidate-pair', id: 'P2', localCandidateId: 'relay', bytesReceived: 900, responsesReceived: 5 })
    expect(readBeat(chromium, 'p2p', 5).traffic).toBe(beat.traffic + 1)
  })
})

/** A connection that is looked at every `every` milliseconds. */
function watch(every = PULSE_MS) {
  const reader = new PulseReader()
  let beat: Beat = { at: 0, via: 'direct', traffic: 0, media: 0, soundPackets: 0, framesDecoded: 0 }
  const look = (watching: boolean, more: number, media: number) => {
    beat = { ...beat, at: beat.at + every, traffic: beat.traffic + more, media: beat.media + media, soundPackets: beat.soundPackets + media }
    return reader.take(beat, watching)
  }
  return {
    media: () => look(true, 10, 5),
    stun: () => look(true, 1, 0),
    silence: (watching = true) => look(watching, 0, 0),
    /** How long it is silent until that is called stalled, or null. */
    stallsAfter(most = 20_000, watching = true) {
      for (let ms = every; ms <= most; ms += every) if (look(watching, 0, 0).stalled) return ms
      return null
    },
  }
}

describe('a way is stalled', () => {
  it('when nothing came for two seconds after media, and that is said once', () => {
    const line = watch()
    line.media()
    line.media()
    expect(line.stallsAfter()).toBe(STALLED_MS)
    expect(line.stallsAfter()).toBeNull()
  })

  it('anew after it was alive again', () => {
    const line = watch()
    line.media()
    line.media()
    line.stallsAfter()
    expect(line.media()).toMatchObject({ alive: true, sound: true })
    expect(line.stallsAfter()).toBe(STALLED_MS)
  })

  it('not while ICE is answered', () => {
    const line = watch()
    line.media()
    for (let i = 0; i < 20; i++) {
      expect(line.silence().stalled).toBe(false)
      expect(line.silence().stalled).toBe(false)
      line.stun()
    }
  })

  it('only after longer where no media came before: then ICE alone is heard now and then', () => {
    const line = watch()
    line.media()
    line.stun()
    line.stun()
    expect(line.stallsAfter()).toBe(STALLED_IDLE_MS)
  })

  it('not while our own network or socket is away', () => {
    const line = watch()
    line.media()
    line.media()
    expect(line.stallsAfter(20_000, false)).toBeNull()
    expect(line.stallsAfter()).toBe(STALLED_MS)
  })

  it('also in a tab that is looked at once a second, and not by sleeping', () => {
    const slow = watch(1_000)
    slow.media()
    slow.media()
    expect(slow.stallsAfter()).toBe(STALLED_MS)
    const asleep = watch(30_000)
    asleep.media()
    asleep.media()
    expect(asleep.stallsAfter(300_000)).toBeNull()
  })
})

describe('media revives', () => {
  it('when it comes again after a second without, though STUN came all the time', () => {
    const line = watch()
    line.media()
    expect(line.media().revived).toBe(false)
    for (let ms = 0; ms < REVIVED_MS; ms += PULSE_MS) expect(line.stun().revived).toBe(false)
    expect(line.media().revived).toBe(true)
    expect(line.media().revived).toBe(false)
  })

  it('not after less, and not when it comes for the first time', () => {
    const line = watch()
    for (let ms = 0; ms < 2 * REVIVED_MS; ms += PULSE_MS) line.silence()
    expect(line.media().revived).toBe(false)
    line.silence()
    expect(line.media().revived).toBe(false)
  })
})
