import type { Environment, PageEvents } from '../environment'
import type { ClientMessage } from '../../protocol/protocol.gen'
import { FakeDevices } from './fake-devices'
import { FakePeerConnection } from './fake-peer-connection'
import { FakeWebSocket } from './fake-websocket'
import { ManualClock } from './manual-clock'

const check = { on: true, threshold: 0.85, release: 0.6, interval_ms: 2000, start_blurred: true, model: '/model/model.json' }

/** A browser and a service in one, driven by a test. */
export class FakeEnvironment {
  readonly clock = new ManualClock()
  readonly devices = new FakeDevices()
  readonly sockets: FakeWebSocket[] = []
  readonly connections: FakePeerConnection[] = []
  readonly local = new Map<string, string>()
  readonly tab = new Map<string, string>()
  /** Answers of the HTTP interface by path. */
  readonly http = new Map<string, () => Response>([
    ['/api/session', () => Response.json({ session: 's', token: 't', device: 'd', expires: 1 }, { status: 201 })],
    ['/api/config', () => Response.json({ consent: 'v1', minimum_age: 18, modes: ['video', 'text'], version: '0.1', check })],
  ])
  page: PageEvents | null = null
  private ids = 0

  readonly environment: Environment = {
    clock: this.clock,
    random: () => 0.5,
    newID: () => `id${++this.ids}`,
    socketURL: 'ws://here/ws',
    openWebSocket: (url, subprotocol) => {
      const socket = new FakeWebSocket(url, subprotocol)
      this.sockets.push(socket)
      return socket
    },
    fetch: (path) => {
      const answer = this.http.get(path)
      return answer === undefined ? Promise.reject(new TypeError('offline')) : Promise.resolve(answer())
    },
    online: () => true,
    localStorage: () => storage(this.local),
    sessionStorage: () => storage(this.tab),
    devices: this.devices.like,
    secure: true,
    speakerChoice: false,
    audioContext: () => null,
    createPeerConnection: (configuration) => {
      const pc = new FakePeerConnection(configuration)
      this.connections.push(pc)
      return FakePeerConnection.as(pc)
    },
    watchPage: (on) => {
      this.page = on
      return () => {
        this.page = null
      }
    },
  }

  get socket(): FakeWebSocket {
    const socket = this.sockets.at(-1)
    if (socket === undefined) throw new Error('no socket was opened')
    return socket
  }

  /** What was sent on the newest socket since the last call, by type. */
  sent(): ClientMessage[] {
    return this.socket.take()
  }

  /** Lets promises that are due settle. */
  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }
}

function storage(map: Map<string, string>) {
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
  }
}
