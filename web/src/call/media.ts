/**
 * The own camera, microphone and speaker: captured when asked for, given back
 * when not, replaced when unplugged. The camera's light is off whenever video is
 * off; a muted microphone sends a track of silence, never its sound.
 */
import { AudioTools } from './audio'
import { cameraSteps, capture, captureBoth, microphoneSteps } from './capture'
import type { Captured, CaptureEnvironment } from './capture'
import type { Clock } from './clock'
import type { Tracks } from './peer'
import type { Device, DeviceState, MediaFailure, MediaNotice, MediaState } from './state'

export interface MediaOptions extends CaptureEnvironment {
  readonly clock: Clock
  readonly audioContext: () => AudioContext | null
  readonly speakerChoice: boolean
  /** What the person chose last. */
  readonly chosen: () => { readonly camera: string | null; readonly microphone: string | null; readonly speaker: string | null }
  readonly onState: (state: MediaState) => void
  /** What a partner should get. */
  readonly onTracks: (tracks: Tracks) => void
  /** The own picture. */
  readonly onLocal: (stream: MediaStream | null) => void
  readonly onSpeaker: (id: string) => void
}

type Kind = 'camera' | 'microphone'

const off: DeviceState = { on: false, pending: false, failure: null, deviceId: null }

/** Nothing captured, nothing known. */
export const noMedia: MediaState = {
  camera: off,
  microphone: off,
  devices: { cameras: [], microphones: [], speakers: [] },
  resolution: null,
  playbackBlocked: false,
  speakerChoice: false,
  notice: null,
}

export class Media {
  private readonly options: MediaOptions
  private readonly audio: AudioTools
  private state: MediaState
  private camera: MediaStreamTrack | null = null
  private microphone: MediaStreamTrack | null = null
  /** Bumped by whatever makes a request under way pointless. */
  private readonly generation = { camera: 0, microphone: 0 }
  /** Bumped by acquire and release. */
  private acquisition = 0
  private inCall = false
  private closed = false

  constructor(options: MediaOptions) {
    this.options = options
    this.audio = new AudioTools(options.audioContext)
    this.state = { ...noMedia, speakerChoice: options.speakerChoice }
    options.devices?.addEventListener('devicechange', this.devicesChanged)
    void this.listDevices()
  }

  /** For a call: the microphone, and the camera if wanted. any says whether there is something to send; null when released meanwhile. */
  async acquire(camera: boolean, muted: boolean): Promise<{ camera: MediaFailure | null; microphone: MediaFailure | null; any: boolean } | null> {
    this.inCall = true
    const acquisition = ++this.acquisition
    if (camera && this.camera === null && this.microphone === null) {
      const turns = { camera: this.begin('camera'), microphone: this.begin('microphone') }
      const chosen = this.options.chosen()
      const got = await captureBoth(this.options, cameraSteps(chosen.camera), microphoneSteps(chosen.microphone))
      this.take('microphone', turns.microphone, got.microphone, !muted)
      this.take('camera', turns.camera, got.camera, true)
    } else {
      await this.want('microphone', !muted, true)
      if (acquisition === this.acquisition) await this.want('camera', camera, false)
    }
    if (acquisition !== this.acquisition) return null
    void this.listDevices()
    const { failure: cameraFailure } = this.state.camera
    return { camera: cameraFailure, microphone: this.state.microphone.failure, any: this.camera !== null || this.microphone !== null }
  }

  /** Outside a call: what the start page shows. */
  async preview(camera: boolean, microphone: boolean): Promise<void> {
    if (this.inCall) return
    await Promise.all([this.want('camera', camera, false), this.want('microphone', microphone, false)])
    await this.listDevices()
  }

  async setCamera(on: boolean): Promise<void> {
    await this.want('camera', on, false)
    await this.listDevices()
  }

  /** Off keeps the device while in a call, so that on is instant. */
  async setMicrophone(on: boolean): Promise<void> {
    await this.want('microphone', on, this.inCall)
    await this.listDevices()
  }

  /** The person chose another device: if that kind is in use, it is exchanged. */
  async choose(kind: Kind): Promise<void> {
    if (this.track(kind) === null) return
    await this.capture(kind, this.state[kind].on)
  }

  setSpeaker(id: string | null): void {
    this.options.onSpeaker(id ?? '')
  }

  setPlaybackBlocked(playbackBlocked: boolean): void {
    if (playbackBlocked !== this.state.playbackBlocked) this.update({ playbackBlocked })
  }

  dismissNotice(): void {
    this.update({ notice: null })
  }

  /** Loudness of the microphone, 0..1; 0 while it is off. */
  level(): number {
    return this.audio.level(this.state.microphone.on ? this.microphone : null)
  }

  /** What a partner should get now. */
  tracks(): Tracks {
    if (!this.inCall) return { audio: null, video: null }
    const audio = this.state.microphone.on && this.microphone !== null ? this.microphone : this.audio.silence()
    return { audio, video: this.camera }
  }

  /** Gives all devices back. */
  release(): void {
    this.inCall = false
    this.acquisition++
    this.drop('camera')
    this.drop('microphone')
    this.audio.release()
    const { camera, microphone } = this.state
    this.update({ camera: { ...off, failure: camera.failure }, microphone: { ...off, failure: microphone.failure }, resolution: null })
    this.announce()
  }

  close(): void {
    this.release()
    this.closed = true
    this.options.devices?.removeEventListener('devicechange', this.devicesChanged)
  }

  /** Brings a device on or off; keep: off means silent, not given back. False if overtaken by a newer wish. */
  private async want(kind: Kind, on: boolean, keep: boolean): Promise<boolean> {
    if (!on && !keep) {
      this.drop(kind)
      this.setDevice(kind, off)
      this.announce()
      return true
    }
    if (this.track(kind) === null) return this.capture(kind, on)
    this.setDevice(kind, { on, failure: null })
    this.announce()
    return true
  }

  private async capture(kind: Kind, on: boolean): Promise<boolean> {
    const turn = this.begin(kind)
    const chosen = this.options.chosen()
    const got =
      kind === 'camera'
        ? await capture(this.options, 'video', cameraSteps(chosen.camera))
        : await capture(this.options, 'audio', microphoneSteps(chosen.microphone))
    return this.take(kind, turn, got, on)
  }

  private begin(kind: Kind): number {
    this.setDevice(kind, { pending: true, failure: null })
    return ++this.generation[kind]
  }

  /** Takes over what a request gave, unless a newer wish came in between. */
  private take(kind: Kind, turn: number, got: Captured, on: boolean): boolean {
    if (turn !== this.generation[kind] || this.closed) {
      if (got.ok) got.track.stop()
      return false
    }
    if (!got.ok) {
      // A device that still works is kept when its exchange fails.
      const kept = this.track(kind) !== null
      this.setDevice(kind, { pending: false, failure: got.failure, ...(!kept && { on: false, deviceId: null }) })
      return true
    }
    this.track(kind)?.stop()
    this.hold(kind, got.track)
    this.setDevice(kind, { on, pending: false, failure: null, deviceId: got.track.getSettings().deviceId ?? null })
    this.announce()
    return true
  }

  private hold(kind: Kind, track: MediaStreamTrack): void {
    track.addEventListener('ended', () => void this.lost(kind, track)) // unplugged, or permission withdrawn
    if (kind === 'microphone') {
      this.microphone = track
      return
    }
    this.camera = track
    if ('contentHint' in track) track.contentHint = 'motion'
    const { width, height } = track.getSettings()
    this.update({ resolution: width !== undefined && height !== undefined ? { width, height } : null })
    this.options.onLocal(new MediaStream([track]))
  }

  /** A device went away by itself: another one takes its place if there is one. */
  private async lost(kind: Kind, track: MediaStreamTrack): Promise<void> {
    if (this.track(kind) !== track) return
    const { on } = this.state[kind]
    this.drop(kind)
    this.setDevice(kind, { on: false, deviceId: null })
    this.announce()
    const current = await this.capture(kind, on)
    if (!current) return
    this.notify(`${kind}_${this.track(kind) === null ? 'lost' : 'replaced'}`)
    await this.listDevices()
  }

  private drop(kind: Kind): void {
    this.generation[kind]++
    const track = this.track(kind)
    track?.stop()
    if (kind === 'microphone') this.microphone = null
    else {
      this.camera = null
      if (track !== null) this.options.onLocal(null)
      if (this.state.resolution !== null) this.update({ resolution: null })
    }
  }

  private track(kind: Kind): MediaStreamTrack | null {
    return kind === 'camera' ? this.camera : this.microphone
  }

  private announce(): void {
    this.options.onTracks(this.tracks())
  }

  private notify(code: MediaNotice['code']): void {
    this.update({ notice: { code, at: this.options.clock.now() } })
  }

  private setDevice(kind: Kind, change: Partial<DeviceState>): void {
    this.update({ [kind]: { ...this.state[kind], ...change } })
  }

  private update(change: Partial<MediaState>): void {
    if (this.closed) return
    this.state = { ...this.state, ...change }
    this.options.onState(this.state)
  }

  private readonly devicesChanged = (): void => {
    void this.listDevices()
  }

  private async listDevices(): Promise<void> {
    const { devices } = this.options
    if (devices === undefined) return
    let found: MediaDeviceInfo[]
    try {
      found = await devices.enumerateDevices()
    } catch {
      return
    }
    const of = (kind: MediaDeviceKind): Device[] =>
      found.filter((d) => d.kind === kind && d.deviceId !== '').map((d) => ({ id: d.deviceId, label: d.label }))
    const lists = { cameras: of('videoinput'), microphones: of('audioinput'), speakers: of('audiooutput') }
    const speaker = this.options.chosen().speaker
    const had = (list: readonly Device[]): boolean => list.some((d) => d.id === speaker)
    const speakerLost = speaker !== null && had(this.state.devices.speakers) && !had(lists.speakers)
    if (JSON.stringify(lists) !== JSON.stringify(this.state.devices)) this.update({ devices: lists })
    if (!speakerLost) return
    this.options.onSpeaker('')
    this.notify('speaker_lost')
  }
}
