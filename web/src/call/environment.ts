/** Everything of the browser that the engine touches, in one place, so that tests can stand in for it. */
import { systemClock } from './clock'
import type { Clock } from './clock'
import type { MediaDevicesLike } from './capture'
import type { Fetch } from './session'
import type { OpenWebSocket } from './socket'
import type { StorageLike } from './storage'

export interface Environment {
  readonly clock: Clock
  /** Numbers in [0, 1). */
  readonly random: () => number
  /** An id nobody else has made, of at most limits.maxClientID printable characters. */
  readonly newID: () => string
  readonly socketURL: string
  readonly openWebSocket: OpenWebSocket
  readonly fetch: Fetch
  readonly online: () => boolean
  readonly localStorage: () => StorageLike
  readonly sessionStorage: () => StorageLike
  readonly devices: MediaDevicesLike | undefined
  readonly secure: boolean
  readonly speakerChoice: boolean
  readonly audioContext: () => AudioContext | null
  readonly createPeerConnection: (configuration: RTCConfiguration) => RTCPeerConnection
  /** Announces what happens to the page; returns how to stop that. */
  readonly watchPage: (on: PageEvents) => () => void
}

export interface PageEvents {
  /** Seen again, or the network changed. */
  readonly wake: () => void
  /** The page goes for good. */
  readonly leave: () => void
}

/** The browser we run in. */
export function browserEnvironment(): Environment {
  const { protocol, host } = window.location
  return {
    clock: systemClock,
    random: Math.random,
    newID: randomID,
    socketURL: `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/ws`,
    openWebSocket: (url, subprotocol) => new WebSocket(url, subprotocol),
    fetch: (path, init) => window.fetch(path, init),
    online: () => navigator.onLine,
    localStorage: () => window.localStorage,
    sessionStorage: () => window.sessionStorage,
    devices: navigator.mediaDevices as MediaDevices | undefined, // missing on insecure pages, whatever the type says
    secure: window.isSecureContext,
    speakerChoice: 'setSinkId' in HTMLMediaElement.prototype,
    audioContext: () => ('AudioContext' in window ? new AudioContext() : null),
    createPeerConnection: (configuration) => new RTCPeerConnection(configuration),
    watchPage,
  }
}

/** crypto.randomUUID is missing on insecure pages; this is not. */
function randomID(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(15))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function watchPage({ wake, leave }: PageEvents): () => void {
  const seen = () => {
    if (document.visibilityState === 'visible') wake()
  }
  const hidden = (event: PageTransitionEvent) => {
    if (!event.persisted) leave() // else the page may come back from the cache
  }
  window.addEventListener('online', wake)
  window.addEventListener('offline', wake)
  window.addEventListener('pageshow', seen)
  window.addEventListener('pagehide', hidden)
  document.addEventListener('visibilitychange', seen)
  return () => {
    window.removeEventListener('online', wake)
    window.removeEventListener('offline', wake)
    window.removeEventListener('pageshow', seen)
    window.removeEventListener('pagehide', hidden)
    document.removeEventListener('visibilitychange', seen)
  }
}
