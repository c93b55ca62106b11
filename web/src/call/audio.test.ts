import { beforeEach, describe, expect, it, vi } from 'vitest'
import { AudioTools } from './audio'
import { FakeMediaStream, FakeTrack } from './testing/fake-peer-connection'

beforeEach(() => {
  vi.stubGlobal('MediaStream', FakeMediaStream)
})

/** An AudioContext that hears a constant. */
function context(heard: number) {
  const log: string[] = []
  const fake = {
    state: 'suspended',
    resume: () => Promise.resolve(void log.push('resume')),
    close: () => Promise.resolve(void log.push('close')),
    createMediaStreamSource: () => ({ connect: () => log.push('connect'), disconnect: () => log.push('disconnect') }),
    createAnalyser: () => ({ fftSize: 0, getFloatTimeDomainData: (samples: Float32Array) => samples.fill(heard) }),
    createMediaStreamDestination: () => ({ stream: new FakeMediaStream([new FakeTrack('audio', 'silence')]) }),
  }
  return { log, fake: fake as unknown as AudioContext }
}
const track = () => new FakeTrack('audio') as unknown as MediaStreamTrack

describe('level', () => {
  it.each([
    [1, 1],
    [0.1, 0.667],
    [0.001, 0],
    [0, 0],
  ])('of amplitude %d is %d', (amplitude, level) => {
    expect(new AudioTools(() => context(amplitude).fake).level(track())).toBeCloseTo(level, 2)
  })

  it('measures one track at a time and lets go of the last', () => {
    const { log, fake } = context(1)
    const audio = new AudioTools(() => fake)
    const first = track()
    audio.level(first)
    audio.level(first)
    audio.level(track())
    expect(audio.level(null)).toBe(0)
    expect(log.filter((entry) => entry.includes('connect'))).toEqual(['connect', 'disconnect', 'connect', 'disconnect'])
  })

  it.each([
    ['there is no AudioContext', () => null],
    [
      'there are too many',
      () => {
        throw new Error('too many')
      },
    ],
  ])('is 0 when %s', (_, create) => {
    expect(new AudioTools(create).level(track())).toBe(0)
  })
})

describe('silence', () => {
  it('is one live track until it is released', () => {
    const { log, fake } = context(0)
    const audio = new AudioTools(() => fake)
    const silence = audio.silence()
    expect(audio.silence()).toBe(silence)
    audio.release()
    expect(silence?.readyState).toBe('ended')
    expect(log).toContain('close')
  })
})
