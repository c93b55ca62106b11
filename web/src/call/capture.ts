/** getUserMedia as a ladder of requests, with each failure a typed case. */
import type { MediaFailure } from './state'

/** The part of navigator.mediaDevices that is used. */
export type MediaDevicesLike = Pick<MediaDevices, 'getUserMedia' | 'enumerateDevices' | 'addEventListener' | 'removeEventListener'>

export interface CaptureEnvironment {
  /** Missing on insecure pages and in old browsers. */
  readonly devices: MediaDevicesLike | undefined
  readonly secure: boolean
}

export type Captured = { readonly ok: true; readonly track: MediaStreamTrack } | { readonly ok: false; readonly failure: MediaFailure }

/** Where asking for less, or for another device, may still help. */
const worthAnotherStep: ReadonlySet<MediaFailure> = new Set<MediaFailure>(['overconstrained', 'in_use', 'unknown'])

/** From the best picture of the chosen camera to any picture of any camera. */
export function cameraSteps(chosen: string | null): MediaTrackConstraints[] {
  const hd = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } }
  const vga = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } }
  const any = chosen === null ? { facingMode: { ideal: 'user' } } : {}
  const device = chosen === null ? any : { deviceId: { exact: chosen } }
  return [{ ...hd, ...device }, { ...vga, ...device }, ...(chosen === null ? [{}] : [vga])]
}

/** From the chosen microphone to any. */
export function microphoneSteps(chosen: string | null): MediaTrackConstraints[] {
  const clean = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
  return chosen === null ? [clean] : [{ ...clean, deviceId: { exact: chosen } }, clean]
}

/** The first step that works. A refusal by the person ends the ladder at once. */
export async function capture(environment: CaptureEnvironment, kind: 'video' | 'audio', steps: MediaTrackConstraints[]): Promise<Captured> {
  let failure: MediaFailure = 'unknown'
  for (const constraints of steps) {
    const got = await request(environment, { [kind]: constraints })
    if (got.ok) {
      const track = (kind === 'video' ? got.stream.getVideoTracks() : got.stream.getAudioTracks())[0]
      if (track !== undefined) return { ok: true, track }
      continue
    }
    failure = got.failure
    if (!worthAnotherStep.has(failure)) break
  }
  return { ok: false, failure }
}

/** One question for both, so that the person answers once. When it fails, which one was to blame is found by asking apart. */
export async function captureBoth(
  environment: CaptureEnvironment,
  camera: MediaTrackConstraints[],
  microphone: MediaTrackConstraints[],
): Promise<{ camera: Captured; microphone: Captured }> {
  const together = await request(environment, { video: camera[0] ?? true, audio: microphone[0] ?? true })
  if (together.ok) {
    const [video] = together.stream.getVideoTracks()
    const [audio] = together.stream.getAudioTracks()
    return { camera: orMissing(video), microphone: orMissing(audio) }
  }
  const apart = await capture(environment, 'audio', microphone)
  if (together.failure === 'denied' || together.failure === 'dismissed') {
    // The person answered already. If the microphone is allowed, it was the camera that was refused.
    return { camera: { ok: false, failure: together.failure }, microphone: apart }
  }
  return { camera: await capture(environment, 'video', camera), microphone: apart }
}

function orMissing(track: MediaStreamTrack | undefined): Captured {
  return track === undefined ? { ok: false, failure: 'unknown' } : { ok: true, track }
}

async function request(
  environment: CaptureEnvironment,
  constraints: MediaStreamConstraints,
): Promise<{ ok: true; stream: MediaStream } | { ok: false; failure: MediaFailure }> {
  if (environment.devices === undefined) return { ok: false, failure: environment.secure ? 'unsupported' : 'insecure' }
  try {
    return { ok: true, stream: await environment.devices.getUserMedia(constraints) }
  } catch (err) {
    return { ok: false, failure: failureOf(err, environment.secure) }
  }
}

/** The case of an error of getUserMedia (W3C mediacapture-main, 10.2.1), old browsers' names included. */
export function failureOf(err: unknown, secure: boolean): MediaFailure {
  const { name, message } = err instanceof Error || err instanceof DOMException ? err : { name: '', message: '' }
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
    case 'SecurityError':
      if (!secure) return 'insecure'
      return /dismissed/i.test(message) ? 'dismissed' : 'denied' // only Chromium tells them apart
    case 'NotFoundError':
    case 'DevicesNotFoundError':
      return 'no_device'
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return 'in_use'
    case 'OverconstrainedError':
    case 'ConstraintNotSatisfiedError':
      return 'overconstrained'
    case 'TypeError':
    case 'NotSupportedError':
      return secure ? 'unsupported' : 'insecure'
    default:
      return 'unknown'
  }
}
