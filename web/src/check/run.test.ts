import { describe, expect, test } from 'vitest'

import { refusal } from '../call/testing/fake-devices'
import { reportText } from './report'
import { Check } from './run'
import type { Line, LineName } from './state'
import { FakeNetwork, mapped } from './testing/fake-network'
import { verdictOf } from './verdict'
import { WITHIN } from './ways'

/** Runs a check to its end: the socket opens unless told otherwise, and who does not answer has had the time to. */
async function checked(network: FakeNetwork, { socket = true } = {}): Promise<Check> {
  const check = new Check(network.environment)
  const over = check.start()
  if (socket) network.call.socket.accept()
  else network.call.socket.drop(1006)
  for (let i = 0; i < 5; i++) await network.call.settle()
  network.call.clock.advance(WITHIN)
  await over
  expect(network.call.clock.pending()).toBe(0)
  expect(network.connections.every(({ closed }) => closed)).toBe(true)
  return check
}

const stateOf = (check: Check, name: LineName): string => {
  const line: Line = check.getState().lines[name]
  return line.state === 'fails' ? line.cause : line.state
}

describe('where everything gets through', () => {
  test('each way works, and the page knows where the internet sees it', async () => {
    const check = await checked(new FakeNetwork())
    for (const name of ['service', 'socket', 'camera', 'direct', 'udp', 'tcp', 'tls', 'mediaUdp', 'mediaTcp'] as const) expect([name, stateOf(check, name)]).toEqual([name, 'works'])
    expect(check.getState()).toMatchObject({ seen: ['198.51.100.7'], nat: 'same', version: '1.2' })
    expect(verdictOf(check.getState())).toBe('direct')
  })

  test('each relay is tried over its own way alone', async () => {
    const network = new FakeNetwork()
    await checked(network)
    const relays = network.connections.map(({ configuration }) => configuration).filter(({ iceTransportPolicy }) => iceTransportPolicy === 'relay')
    expect(relays.map(({ iceServers }) => iceServers)).toEqual(
      ['turn:a?transport=udp', 'turn:a?transport=tcp', 'turns:a?transport=tcp'].map((url) => [{ urls: [url], username: 'u', credential: 'c' }]),
    )
  })

  test('the report has every line and no address', async () => {
    const text = reportText((await checked(new FakeNetwork())).getState(), 'A browser', Date.UTC(2026, 10, 25, 12))
    expect(text).toContain('Omezle check, 2026-11-25 12:00 UTC\nservice: 1.2\nbrowser: A browser\nresult: direct\nnat: same, families: IPv4\n')
    expect(text).toContain('microphone: not asked yet')
    expect(text).not.toMatch(/198\.51|203\.0/)
  })
})

describe('where something is in the way', () => {
  test('UDP is blocked: the rest carries the call', async () => {
    const network = new FakeNetwork()
    for (const url of ['stun:a', 'stun:b', 'turn:a?transport=udp']) network.servers.delete(url)
    network.media = ['tcp']
    const check = await checked(network)
    expect(['direct', 'udp', 'mediaUdp'].map((name) => stateOf(check, name as LineName))).toEqual(['unreachable', 'unreachable', 'unreachable'])
    expect(verdictOf(check.getState())).toBe('relay')
  })

  test('a network that changes is told apart from one that is shut', async () => {
    const network = new FakeNetwork()
    network.servers.set('stun:b', mapped(1001))
    const check = await checked(network)
    expect(stateOf(check, 'direct')).toBe('changing')
    expect(check.getState().seen).toEqual(['198.51.100.7'])
  })

  test('no NAT: the answer holds nothing new, and the way is open', async () => {
    const network = new FakeNetwork()
    network.servers.set('stun:a', '')
    const check = await checked(network)
    expect(stateOf(check, 'direct')).toBe('works')
    expect(check.getState()).toMatchObject({ seen: ['198.51.100.7'], nat: 'same' })
  })

  test('no NAT and no answer: what the browser leaves out is not taken for one', async () => {
    const network = new FakeNetwork()
    network.servers.set('stun:a', '')
    network.servers.set('turn:a?transport=udp', '')
    const check = await checked(network)
    expect(stateOf(check, 'direct')).toBe('unreachable')
  })

  test('a relay that refuses is not a network that blocks', async () => {
    const network = new FakeNetwork()
    network.servers.set('turn:a?transport=tcp', 401)
    network.servers.set('turns:a?transport=tcp', 701)
    const check = await checked(network)
    expect([stateOf(check, 'tcp'), stateOf(check, 'tls')]).toEqual(['refused', 'unreachable'])
  })

  test('no websocket, no service', async () => {
    expect(verdictOf((await checked(new FakeNetwork(), { socket: false })).getState())).toBe('down')
    const network = new FakeNetwork()
    network.call.http.delete('/api/preflight')
    const check = await checked(network)
    expect([stateOf(check, 'service'), stateOf(check, 'udp'), verdictOf(check.getState())]).toEqual(['unreachable', 'absent', 'down'])
  })

  test('too many checks: nothing is said about the ways', async () => {
    const network = new FakeNetwork()
    network.call.http.set('/api/preflight', () => new Response('{}', { status: 429 }))
    const check = await checked(network)
    expect([stateOf(check, 'service'), stateOf(check, 'udp'), verdictOf(check.getState())]).toEqual(['works', 'limited', 'untold'])
  })
})

describe('what is not there', () => {
  test('a service without relay and media server', async () => {
    const network = new FakeNetwork()
    network.offered = { ...network.offered, ice_servers: [], media_server: false }
    const check = await checked(network)
    for (const name of ['direct', 'udp', 'tcp', 'tls', 'mediaUdp', 'mediaTcp'] as const) expect(stateOf(check, name)).toBe('absent')
    expect(verdictOf(check.getState())).toBe('untold')
  })

  test('a media server without TCP, and one that is gone since', async () => {
    const network = new FakeNetwork()
    network.answer = 'v=0\r\na=candidate:1 1 udp 9 203.0.113.9 7000 typ host\r\n'
    expect(stateOf(await checked(network), 'mediaTcp')).toBe('absent')
    network.call.http.set('/api/preflight/offer', () => new Response('{}', { status: 404 }))
    expect(stateOf(await checked(network), 'mediaUdp')).toBe('absent')
    network.call.http.set('/api/preflight/offer', () => new Response('{}', { status: 502 }))
    expect(stateOf(await checked(network), 'mediaUdp')).toBe('refused')
  })

  test('a browser without calls', async () => {
    const network = new FakeNetwork()
    const check = new Check({ ...network.environment, createPeerConnection: null })
    const over = check.start()
    network.call.socket.accept()
    await over
    expect([stateOf(check, 'udp'), verdictOf(check.getState())]).toEqual(['browser', 'text'])
  })
})

describe('camera and microphone', () => {
  test('nothing is asked before a click, and the light goes out after it', async () => {
    const network = new FakeNetwork()
    const check = await checked(network)
    expect(network.call.devices.asked).toEqual([])
    expect(stateOf(check, 'microphone')).toBe('unasked')
    await check.ask('microphone')
    expect(network.call.devices.asked).toEqual([{ audio: true }])
    expect(stateOf(check, 'microphone')).toBe('works')
    expect(network.call.devices.live()).toEqual([])
  })

  test('refused, missing, and on an insecure page', async () => {
    const network = new FakeNetwork()
    network.permissions.camera = 'denied'
    network.call.devices.present = network.call.devices.present.filter(({ kind }) => kind !== 'audioinput')
    const check = await checked(network)
    expect([stateOf(check, 'camera'), stateOf(check, 'microphone')]).toEqual(['denied', 'no_device'])
    network.call.devices.answer = () => refusal('NotReadableError')
    await check.ask('camera')
    expect(stateOf(check, 'camera')).toBe('in_use')

    const insecure = new Check({ ...network.environment, devices: undefined, secure: false })
    await insecure.ask('camera')
    expect(stateOf(insecure, 'camera')).toBe('insecure')
  })
})

test('what an earlier run still finds is not listened to', async () => {
  const network = new FakeNetwork()
  const check = new Check(network.environment)
  const first = check.start()
  const [old] = network.call.sockets
  const second = check.start()
  old?.drop(1006)
  network.call.socket.accept()
  await first
  await second
  expect(stateOf(check, 'socket')).toBe('works')
})
