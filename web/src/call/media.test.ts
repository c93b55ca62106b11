import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Media } from './media'
import type { Tracks } from './peer'
import type { MediaState } from './state'
import { FakeDevices, refusal } from './testing/fake-devices'
import { FakeMediaStream, FakeTrack } from './testing/fake-peer-connection'
import { ManualClock } from './testing/manual-clock'

beforeEach(() => {
  vi.stubGlobal('MediaStream', FakeMediaStream)
})

const settle = () => new Promise((resolve) => setImmediate(resolve))

function start() {
  const devices = new FakeDevices()
  const silence = new FakeTrack('audio', 'silence')
  const context = {
    state: 'running',
    createMediaStreamDestination: () => ({ stream: new FakeMediaStream([silence]) }),
    close: () => Promise.resolve(),
  }
  const seen = { state: null as MediaState | null, tracks: null as Tracks | null, local: null as MediaStream | null, speaker: '' }
  const chosen = { camera: null as string | null, microphone: null as string | null, speaker: null as string | null }
  const media = new Media({
    devices: devices.like,
    secure: true,
    clock: new ManualClock(),
    audioContext: () => context as unknown as AudioContext,
    speakerChoice: true,
    chosen: () => chosen,
    onState: (state) => (seen.state = state),
    onTracks: (tracks) => (seen.tracks = tracks),
    onLocal: (stream) => (seen.local = stream),
    onSpeaker: (id) => (seen.speaker = id),
  })
  const state = () => {
    if (seen.state === null) throw new Error('no state was announced')
    return seen.state
  }
  const kinds = () => devices.live().map((track) => track.deviceId)
  return { devices, silence, seen, chosen, media, state, kinds }
}

describe('for a call', () => {
  it('has the microphone on and the camera off unless wanted', async () => {
    const { media, state, kinds } = start()
    expect(await media.acquire(false, false)).toEqual({ camera: null, microphone: null, any: true })
    expect(kinds()).toEqual(['mic1'])
    expect(state()).toMatchObject({ camera: { on: false }, microphone: { on: true, deviceId: 'mic1' } })
  })

  it('has both after one question', async () => {
    const { media, devices, state, seen } = start()
    await media.acquire(true, false)
    expect(devices.asked).toHaveLength(1)
    expect(state()).toMatchObject({ camera: { on: true }, resolution: { width: 640, height: 480 } })
    expect(seen.local?.getVideoTracks()).toHaveLength(1)
  })

  it('goes on with the voice when the camera is in use', async () => {
    const { media, devices, state } = start()
    devices.answer = ({ video }) => (video === undefined ? 'ok' : refusal('NotReadableError'))
    expect(await media.acquire(true, false)).toEqual({ camera: 'in_use', microphone: null, any: true })
    expect(state().camera).toMatchObject({ on: false, failure: 'in_use', pending: false })
  })

  it('says that nothing could be had', async () => {
    const { media, devices } = start()
    devices.answer = () => refusal('NotAllowedError')
    expect(await media.acquire(true, false)).toEqual({ camera: 'denied', microphone: 'denied', any: false })
  })

  it('given up while the person is asked, gives the device back', async () => {
    const { media, devices, kinds } = start()
    let allow: (answer: 'ok') => void = () => undefined
    devices.answer = () => new Promise((resolve) => (allow = resolve))
    const outcome = media.acquire(true, false)
    media.release()
    allow('ok')
    expect(await outcome).toBeNull()
    expect(kinds()).toEqual([])
  })

  it('lists the devices with their names', async () => {
    const { media, state } = start()
    await media.acquire(false, false)
    await settle()
    expect(state().devices).toEqual({
      cameras: [{ id: 'cam1', label: 'Camera 1' }],
      microphones: [{ id: 'mic1', label: 'Microphone 1' }],
      speakers: [{ id: 'spk1', label: 'Speaker 1' }],
    })
  })
})

describe('switching', () => {
  it('the camera off turns its light off; on asks anew', async () => {
    const { media, seen, kinds } = start()
    await media.acquire(true, false)
    await media.setCamera(false)
    expect(kinds()).toEqual(['mic1'])
    expect(seen.tracks?.video).toBeNull()
    expect(seen.local).toBeNull()
    await media.setCamera(true)
    expect(kinds()).toEqual(['mic1', 'cam1'])
  })

  it('the microphone off sends silence, and its sound again when on', async () => {
    const { media, seen, silence, devices } = start()
    await media.acquire(false, false)
    const [microphone] = devices.given
    await media.setMicrophone(false)
    expect(seen.tracks?.audio).toBe(silence)
    await media.setMicrophone(true)
    expect(seen.tracks?.audio).toBe(microphone)
    expect(devices.asked).toHaveLength(1)
  })

  it('muted from the start sends silence', async () => {
    const { media, seen, silence, state } = start()
    await media.acquire(false, true)
    expect(seen.tracks?.audio).toBe(silence)
    expect(state().microphone.on).toBe(false)
  })

  it('to another camera keeps the old one when the new one fails', async () => {
    const { media, devices, chosen, kinds, state } = start()
    await media.acquire(true, false)
    chosen.camera = 'cam2'
    await media.choose('camera')
    expect(kinds()).toEqual(['mic1', 'cam2'])
    chosen.camera = 'cam3'
    devices.answer = () => refusal('NotReadableError')
    await media.choose('camera')
    expect(kinds()).toEqual(['mic1', 'cam2'])
    expect(state().camera).toMatchObject({ on: true, failure: 'in_use', deviceId: 'cam2' })
  })
})

describe('a device that goes away', () => {
  it('is replaced by another one', async () => {
    const { media, devices, state, seen } = start()
    await media.acquire(true, false)
    devices.given.find((track) => track.kind === 'video')?.unplug()
    await settle()
    expect(state()).toMatchObject({ camera: { on: true }, notice: { code: 'camera_replaced' } })
    expect(seen.tracks?.video).not.toBeNull()
  })

  it('without another one is off', async () => {
    const { media, devices, state, seen, silence } = start()
    await media.acquire(false, false)
    devices.answer = () => refusal('NotFoundError')
    devices.given[0]?.unplug()
    await settle()
    expect(state()).toMatchObject({ microphone: { on: false, failure: 'no_device' }, notice: { code: 'microphone_lost' } })
    expect(seen.tracks?.audio).toBe(silence)
  })

  it('as the chosen speaker leaves the default one', async () => {
    const { devices, chosen, state, seen } = start()
    chosen.speaker = 'spk1'
    seen.speaker = 'spk1'
    await settle()
    devices.change(devices.present.filter((d) => d.kind !== 'audiooutput'))
    await settle()
    expect(seen.speaker).toBe('')
    expect(state().notice?.code).toBe('speaker_lost')
  })
})

describe('the preview', () => {
  it('shows the camera, sends nothing, and is given back', async () => {
    const { media, seen, kinds } = start()
    await media.preview(true, true)
    expect(seen.local).not.toBeNull()
    expect(seen.tracks).toEqual({ audio: null, video: null })
    await media.preview(false, false)
    expect(kinds()).toEqual([])
  })

  it('is taken over by a call; a camera not wanted there goes off', async () => {
    const { media, kinds, devices } = start()
    await media.preview(true, true)
    await media.acquire(false, false)
    expect(kinds()).toEqual(['mic1'])
    expect(devices.asked).toHaveLength(2)
  })

  it('does not touch what a call uses', async () => {
    const { media, kinds } = start()
    await media.acquire(true, false)
    await media.preview(false, false)
    expect(kinds()).toEqual(['mic1', 'cam1'])
  })
})

describe('release', () => {
  it('turns everything off', async () => {
    const { media, seen, kinds, state, silence } = start()
    await media.acquire(true, true)
    media.release()
    expect(kinds()).toEqual([])
    expect(silence.readyState).toBe('ended')
    expect(seen.local).toBeNull()
    expect(seen.tracks).toEqual({ audio: null, video: null })
    expect(state()).toMatchObject({ camera: { on: false }, microphone: { on: false }, resolution: null })
  })
})
