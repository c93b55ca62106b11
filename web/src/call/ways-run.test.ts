import { beforeEach, describe, expect, it, vi } from 'vitest'
import { limits } from '../protocol/protocol.gen'
import type { ClientMessage, Matched, RouteStep } from '../protocol/protocol.gen'
import { PULSE_MS, STALLED_MS } from './pulse'
import type { PeerBody } from './stream'
import { FakeMediaStream, FakePeerConnection, FakeTrack } from './testing/fake-peer-connection'
import { ManualClock } from './testing/manual-clock'
import { matched } from './testing/scenario'
import { FRAMES_ENOUGH, OVERLAP_BPS } from './ways'
import { WaysRun } from './ways-run'
import type { WaysView } from './ways-run'

beforeEach(() => {
  vi.stubGlobal('MediaStream', FakeMediaStream)
})

const settle = () => new Promise((resolve) => setImmediate(resolve))

function begin(change: Partial<Matched> = {}, make = (configuration: RTCConfiguration) => new FakePeerConnection(configuration)) {
  const clock = new ManualClock()
  const connections: FakePeerConnection[] = []
  const said: ClientMessage[] = []
  const pushed: PeerBody[] = []
  const shown: string[] = []
  const views: WaysView[] = []
  const state = { online: true, blind: false }
  const run = new WaysRun({
    matched: matched({ mode: 'video', polite: false, ...change }),
    clock,
    createPeerConnection: (configuration) => {
      const pc = make(configuration)
      connections.push(pc)
      return FakePeerConnection.as(pc)
    },
    tracks: { audio: null, video: null },
    screen: {
      add: (epoch) => shown.push(`add ${epoch}`),
      show: (epoch) => shown.push(`show ${epoch}`),
      remove: (epoch) => shown.push(`remove ${epoch}`),
      isBlind: () => state.blind,
    },
    send: (message) => said.push(message) > 0,
    push: (body) => pushed.push(body) > 0,
    online: () => state.online,
    onView: (view) => views.push(view),
  })
  const pc = (index: number) => connections[index] as FakePeerConnection
  let packets = 0
  /** Time goes by, and by that connection more arrives. */
  const flow = async (index: number, ms: number) => {
    for (let i = 0; i < ms; i += 100) {
      packets += 5
      pc(index).stats.set('A', { type: 'inbound-rtp', id: 'A', kind: 'audio', packetsReceived: packets })
      pc(index).stats.set('P', { type: 'candidate-pair', id: 'P', selected: true })
      clock.advance(100)
      await settle()
    }
  }
  const step = (phase: RouteStep['phase'], epoch: number, more: Partial<RouteStep> = {}) => {
    run.step({ type: 'route', pair: 'pair1', epoch, phase, route: 'sfu', ...more })
  }
  const kinds = () => said.splice(0).map((message) => ('epoch' in message ? `${message.type} ${message.epoch}` : message.type))
  return { run, clock, connections, pc, said, kinds, pushed, shown, views, state, flow, step }
}

describe('the ways of a pair', () => {
  it('lead from the partner to the media server, and the old one sends a while longer', async () => {
    const call = begin()
    await settle()
    expect(call.pushed).toMatchObject([{ type: 'description', epoch: 1, description: { type: 'offer' } }])
    call.pc(0).become('connected')
    call.run.partner(true, true)
    call.step('prepare', 2, { relay_only: true, ice_servers: [{ urls: ['turn:x'] }] })
    await settle()
    expect(call.pc(1).configuration).toMatchObject({ iceTransportPolicy: 'relay', iceServers: [{ urls: ['turn:x'] }] })
    expect(call.kinds()).toEqual(['sfu_offer 2'])
    call.run.signal({ type: 'sfu_answer', pair: 'pair1', epoch: 2, attempt: 1, sdp: 'v=0\r\n' })
    await settle()
    call.pc(1).become('connected')
    call.run.frames(2, FRAMES_ENOUGH)
    await call.flow(1, 500)
    expect(call.kinds()).toEqual(['ready 2'])
    call.step('commit', 2)
    expect(call.shown).toEqual(['show 1', 'add 2', 'show 2'])
    expect(call.views.at(-1)).toMatchObject({ way: { epoch: 2, route: 'sfu' }, transport: 'connected', blank: false })
    await call.flow(1, limits.linger - 100)
    expect(call.pc(0).signalingState).not.toBe('closed')
    await call.flow(1, 200)
    expect(call.pc(0).signalingState).toBe('closed')
    expect(call.shown.at(-1)).toBe('remove 1')
    call.run.close()
    expect(call.clock.pending()).toBe(0)
  })

  it('all get what changes: tracks, and limits of the encoder while there are two', async () => {
    const call = begin()
    call.step('prepare', 2)
    await settle()
    const rates = () => [0, 1].map((index) => call.pc(index).getTransceivers()[1]?.sender.getParameters().encodings[0]?.maxBitrate)
    expect(rates()).toEqual([OVERLAP_BPS, OVERLAP_BPS])
    call.run.limit({ type: 'bitrate', pair: 'pair1', epoch: 2, max_bps: 300_000 })
    call.run.limit({ type: 'bitrate', pair: 'pair1', epoch: 7, max_bps: 1 })
    const video = new FakeTrack('video')
    call.run.setTracks({ audio: null, video: video as unknown as MediaStreamTrack })
    await settle()
    expect(rates()).toEqual([OVERLAP_BPS, 300_000])
    expect([0, 1].map((index) => call.pc(index).getTransceivers()[1]?.sender.track)).toEqual([video, video])
    call.step('rollback', 2)
    await settle()
    expect(rates()[0]).toBeUndefined()
    expect(call.pc(1).signalingState).toBe('closed')
  })

  it('get fresh servers where they use any', () => {
    const call = begin()
    call.step('prepare', 2)
    call.run.renew({ type: 'ice_servers', pair: 'pair1', ice_servers: [{ urls: ['turn:new'] }] })
    expect(call.pc(0).configuration.iceServers).toEqual([{ urls: ['turn:new'] }])
    expect(call.pc(1).configuration.iceServers).toEqual([])
  })

  it('that fall silent are told, unless we are offline ourselves', async () => {
    const call = begin()
    call.pc(0).become('connected')
    await call.flow(0, 1_000)
    expect(call.kinds()).toEqual(['ready 1'])
    call.state.online = false
    for (let ms = 0; ms < 5_000; ms += PULSE_MS) {
      call.clock.advance(PULSE_MS)
      await settle()
    }
    expect(call.kinds()).toEqual([])
    call.state.online = true
    await call.flow(0, 1_000)
    for (let ms = 0; ms < STALLED_MS + PULSE_MS; ms += PULSE_MS) {
      call.clock.advance(PULSE_MS)
      await settle()
    }
    expect(call.said.splice(0)).toEqual([{ type: 'failed', pair: 'pair1', epoch: 1, cause: 'stalled' }])
    await call.flow(0, 1_000)
    expect(call.kinds()).toEqual(['ready 1'])
  })

  it('in a page that nobody sees are proved by what was decoded', async () => {
    const call = begin()
    call.state.blind = true
    call.run.partner(true, true)
    call.pc(0).become('connected')
    await call.flow(0, 500)
    expect(call.kinds()).toEqual([])
    call.pc(0).stats.set('V', { type: 'inbound-rtp', id: 'V', kind: 'video', framesDecoded: 9, packetsReceived: 20 })
    await call.flow(0, 500)
    expect(call.kinds()).toEqual(['ready 1'])
  })

  it('that are blank come back with the first frame decoded, whether it is shown or not', async () => {
    const call = begin()
    call.run.partner(true, true)
    call.pc(0).become('connected')
    call.step('prepare', 2, { forced: true })
    call.step('commit', 2, { forced: true })
    expect(call.views.at(-1)).toMatchObject({ way: { epoch: 2 }, blank: true, transport: 'restarting' })
    call.pc(1).become('connected')
    call.pc(1).stats.set('V', { type: 'inbound-rtp', id: 'V', kind: 'video', framesDecoded: 1, packetsReceived: 3 })
    await call.flow(1, 500)
    expect(call.views.at(-1)).toMatchObject({ blank: false, transport: 'connected' })
  })

  it('that the browser refuses to make are told', () => {
    let made = 0
    const call = begin({}, (configuration) => {
      if (++made > 1) throw new DOMException('', 'UnknownError')
      return new FakePeerConnection(configuration)
    })
    call.step('prepare', 2)
    expect(call.said).toEqual([{ type: 'failed', pair: 'pair1', epoch: 2, cause: 'unsupported' }])
    call.step('rollback', 2)
    expect(call.views.at(-1)?.way.epoch).toBe(1)
  })

  it('come together again when the socket is back: what was not answered is offered again', async () => {
    const call = begin({ route: 'sfu' })
    await settle()
    expect(call.said.map((message) => message.type === 'sfu_offer' && message.attempt)).toEqual([1])
    call.step('prepare', 2, { route: 'p2p' })
    call.run.welcome(matched({ mode: 'video', route: 'sfu' }))
    expect(call.said.map((message) => message.type === 'sfu_offer' && message.attempt)).toEqual([1, 2])
    expect(call.pc(1).signalingState).toBe('closed')
    expect(call.pc(0).signalingState).not.toBe('closed')
  })
})
