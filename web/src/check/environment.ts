import { browserEnvironment, type Environment } from '../call/environment'

export type Permission = 'granted' | 'denied' | 'prompt' | 'unknown'

/** Everything of the browser that a check touches. */
export interface CheckEnvironment extends Pick<Environment, 'clock' | 'fetch' | 'openWebSocket' | 'socketURL' | 'devices' | 'secure'> {
  /** Null where the browser has none. */
  readonly createPeerConnection: ((configuration: RTCConfiguration) => RTCPeerConnection) | null
  /** What was decided before; asks nobody. */
  readonly permission: (kind: 'camera' | 'microphone') => Promise<Permission>
  readonly userAgent: string
}

/** The browser we run in. */
export function browserTries(): CheckEnvironment {
  const { clock, fetch, openWebSocket, socketURL, devices, secure, createPeerConnection } = browserEnvironment()
  return {
    clock,
    fetch,
    openWebSocket,
    socketURL,
    devices,
    secure,
    createPeerConnection: typeof RTCPeerConnection === 'function' ? createPeerConnection : null,
    permission,
    userAgent: navigator.userAgent,
  }
}

async function permission(kind: 'camera' | 'microphone'): Promise<Permission> {
  try {
    return (await navigator.permissions.query({ name: kind })).state
  } catch {
    return 'unknown' // some browsers do not know these names, or have no such interface
  }
}
