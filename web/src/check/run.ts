import type { CheckEnvironment } from './environment'
import { type CheckEvent, type CheckState, initialState, type Line, type LineName, reduce, relayNames } from './state'
import { absent, askService, lookAtDevice, tryDevice, tryDirect, tryMedia, tryRelay, trySocket } from './ways'

/** A check that can be begun again and again. Its page draws getState(). */
export class Check {
  private readonly env: CheckEnvironment
  private readonly listeners = new Set<() => void>()
  private state: CheckState = initialState
  /** Answers of an earlier run are not listened to. */
  private run = 0

  constructor(env: CheckEnvironment) {
    this.env = env
  }

  readonly getState = (): CheckState => this.state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Tries everything that needs no question. Ends when all is known. */
  async start(): Promise<void> {
    const run = ++this.run
    const { env } = this
    this.dispatch(run, { type: 'began' })
    const devices = (['camera', 'microphone'] as const).map((kind) => this.settle(run, kind, lookAtDevice(env, kind)))
    const socket = this.settle(run, 'socket', trySocket(env))
    await Promise.all([...devices, socket, this.tryWays(run)])
  }

  /** Switches a device on for a moment, after a click. */
  async ask(kind: 'camera' | 'microphone'): Promise<void> {
    const { run } = this
    this.dispatch(run, { type: 'line', name: kind, line: { state: 'waiting' } })
    await this.settle(run, kind, tryDevice(this.env, kind))
  }

  private async tryWays(run: number): Promise<void> {
    const { env } = this
    const { service, offered, limited } = await askService(env)
    this.dispatch(run, { type: 'line', name: 'service', line: service })
    if (offered === null) {
      const line: Line = limited ? { state: 'fails', cause: 'limited' } : absent
      for (const name of ['direct', ...relayNames, 'mediaUdp', 'mediaTcp'] as const) this.dispatch(run, { type: 'line', name, line })
      return
    }
    this.dispatch(run, { type: 'version', version: offered.version })
    const relays = new Map(relayNames.map((name) => [name, tryRelay(env, offered.ice_servers, name)]))
    const direct = tryDirect(env, offered.ice_servers, offered.address, relays.get('udp') ?? Promise.resolve(absent)).then(({ line, seen, nat }) => {
      this.dispatch(run, { type: 'network', seen, nat })
      return line
    })
    const media = (protocol: 'udp' | 'tcp') => (offered.media_server ? tryMedia(env, protocol) : Promise.resolve(absent))
    await Promise.all([
      this.settle(run, 'direct', direct),
      ...[...relays].map(([name, line]) => this.settle(run, name, line)),
      this.settle(run, 'mediaUdp', media('udp')),
      this.settle(run, 'mediaTcp', media('tcp')),
    ])
  }

  private async settle(run: number, name: LineName, line: Promise<Line>): Promise<void> {
    this.dispatch(run, { type: 'line', name, line: await line })
  }

  private dispatch(run: number, event: CheckEvent): void {
    if (run !== this.run) return
    this.state = reduce(this.state, event)
    for (const listener of this.listeners) listener()
  }
}
