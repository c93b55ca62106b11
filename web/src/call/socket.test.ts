import { describe, expect, it } from 'vitest'
import { limits } from '../protocol/protocol.gen'
import type { ServerMessage, Welcome } from '../protocol/protocol.gen'
import { ABNORMAL, PONG_WITHIN, Socket } from './socket'
import { FakeWebSocket } from './testing/fake-websocket'
import { ManualClock } from './testing/manual-clock'

const welcome: Welcome = { type: 'welcome', session: 's', resumed: false, state: 'idle', online: 1, waiting: 0, server: 't' }

function start(fresh = false) {
  const clock = new ManualClock()
  const heard: ServerMessage[] = []
  const closed: number[] = []
  let wire: FakeWebSocket | null = null
  const socket = new Socket({
    open: (url, subprotocol) => (wire = new FakeWebSocket(url, subprotocol)),
    url: 'ws://here/ws',
    token: 't',
    fresh,
    clock,
    onWelcome: (m) => heard.push(m),
    onMessage: (m) => heard.push(m),
    onClosed: (code) => closed.push(code),
  })
  if (wire === null) throw new Error('no websocket was opened')
  return { clock, heard, closed, socket, wire: wire as FakeWebSocket }
}

function welcomed() {
  const all = start()
  all.wire.accept()
  all.wire.say(welcome)
  all.wire.take()
  all.heard.splice(0)
  return all
}

describe('opening', () => {
  it('asks for the subprotocol and says hello first', () => {
    const { wire } = start()
    expect(wire.subprotocol).toBe('omezle.v1')
    wire.accept()
    expect(wire.take()).toEqual([{ type: 'hello', token: 't' }])
  })

  it('says when the page kept nothing', () => {
    const { wire } = start(true)
    wire.accept()
    expect(wire.take()).toEqual([{ type: 'hello', token: 't', fresh: true }])
  })

  it('sends nothing before welcome', () => {
    const { wire, socket } = start()
    wire.accept()
    wire.take()
    expect(socket.send({ type: 'cancel' })).toBe(false)
    wire.say(welcome)
    expect(socket.send({ type: 'cancel' })).toBe(true)
    expect(wire.take()).toEqual([{ type: 'cancel' }])
  })

  it('gives up when no welcome comes', () => {
    const { wire, clock, closed } = start()
    wire.accept()
    clock.advance(limits.helloTimeout)
    expect(closed).toEqual([ABNORMAL])
    expect(wire.closed).toBe(true)
  })
})

describe('liveness', () => {
  it('pings after silence and lives when anything comes', () => {
    const { wire, clock, closed } = welcomed()
    clock.advance(limits.pingAfter)
    expect(wire.take()).toEqual([{ type: 'ping', n: 1 }])
    clock.advance(PONG_WITHIN - 1)
    wire.say({ type: 'pong', n: 1 })
    clock.advance(limits.pingAfter)
    expect(wire.take()).toEqual([{ type: 'ping', n: 2 }])
    expect(closed).toEqual([])
  })

  it('ends when nothing answers a ping', () => {
    const { clock, closed } = welcomed()
    clock.advance(limits.pingAfter + PONG_WITHIN)
    expect(closed).toEqual([ABNORMAL])
    expect(clock.pending()).toBe(0)
  })

  it('pings at once when there is doubt, and only once', () => {
    const { socket, wire } = welcomed()
    socket.probe()
    socket.probe()
    expect(wire.take()).toEqual([{ type: 'ping', n: 1 }])
  })
})

describe('closing', () => {
  it('tells the code once', () => {
    const { wire, closed } = welcomed()
    wire.drop(4000)
    wire.drop(4000)
    expect(closed).toEqual([4000])
  })

  it('sends nothing afterwards', () => {
    const { wire, socket } = welcomed()
    wire.drop(1006)
    expect(socket.send({ type: 'cancel' })).toBe(false)
    expect(wire.take()).toEqual([])
  })

  it('is silent when we close, after bye if asked for', () => {
    const { wire, socket, closed, clock } = welcomed()
    socket.close(true)
    expect(wire.take()).toEqual([{ type: 'bye' }])
    expect(wire.closed).toBe(true)
    expect(closed).toEqual([])
    expect(clock.pending()).toBe(0)
  })
})

describe('frames that cannot be read', () => {
  it('are dropped and counted', () => {
    const { wire, socket, heard } = welcomed()
    wire.sayRaw('{"type":"quantum"}')
    wire.sayRaw('nonsense')
    wire.sayRaw(new ArrayBuffer(3))
    wire.say({ type: 'stats', online: 2, waiting: 1 })
    expect(heard).toEqual([{ type: 'stats', online: 2, waiting: 1 }])
    expect(socket.dropped).toEqual({ unknown: 1, malformed: 2 })
  })
})
