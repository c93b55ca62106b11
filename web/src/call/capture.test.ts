import { describe, expect, it } from 'vitest'
import { cameraSteps, capture, captureBoth, failureOf, microphoneSteps } from './capture'
import { FakeDevices, refusal } from './testing/fake-devices'

describe('failureOf', () => {
  it.each([
    ['NotAllowedError', 'Permission denied', true, 'denied'],
    ['NotAllowedError', 'Permission denied by system', true, 'denied'],
    ['NotAllowedError', 'Permission dismissed', true, 'dismissed'],
    ['NotAllowedError', '', false, 'insecure'],
    ['SecurityError', '', true, 'denied'],
    ['NotFoundError', '', true, 'no_device'],
    ['NotReadableError', '', true, 'in_use'],
    ['AbortError', '', true, 'in_use'],
    ['OverconstrainedError', '', true, 'overconstrained'],
    ['NotSupportedError', '', true, 'unsupported'],
    ['SomethingNew', '', true, 'unknown'],
  ])('%s "%s" (secure: %s) is %s', (name, message, secure, failure) => {
    expect(failureOf(refusal(name, message), secure)).toBe(failure)
  })

  it('is unsupported for constraints an old browser does not take', () => {
    expect(failureOf(new TypeError('no'), true)).toBe('unsupported')
  })

  it('is unknown for what is no error at all', () => {
    expect(failureOf('boom', true)).toBe('unknown')
  })
})

describe('capture', () => {
  const sizes = (devices: FakeDevices) => devices.asked.map(({ video }) => (typeof video === 'object' ? (video.width ?? null) : null))

  it('asks for 1280x720 and is content', async () => {
    const devices = new FakeDevices()
    const got = await capture({ devices: devices.like, secure: true }, 'video', cameraSteps(null))
    expect(got.ok).toBe(true)
    expect(sizes(devices)).toEqual([{ ideal: 1280 }])
  })

  it('steps down to 640x480, then to anything', async () => {
    const devices = new FakeDevices()
    devices.answer = () => refusal('NotReadableError')
    const got = await capture({ devices: devices.like, secure: true }, 'video', cameraSteps(null))
    expect(got).toEqual({ ok: false, failure: 'in_use' })
    expect(sizes(devices)).toEqual([{ ideal: 1280 }, { ideal: 640 }, null])
  })

  it.each(['NotAllowedError', 'NotFoundError'])('does not ask again after %s', async (name) => {
    const devices = new FakeDevices()
    devices.answer = () => refusal(name)
    await capture({ devices: devices.like, secure: true }, 'video', cameraSteps(null))
    expect(devices.asked).toHaveLength(1)
  })

  it('takes another microphone when the chosen one is gone', async () => {
    const devices = new FakeDevices()
    devices.answer = ({ audio }) => (typeof audio === 'object' && audio.deviceId !== undefined ? refusal('OverconstrainedError') : 'ok')
    const got = await capture({ devices: devices.like, secure: true }, 'audio', microphoneSteps('gone'))
    expect(got.ok).toBe(true)
  })

  it.each([
    [true, 'unsupported'],
    [false, 'insecure'],
  ] as const)('without mediaDevices on a page that is secure: %s, is %s', async (secure, failure) => {
    expect(await capture({ devices: undefined, secure }, 'audio', microphoneSteps(null))).toEqual({ ok: false, failure })
  })
})

describe('captureBoth', () => {
  const both = (devices: FakeDevices) => captureBoth({ devices: devices.like, secure: true }, cameraSteps(null), microphoneSteps(null))

  it('asks one question', async () => {
    const devices = new FakeDevices()
    const { camera, microphone } = await both(devices)
    expect([camera.ok, microphone.ok, devices.asked.length]).toEqual([true, true, 1])
  })

  it('finds out that only the camera was refused', async () => {
    const devices = new FakeDevices()
    devices.answer = ({ video }) => (video === undefined ? 'ok' : refusal('NotAllowedError'))
    const { camera, microphone } = await both(devices)
    expect(camera).toEqual({ ok: false, failure: 'denied' })
    expect(microphone.ok).toBe(true)
  })

  it('finds out that only the microphone is missing', async () => {
    const devices = new FakeDevices()
    devices.answer = ({ audio }) => (audio === undefined ? 'ok' : refusal('NotFoundError'))
    const { camera, microphone } = await both(devices)
    expect(camera.ok).toBe(true)
    expect(microphone).toEqual({ ok: false, failure: 'no_device' })
  })
})
