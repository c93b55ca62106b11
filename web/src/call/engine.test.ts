import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Mode } from '../protocol/protocol.gen'
import { Engine } from './engine'
import { keys } from './storage'
import { STREAM_CAPACITY } from './stream'
import { FakeEnvironment } from './testing/fake-environment'
import { FakeMediaStream } from './testing/fake-peer-connection'
import { matched, welcome } from './testing/scenario'

beforeEach(() => {
  vi.stubGlobal('MediaStream', FakeMediaStream)
})

function page() {
  const fake = new FakeEnvironment()
  const engine = new Engine(fake.environment)
  return { fake, engine, actions: engine.actions, state: () => engine.getState() }
}

/** A page whose search is under way. */
async function looking(mode: Mode = 'text') {
  const p = page()
  p.actions.start({ mode, consent: 'v1', adult: true })
  await p.fake.settle()
  p.fake.socket.accept()
  p.fake.socket.say(welcome({ resumed: false }))
  p.fake.sent()
  return p
}

async function talking() {
  const p = await looking()
  p.fake.socket.say(matched())
  return p
}

async function connecting(polite = false) {
  const p = await looking('video')
  p.fake.socket.say(matched({ mode: 'video', polite }))
  await p.fake.settle()
  return p
}

describe('a text conversation', () => {
  it('goes from start to a delivered line', async () => {
    const { fake, actions, state } = await talking()
    expect(state().phase).toBe('talking')
    expect(fake.connections).toEqual([])
    expect(actions.sendText('  hi ')).toBe('ok')
    expect(fake.sent()).toEqual([{ type: 'chat', pair: 'pair1', seq: 1, id: 'id1', text: 'hi' }])
    expect(state().chat.lines).toMatchObject([{ text: 'hi', status: 'sent' }])
    fake.socket.say({ type: 'ack', pair: 'pair1', ack: 1 })
    expect(state().chat.lines).toMatchObject([{ status: 'delivered' }])
  })

  it('shows what the partner writes once, and acknowledges it', async () => {
    const { fake, state } = await talking()
    const line = { type: 'chat', pair: 'pair1', seq: 1, id: 'x', text: 'hello' } as const
    fake.socket.say(line)
    fake.socket.say(line)
    fake.clock.advance(1_000)
    expect(state().chat.lines.map((l) => l.text)).toEqual(['hello'])
    expect(fake.sent()).toEqual([{ type: 'ack', pair: 'pair1', ack: 1 }])
  })

  it('survives a cut: lines written meanwhile arrive, none twice', async () => {
    const { fake, actions, state } = await talking()
    actions.sendText('before')
    fake.socket.drop(1006)
    actions.sendText('during')
    expect(state().link.state).toBe('reconnecting')
    expect(state().chat.lines.map((l) => l.status)).toEqual(['sent', 'sending'])
    fake.clock.advance(500)
    fake.socket.accept()
    fake.socket.say(welcome({ state: 'paired', pair: matched() }))
    expect(fake.sent().slice(1)).toMatchObject([
      { seq: 1, text: 'before' },
      { seq: 2, text: 'during' },
    ])
    expect(state().phase).toBe('talking')
  })

  it('waits when the service asks to slow down, then sends again', async () => {
    const { fake, actions, state } = await talking()
    actions.sendText('a')
    fake.sent()
    fake.socket.say({ type: 'error', code: 'rate_limited', message: 'slow down', seq: 1, retry_ms: 2_000 })
    expect(state().chat.heldUntil).toBe(fake.clock.now() + 2_000)
    fake.clock.advance(2_000)
    expect(fake.sent()).toMatchObject([{ seq: 1, text: 'a' }])
    expect(state().chat.heldUntil).toBeNull()
  })

  it('refuses what cannot be sent', async () => {
    const { fake, actions } = await talking()
    expect(actions.sendText(' ')).toBe('empty')
    expect(actions.sendText('x'.repeat(2_001))).toBe('too_long')
    fake.socket.drop(1006)
    let sent = 0
    while (actions.sendText('x') === 'ok') sent++
    expect(actions.sendText('x')).toBe('full')
    expect(sent).toBe(STREAM_CAPACITY - 1)
    actions.stop()
    expect(actions.sendText('x')).toBe('not_paired')
  })

  it('ignores messages of another pair', async () => {
    const { fake, state } = await talking()
    fake.socket.say({ type: 'chat', pair: 'pair0', seq: 1, id: 'x', text: 'late' })
    expect(state().chat.lines).toEqual([])
  })
})

describe('a video conversation', () => {
  it('offers, tells its media, and talks when connected', async () => {
    const { fake, state } = await connecting()
    expect(state().phase).toBe('connecting')
    expect(fake.sent().map((m) => m.type)).toEqual(['media', 'description'])
    fake.connections[0]?.become('connected')
    expect(state()).toMatchObject({ phase: 'talking', transport: 'connected' })
  })

  it('is ready on a media server that passes no picture on, by its sound', async () => {
    const { fake } = await connecting()
    fake.connections[0]?.become('connected')
    fake.socket.say({ type: 'media', pair: 'pair1', seq: 1, camera: true, microphone: true })
    fake.socket.say({ type: 'moderation', pair: 'pair1', target: 'partner', actions: ['blur', 'stop'], reason: 'nudity' })
    fake.socket.say({ type: 'route', pair: 'pair1', epoch: 2, phase: 'prepare', route: 'sfu', forced: true, cause: 'hit' })
    await fake.settle()
    fake.socket.say({ type: 'sfu_answer', pair: 'pair1', epoch: 2, attempt: 1, sdp: 'v=0\r\n' })
    await fake.settle()
    fake.connections[1]?.become('connected')
    for (let packets = 5; packets <= 50; packets += 5) {
      fake.connections[1]?.stats.set('A', { type: 'inbound-rtp', id: 'A', kind: 'audio', packetsReceived: packets })
      fake.connections[1]?.stats.set('P', { type: 'candidate-pair', id: 'P', selected: true })
      fake.clock.advance(100)
      await fake.settle()
    }
    expect(fake.sent()).toContainEqual(expect.objectContaining({ type: 'ready', epoch: 2 }))
  })

  it('answers when polite, and shows what comes', async () => {
    const { fake, engine } = await connecting(true)
    const container = document.createElement('div')
    engine.attachRemote(container)
    expect(fake.sent().map((m) => m.type)).toEqual(['media'])
    fake.socket.say({ type: 'description', pair: 'pair1', seq: 1, description: { type: 'offer', sdp: 'v=0\r\n' } })
    await fake.settle()
    expect(fake.sent()).toMatchObject([{ type: 'description', ack: 1, description: { type: 'answer' } }])
    const [video] = container.querySelectorAll('video')
    expect(video?.dataset['testid']).toBe('remote-video')
    expect(video?.srcObject).toSatisfy((stream: FakeMediaStream) => stream.getTracks().length === 2)
  })

  it('sends nothing while a next can be undone, and everything again after the undo', async () => {
    const { fake, actions } = await connecting()
    const sending = () => fake.connections[0]?.getTransceivers().map((t) => t.sender.track?.deviceId ?? null)
    expect(sending()).toEqual(['mic1', null])
    actions.next()
    await fake.settle()
    expect(sending()).toEqual([null, null])
    actions.undoNext()
    await fake.settle()
    expect(sending()).toEqual(['mic1', null])
  })

  it('leaves the old connection behind: nothing late of it touches the new one', async () => {
    const { fake, engine, actions, state } = await connecting()
    const container = document.createElement('div')
    engine.attachRemote(container)
    const old = fake.connections[0]
    actions.next()
    actions.next()
    expect(old?.signalingState).toBe('closed')
    expect(container.childElementCount).toBe(0)
    fake.socket.say(matched({ pair: 'pair2', mode: 'video', polite: true }))
    await fake.settle()
    fake.sent()
    fake.socket.say({ type: 'description', pair: 'pair1', seq: 1, description: { type: 'offer', sdp: 'v=0\r\n' } })
    old?.become('connected')
    await fake.settle()
    expect(fake.connections[1]?.remoteDescription).toBeNull()
    expect(state().phase).toBe('connecting')
    expect(fake.sent()).toEqual([])
  })

  it('switches the camera on without negotiating, and says so', async () => {
    const { fake, actions, engine } = await connecting()
    fake.sent()
    actions.setCamera(true)
    await fake.settle()
    expect(fake.connections[0]?.getTransceivers()[1]?.sender.track?.deviceId).toBe('cam1')
    expect(fake.sent()).toMatchObject([{ type: 'media', camera: true, microphone: true }])
    expect(engine.getStreams().local).not.toBeNull()
  })

  it('without WebRTC leaves the text', async () => {
    const { fake, state, actions } = await looking('video')
    Object.assign(fake.environment, {
      createPeerConnection: () => {
        throw new ReferenceError('RTCPeerConnection is not defined')
      },
    })
    fake.socket.say(matched({ mode: 'video' }))
    expect(state()).toMatchObject({ phase: 'talking', transport: 'failed' })
    expect(actions.sendText('hi')).toBe('ok')
  })
})

describe('the page', () => {
  it('is told of changes, and of nothing else', async () => {
    const { fake, engine, actions } = await talking()
    const seen: unknown[] = []
    const stop = engine.subscribe(() => seen.push(engine.getState()))
    actions.undoNext()
    fake.socket.say({ type: 'done', id: 'nobody’s' })
    expect(seen).toEqual([])
    actions.sendText('hi')
    expect(seen).toHaveLength(1)
    stop()
    actions.sendText('ho')
    expect(seen).toHaveLength(1)
  })

  it('learns what the first page needs, and may ask again', async () => {
    const { fake, actions, state } = page()
    const config = fake.http.get('/api/config')
    fake.http.delete('/api/config')
    actions.loadService()
    expect(state().service.status).toBe('loading')
    await fake.settle()
    expect(state().service.status).toBe('failed')
    if (config !== undefined) fake.http.set('/api/config', config)
    actions.loadService()
    await fake.settle()
    expect(state().service).toMatchObject({ status: 'ready', consent: 'v1', minimumAge: 18 })
  })

  it('keeps device token, session token and preferences', async () => {
    const { fake, actions } = await looking()
    actions.setPreferences({ autoNext: true })
    expect(fake.local.get(keys.device)).toBe('d')
    expect(fake.tab.get(keys.token)).toBe('t')
    expect(new Engine(fake.environment).getState().preferences).toMatchObject({ autoNext: true, consent: 'v1', adult: true })
  })

  it('that goes away says bye', async () => {
    const { fake } = await talking()
    fake.page?.leave()
    expect(fake.sent()).toEqual([{ type: 'bye' }])
    expect(fake.tab.has(keys.token)).toBe(false)
  })

  it('closed gives back everything', async () => {
    const { fake, engine } = await connecting()
    engine.close()
    expect(fake.devices.live()).toEqual([])
    expect(fake.connections[0]?.signalingState).toBe('closed')
    expect(fake.page).toBeNull()
    expect(fake.clock.pending()).toBe(0)
  })
})
