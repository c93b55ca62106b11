import type { MediaDevicesLike } from '../capture'
import { FakeMediaStream, FakeTrack } from './fake-peer-connection'

type Answer = 'ok' | Error

/** navigator.mediaDevices with devices that come and go, and a person who says yes or no. */
export class FakeDevices extends EventTarget {
  /** What getUserMedia was asked for, oldest first. */
  readonly asked: MediaStreamConstraints[] = []
  readonly given: FakeTrack[] = []
  present: { kind: MediaDeviceKind; deviceId: string; label: string }[] = [
    { kind: 'videoinput', deviceId: 'cam1', label: 'Camera 1' },
    { kind: 'audioinput', deviceId: 'mic1', label: 'Microphone 1' },
    { kind: 'audiooutput', deviceId: 'spk1', label: 'Speaker 1' },
  ]
  /** Decides each request; yes by default. */
  answer: (constraints: MediaStreamConstraints) => Answer | Promise<Answer> = () => 'ok'

  /** The fake in the place where the code wants the real one. */
  get like(): MediaDevicesLike {
    return this as unknown as MediaDevicesLike
  }

  async getUserMedia(constraints: MediaStreamConstraints): Promise<FakeMediaStream> {
    this.asked.push(constraints)
    const answer = await this.answer(constraints)
    if (answer !== 'ok') throw answer
    const tracks: FakeTrack[] = []
    if (constraints.audio !== undefined) tracks.push(new FakeTrack('audio', exact(constraints.audio) ?? 'mic1'))
    if (constraints.video !== undefined) tracks.push(new FakeTrack('video', exact(constraints.video) ?? 'cam1'))
    this.given.push(...tracks)
    return new FakeMediaStream(tracks)
  }

  enumerateDevices(): Promise<typeof this.present> {
    return Promise.resolve(this.present)
  }

  /** Devices were plugged in or out. */
  change(present: typeof this.present): void {
    this.present = present
    this.dispatchEvent(new Event('devicechange'))
  }

  /** Tracks whose light is still on. */
  live(): FakeTrack[] {
    return this.given.filter((track) => track.readyState === 'live')
  }
}

function exact(constraints: boolean | MediaTrackConstraints | undefined): string | null {
  const id = typeof constraints === 'object' ? constraints.deviceId : undefined
  return typeof id === 'object' && 'exact' in id && typeof id.exact === 'string' ? id.exact : null
}

/** An error as getUserMedia gives it. */
export function refusal(name: string, message = ''): Error {
  return new DOMException(message, name)
}
