import { describe, expect, it } from 'vitest'
import { closeCodes, reconnectValues } from '../protocol/protocol.gen'
import { Backoff } from './backoff'
import { advice, LinkKeeper } from './link'
import type { Stop } from './link'
import { banOf } from './session'
import type { Link } from './state'
import { FakeWebSocket } from './testing/fake-websocket'
import { ManualClock } from './testing/manual-clock'
import { welcome } from './testing/scenario'

function start({ token = null as string | null } = {}) {
  const clock = new ManualClock()
  const sockets: FakeWebSocket[] = []
  const links: Link[] = []
  const stops: Stop[] = []
  const welcomes: unknown[] = []
  const requests: unknown[] = []
  const service = { status: 201, code: '', online: true, sessions: 0 }
  const kept = { token, device: null as string | null }
  const link = new LinkKeeper({
    clock,
    random: () => 0.5,
    url: 'ws://here/ws',
    openWebSocket: (url, subprotocol) => {
      const socket = new FakeWebSocket(url, subprotocol)
      sockets.push(socket)
      return socket
    },
    fetch: (_, init) => {
      requests.push(JSON.parse(init.body as string))
      if (service.status === 0) return Promise.reject(new TypeError('offline'))
      const n = ++service.sessions
      const body = service.status === 201 ? { session: `s${n}`, token: `t${n}`, device: 'd1', expires: 1 } : { code: service.code }
      return Promise.resolve(new Response(JSON.stringify(body), { status: service.status }))
    },
    online: () => service.online,
    token: { get: () => kept.token, set: (value) => void (kept.token = value) },
    device: { get: () => kept.device, set: (value) => void (kept.device = value) },
    consent: () => ({ consent: 'v1', adult: true }),
    onLink: (state) => links.push(state),
    onWelcome: (message) => welcomes.push(message),
    onMessage: () => undefined,
    onStopped: (stop) => stops.push(stop),
  })
  /** Lets the answers of fetch arrive. */
  const settle = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const socket = () => {
    const last = sockets.at(-1)
    if (last === undefined) throw new Error('no socket was opened')
    return last
  }
  const greet = () => {
    socket().accept()
    socket().say(welcome())
  }
  const open = async () => {
    link.open()
    await settle()
    greet()
    socket().take()
    links.length = 0
  }
  return { clock, sockets, links, stops, welcomes, requests, service, kept, link, settle, socket, greet, open }
}

describe('advice', () => {
  it.each(Object.entries(closeCodes))('agrees with the service on %s', (_, { code, reconnect }) => {
    expect(advice(code)).toBe(reconnect)
  })

  it.each([1006, 1011, 1012, 4099])('treats %i as a lost network', (code) => {
    expect(advice(code)).toBe('resume')
  })

  it('knows every kind', () => {
    expect(new Set(Object.values(closeCodes).map(({ code }) => advice(code)))).toEqual(new Set(reconnectValues))
  })
})

describe('Backoff', () => {
  it('is soon at first, then doubles to 15 s, jittered', () => {
    const most = new Backoff(() => 0.999_999)
    const least = new Backoff(() => 0)
    expect(Array.from({ length: 7 }, () => most.next())).toEqual([499, 999, 1_999, 3_999, 7_999, 14_999, 14_999])
    expect(Array.from({ length: 3 }, () => least.next())).toEqual([0, 500, 1_000])
  })
})

describe('opening', () => {
  it('makes a session, says hello with it, and remembers both tokens', async () => {
    const t = start()
    t.link.open()
    await t.settle()
    t.socket().accept()
    expect(t.requests).toEqual([{ consent: 'v1', adult: true }])
    expect(t.socket().take()).toEqual([{ type: 'hello', token: 't1' }])
    t.socket().say(welcome())
    expect(t.kept).toEqual({ token: 't1', device: 'd1' })
    expect(t.links.map((l) => l.state)).toEqual(['opening', 'open'])
  })

  it('uses the session of before a reload, saying that the page kept nothing', () => {
    const t = start({ token: 'old' })
    t.link.open()
    t.socket().accept()
    expect(t.socket().take()).toEqual([{ type: 'hello', token: 'old', fresh: true }])
    expect(t.requests).toEqual([])
  })

  it.each([
    [0, '', { kind: 'problem', problem: { code: 'offline' } }],
    [409, 'consent', { kind: 'problem', problem: { code: 'consent' } }],
    [403, 'banned', { kind: 'banned', ban: banOf({}) }],
  ] as const)('gives up when there is no session: %i %s', async (status, code, stop) => {
    const t = start()
    Object.assign(t.service, { status, code })
    t.link.open()
    await t.settle()
    expect(t.stops).toEqual([stop])
    expect(t.links.at(-1)).toEqual({ state: 'closed' })
  })

  it('given up meanwhile opens nothing', async () => {
    const t = start()
    t.link.open()
    t.link.close(false)
    await t.settle()
    expect(t.sockets).toEqual([])
  })
})

describe('after a loss', () => {
  it('resumes with the same token, and is not fresh', async () => {
    const t = start()
    await t.open()
    t.socket().drop(1006)
    expect(t.links).toEqual([{ state: 'reconnecting', cause: 'lost', retryAt: t.clock.now() + 250 }])
    t.clock.advance(250)
    t.socket().accept()
    expect(t.socket().take()).toEqual([{ type: 'hello', token: 't1' }])
    t.socket().say(welcome())
    expect(t.welcomes).toHaveLength(2)
  })

  it('waits longer each time, until a socket held for ten seconds', async () => {
    const t = start()
    await t.open()
    const waits: number[] = []
    const lose = () => {
      t.socket().drop(1006)
      const last = t.links.at(-1)
      const wait = last?.state === 'reconnecting' && last.retryAt !== null ? last.retryAt - t.clock.now() : -1
      waits.push(wait)
      t.clock.advance(wait)
    }
    lose()
    lose()
    t.greet()
    lose()
    t.greet()
    t.clock.advance(10_000)
    lose()
    expect(waits).toEqual([250, 750, 1_500, 250])
  })

  it.each([
    [4000, 'draining'],
    [1001, 'draining'],
    [4002, 'slow'],
    [4300, 'busy'],
  ] as const)('by %i says why: %s', async (code, cause) => {
    const t = start()
    await t.open()
    t.socket().drop(code)
    expect(t.links.at(-1)).toMatchObject({ state: 'reconnecting', cause })
  })

  it('comes back no sooner than ten seconds to a busy service', async () => {
    const t = start()
    await t.open()
    t.socket().drop(4300)
    t.clock.advance(10_000)
    expect(t.sockets).toHaveLength(1)
    t.clock.advance(250)
    expect(t.sockets).toHaveLength(2)
  })

  it('makes a new session when the old one is over', async () => {
    const t = start()
    await t.open()
    t.socket().drop(4100)
    t.clock.advance(250)
    await t.settle()
    t.socket().accept()
    expect(t.requests.at(-1)).toEqual({ consent: 'v1', adult: true, device: 'd1' })
    expect(t.socket().take()).toEqual([{ type: 'hello', token: 't2' }])
  })

  it('keeps trying for a new session while the service is away', async () => {
    const t = start()
    await t.open()
    t.service.status = 503
    t.socket().drop(4100)
    t.clock.advance(250)
    await t.settle()
    expect(t.stops).toEqual([])
    t.service.status = 201
    t.clock.advance(15_000)
    await t.settle()
    expect(t.sockets).toHaveLength(2)
  })

  it.each([
    [4102, { kind: 'problem', problem: { code: 'consent' } }],
    [4202, { kind: 'superseded' }],
    [4203, { kind: 'banned', ban: banOf({}) }],
    [4201, { kind: 'problem', problem: { code: 'refused', closeCode: 4201 } }],
  ] as const)('stops after %i', async (code, stop) => {
    const t = start()
    await t.open()
    t.socket().drop(code)
    expect(t.stops).toEqual([stop])
    t.clock.advance(600_000)
    expect(t.sockets).toHaveLength(1)
    expect(t.clock.pending()).toBe(0)
  })
})

describe('the network as the browser sees it', () => {
  it('slows attempts down while it is off, and tries at once when it is back', async () => {
    const t = start()
    await t.open()
    t.service.online = false
    t.socket().drop(1006)
    expect(t.links).toEqual([{ state: 'offline' }])
    t.clock.advance(14_000)
    expect(t.sockets).toHaveLength(1)
    t.service.online = true
    t.link.wake()
    expect(t.sockets).toHaveLength(2)
  })

  it('makes a wake-up ask whether the socket still lives', async () => {
    const t = start()
    await t.open()
    t.link.wake()
    expect(t.socket().take()).toEqual([{ type: 'ping', n: 1 }])
    t.clock.advance(4_000)
    expect(t.links.at(-1)).toMatchObject({ state: 'reconnecting' })
  })
})

describe('closing', () => {
  it('with bye ends the session and forgets its token', async () => {
    const t = start()
    await t.open()
    t.link.close(true)
    expect(t.socket().take()).toEqual([{ type: 'bye' }])
    expect(t.kept.token).toBeNull()
    expect(t.link.send({ type: 'cancel' })).toBe(false)
    expect(t.clock.pending()).toBe(0)
  })
})
