import type { Preflight } from '../../protocol/protocol.gen'
import { FakeEnvironment } from '../../call/testing/fake-environment'
import type { CheckEnvironment, Permission } from '../environment'

/** What a server does with who asks it: a candidate, an error code, or nothing at all. */
type Answer = string | number | null

export const relayCandidate = 'candidate:9 1 udp 1 203.0.113.9 50000 typ relay raddr 0.0.0.0 rport 0'
export const hostCandidate = 'candidate:1 1 udp 2 c0ffee.local 40000 typ host'
export const mapped = (port: number, foundation = '5') => `candidate:${foundation} 1 udp 2 198.51.100.7 ${port} typ srflx raddr 0.0.0.0 rport 0`

/** RTCPeerConnection as far as looking for ways goes, in a network that a test makes. */
class FakeGatherer {
  onicecandidate: ((event: { candidate: { candidate: string } | null }) => void) | null = null
  onicecandidateerror: ((event: { errorCode: number }) => void) | null = null
  onconnectionstatechange: (() => void) | null = null
  connectionState: RTCPeerConnectionState = 'new'
  localDescription: { type: string; sdp: string } | null = null
  closed = false
  readonly configuration: RTCConfiguration
  private readonly network: FakeNetwork

  constructor(network: FakeNetwork, configuration: RTCConfiguration) {
    this.network = network
    this.configuration = configuration
  }

  createDataChannel(): void {
    // Something to gather for.
  }

  addTransceiver(): void {
    // As above.
  }

  async setLocalDescription(): Promise<void> {
    this.localDescription = { type: 'offer', sdp: 'v=0\r\n' }
    await Promise.resolve()
    const urls = (this.configuration.iceServers ?? []).flatMap((server) => server.urls)
    if (this.configuration.iceTransportPolicy !== 'relay') this.tell(hostCandidate)
    let silent = false
    for (const url of urls) {
      const answer = this.network.servers.get(url) ?? null
      if (typeof answer === 'string') for (const line of answer.split('\n')) this.tell(line)
      else if (answer !== null) this.onicecandidateerror?.({ errorCode: answer })
      silent ||= answer === null
    }
    if (!silent) this.onicecandidate?.({ candidate: null })
  }

  async setRemoteDescription({ sdp }: { sdp: string }): Promise<void> {
    await Promise.resolve()
    const open = this.network.media.find((protocol) => sdp.includes(` ${protocol} `))
    if (open === undefined) return
    this.connectionState = 'connected'
    this.onconnectionstatechange?.()
  }

  close(): void {
    this.closed = true
  }

  private tell(candidate: string): void {
    if (candidate !== '') this.onicecandidate?.({ candidate: { candidate } })
  }
}

/** A browser, its person, and what lies between it and the service. */
export class FakeNetwork {
  readonly call = new FakeEnvironment()
  readonly connections: FakeGatherer[] = []
  /** By URL; who is not in it does not answer. */
  readonly servers = new Map<string, Answer>([
    ['stun:a', mapped(1000)],
    ['stun:b', ''],
    ['turn:a?transport=udp', relayCandidate],
    ['turn:a?transport=tcp', relayCandidate],
    ['turns:a?transport=tcp', relayCandidate],
  ])
  /** What gets through to the media server. */
  media: ('udp' | 'tcp')[] = ['udp', 'tcp']
  answer = 'v=0\r\na=candidate:1 1 udp 9 203.0.113.9 7000 typ host\r\na=candidate:2 1 tcp 8 203.0.113.9 443 typ host tcptype passive\r\n'
  offered: Preflight = {
    ice_servers: [{ urls: ['stun:a', 'turn:a?transport=udp', 'turn:a?transport=tcp', 'turns:a?transport=tcp'], username: 'u', credential: 'c' }, { urls: ['stun:b'] }],
    media_server: true,
    address: '198.51.100.7',
    proxy: 'none',
    version: '1.2',
  }
  readonly permissions: Record<'camera' | 'microphone', Permission> = { camera: 'granted', microphone: 'prompt' }

  constructor() {
    this.call.http.set('/api/preflight', () => Response.json(this.offered))
    this.call.http.set('/api/preflight/offer', () => Response.json({ sdp: this.answer }))
  }

  readonly environment: CheckEnvironment = {
    ...this.call.environment,
    createPeerConnection: (configuration) => {
      const connection = new FakeGatherer(this, configuration)
      this.connections.push(connection)
      return connection as unknown as RTCPeerConnection
    },
    permission: (kind) => Promise.resolve(this.permissions[kind]),
    userAgent: 'A browser',
  }
}
