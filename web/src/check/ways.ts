/** One try of each thing. Each ends in a line, whatever happens. */
import { failureOf } from '../call/capture'
import type { ICEServer, Preflight, PreflightSDP } from '../protocol/protocol.gen'
import { proxyStateValues, SUBPROTOCOL } from '../protocol/protocol.gen'
import { boolean, list, object, oneOf, optional, string } from '../protocol/shape'
import type { CheckEnvironment } from './environment'
import { gather } from './gather'
import { keepProtocol, natOf, seenAddresses, withoutCandidates } from './nat'
import type { Line, Nat, RelayName } from './state'

/** How long a try may take: longer than a browser needs to give a TURN server up. */
export const WITHIN = 10_000

const fails = (cause: Extract<Line, { state: 'fails' }>['cause']): Line => ({ state: 'fails', cause })
export const absent: Line = { state: 'absent' }

const server = object<ICEServer>({ urls: list(string), username: optional(string), credential: optional(string) })
const preflightBody = object<Preflight>({ ice_servers: list(server), media_server: boolean, address: string, proxy: oneOf(proxyStateValues), version: string })
const sdpBody = object<PreflightSDP>({ sdp: string })

export type Asked = { readonly service: Line; readonly offered: Preflight | null; readonly limited: boolean }

/** Whether the service answers, and what it offers. */
export async function askService(env: CheckEnvironment): Promise<Asked> {
  const begun = env.clock.now()
  try {
    const response = await env.fetch('/api/preflight', { method: 'GET', signal: AbortSignal.timeout(WITHIN) })
    const works: Line = { state: 'works', ms: env.clock.now() - begun }
    if (response.status === 429) return { service: works, offered: null, limited: true }
    if (response.status === 404) return { service: works, offered: null, limited: false } // an older service
    if (!response.ok) return { service: fails('refused'), offered: null, limited: false }
    return { service: works, offered: preflightBody(await response.json()), limited: false }
  } catch {
    return { service: fails('unreachable'), offered: null, limited: false }
  }
}

/** Whether the live connection of matching and chat opens. */
export function trySocket(env: CheckEnvironment): Promise<Line> {
  const begun = env.clock.now()
  return new Promise((resolve) => {
    const socket = env.openWebSocket(env.socketURL, SUBPROTOCOL)
    const end = (line: Line) => {
      cancel()
      socket.close()
      resolve(line)
    }
    const cancel = env.clock.after(WITHIN, () => end(fails('unreachable')))
    socket.addEventListener('open', () => end({ state: 'works', ms: env.clock.now() - begun }), { once: true })
    socket.addEventListener('close', () => end(fails('unreachable')), { once: true })
  })
}

/** What was decided about a device before; nobody is asked. */
export async function lookAtDevice(env: CheckEnvironment, kind: 'camera' | 'microphone'): Promise<Line> {
  if (env.devices === undefined) return fails(env.secure ? 'unsupported' : 'insecure')
  const [permission, devices] = await Promise.all([env.permission(kind), env.devices.enumerateDevices().catch(() => null)])
  const wanted = kind === 'camera' ? 'videoinput' : 'audioinput'
  if (devices !== null && !devices.some((device) => device.kind === wanted)) return fails('no_device')
  if (permission === 'denied') return fails('denied')
  return permission === 'granted' ? { state: 'works', ms: null } : { state: 'unasked' }
}

/** Switches a device on for a moment; the browser may ask the person. */
export async function tryDevice(env: CheckEnvironment, kind: 'camera' | 'microphone'): Promise<Line> {
  if (env.devices === undefined) return fails(env.secure ? 'unsupported' : 'insecure')
  try {
    const stream = await env.devices.getUserMedia(kind === 'camera' ? { video: true } : { audio: true })
    for (const track of stream.getTracks()) track.stop()
    return { state: 'works', ms: null }
  } catch (err) {
    return fails(failureOf(err, env.secure))
  }
}

/** How the browser reaches a TURN server (RFC 7065); null for STUN. */
export function relayOf(url: string): RelayName | null {
  if (url.startsWith('turns:')) return 'tls'
  if (!url.startsWith('turn:')) return null
  return url.includes('transport=tcp') ? 'tcp' : 'udp'
}

/** The servers of one kind of relay, each with the URLs of that kind only. */
export function relaysOf(servers: readonly ICEServer[], name: RelayName): RTCIceServer[] {
  return servers.flatMap(({ urls, ...login }) => {
    const same = urls.filter((url) => relayOf(url) === name)
    return same.length > 0 ? [{ ...login, urls: same }] : []
  })
}

/** Whether a relay can be had over this way and no other. */
export async function tryRelay(env: CheckEnvironment, servers: readonly ICEServer[], name: RelayName): Promise<Line> {
  const iceServers = relaysOf(servers, name)
  if (iceServers.length === 0) return absent
  if (env.createPeerConnection === null) return fails('browser')
  const begun = env.clock.now()
  try {
    const connection = env.createPeerConnection({ iceServers, iceTransportPolicy: 'relay' })
    const { candidates, errors } = await gather({ clock: env.clock, connection, within: WITHIN, enough: ({ kind }) => kind === 'relay' })
    if (candidates.some(({ kind }) => kind === 'relay')) return { state: 'works', ms: env.clock.now() - begun }
    return fails(errors.some((code) => code >= 400 && code < 700) ? 'refused' : 'unreachable')
  } catch {
    return fails('browser')
  }
}

export interface Direct {
  readonly line: Line
  readonly seen: readonly string[]
  readonly nat: Nat
}

/**
 * Where the internet sees this browser, and whether that is the same place for everybody. relay is the try over UDP,
 * address where the service sees it.
 */
export async function tryDirect(env: CheckEnvironment, servers: readonly ICEServer[], address: string, relay: Promise<Line>): Promise<Direct> {
  const urls = [...new Set(servers.flatMap((one) => one.urls.filter((url) => url.startsWith('stun:'))))]
  const nothing = { seen: [], nat: 'unknown' } as const
  if (urls.length === 0) return { line: absent, ...nothing }
  if (env.createPeerConnection === null) return { line: fails('browser'), ...nothing }
  const begun = env.clock.now()
  try {
    const connection = env.createPeerConnection({ iceServers: urls.map((url) => ({ urls: url })) })
    const { candidates, errors, complete } = await gather({ clock: env.clock, connection, within: WITHIN, enough: () => false })
    const seen = seenAddresses(candidates)
    const nat = natOf(candidates, urls.length, complete && errors.length === 0)
    const works: Line = { state: 'works', ms: env.clock.now() - begun }
    if (nat === 'changing') return { line: fails('changing'), seen, nat }
    if (seen.length > 0) return { line: works, seen, nat }
    // Without a NAT the browser leaves the answer out, since it holds nothing new (RFC 8445, 5.1.3). Not every browser
    // tells that there was none, so the relay at the same place has to agree.
    const open = complete && errors.length === 0 && candidates.length > 0
    return open && (await relay).state !== 'fails' ? { line: works, seen: [address], nat: 'same' } : { line: fails('unreachable'), ...nothing }
  } catch {
    return { line: fails('browser'), ...nothing }
  }
}

/** Whether the media server is reached over UDP, or over TCP. */
export async function tryMedia(env: CheckEnvironment, protocol: 'udp' | 'tcp'): Promise<Line> {
  if (env.createPeerConnection === null) return fails('browser')
  const begun = env.clock.now()
  const connection = env.createPeerConnection({})
  try {
    for (const kind of ['audio', 'video']) connection.addTransceiver(kind, { direction: 'recvonly' })
    await connection.setLocalDescription()
    const response = await env.fetch('/api/preflight/offer', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ sdp: withoutCandidates(connection.localDescription?.sdp ?? '') } satisfies PreflightSDP),
      signal: AbortSignal.timeout(WITHIN),
    })
    if (response.status === 404) return absent
    if (!response.ok) return fails(response.status === 429 ? 'limited' : 'refused')
    const { sdp, count } = keepProtocol(sdpBody(await response.json()).sdp, protocol)
    if (count === 0) return absent
    const connected = new Promise<boolean>((resolve) => {
      const cancel = env.clock.after(WITHIN, () => resolve(false))
      connection.onconnectionstatechange = () => {
        const { connectionState } = connection
        if (connectionState !== 'connected' && connectionState !== 'failed' && connectionState !== 'closed') return
        cancel()
        resolve(connectionState === 'connected')
      }
    })
    await connection.setRemoteDescription({ type: 'answer', sdp })
    return (await connected) ? { state: 'works', ms: env.clock.now() - begun } : fails('unreachable')
  } catch {
    return fails('unreachable')
  } finally {
    connection.close()
  }
}
