import { beforeEach, describe, expect, it, vi } from 'vitest'
import { limits } from '../protocol/protocol.gen'
import type { CandidateMessage, DescriptionMessage, SDPType } from '../protocol/protocol.gen'
import { PartnerNegotiation } from './negotiation'
import { TCP_CANDIDATES_AT_MOST } from './outgoing'
import { ATTEMPT_MS, DISCONNECTED_MS, FIRST_RESTARTS_AT_MOST, OFF_MS, Peer, PICTURE_AGAIN_MS, POLITE_LEAD_MS, QUIET_MS, RESTARTS_AT_MOST, TROUBLE_MS } from './peer'
import type { Tracks } from './peer'
import type { Transport } from './state'
import type { PeerBody } from './stream'
import { FakeMediaStream, FakePeerConnection, FakeTrack } from './testing/fake-peer-connection'
import { ManualClock } from './testing/manual-clock'

beforeEach(() => {
  vi.stubGlobal('MediaStream', FakeMediaStream)
})

const asTrack = (track: FakeTrack) => track as unknown as MediaStreamTrack
const settle = () => new Promise((resolve) => setImmediate(resolve))

function start(polite: boolean, tracks: Tracks = { audio: null, video: null }) {
  const clock = new ManualClock()
  const sent: PeerBody[] = []
  const transports: Transport[] = []
  const remotes: MediaStream[] = []
  const troubles: number[] = []
  const line = { open: true }
  let pc = new FakePeerConnection({})
  const peer = new Peer({
    create: (configuration) => FakePeerConnection.as((pc = new FakePeerConnection(configuration))),
    iceServers: [{ urls: ['stun:example.org'] }],
    polite,
    tracks,
    clock,
    relayOnly: false,
    negotiate: (on) => new PartnerNegotiation(on, polite, 1, (body) => line.open && sent.push(body) > 0),
    onTransport: (transport) => transports.push(transport),
    onTrouble: () => troubles.push(clock.now()),
    onRemote: (stream) => remotes.push(stream),
  })
  let seq = 0
  const describeBy = (type: SDPType, sdp = 'v=0\r\n') =>
    peer.receive({ type: 'description', pair: 'p', seq: ++seq, description: { type, sdp } } satisfies DescriptionMessage)
  const candidateBy = (candidate: string) =>
    peer.receive({ type: 'candidate', pair: 'p', seq: ++seq, candidate: { candidate } } satisfies CandidateMessage)
  const kinds = () => sent.splice(0).map((body) => (body.type === 'description' ? body.description.type : body.type))
  return { clock, line, sent, transports, troubles, remotes, pc, peer, describeBy, candidateBy, kinds }
}

describe('the beginning', () => {
  it('is an offer of sound and picture by the impolite side', async () => {
    const video = new FakeTrack('video')
    const { pc, kinds } = start(false, { audio: null, video: asTrack(video) })
    await settle()
    expect(kinds()).toEqual(['offer'])
    expect(pc.getTransceivers().map((t) => [t.receiver.track.kind, t.direction, t.sender.track])).toEqual([
      ['audio', 'sendrecv', null],
      ['video', 'sendrecv', video],
    ])
    expect(pc.configuration.iceServers).toEqual([{ urls: ['stun:example.org'] }])
  })

  it('is awaited by the polite side, which answers both ways with its own tracks', async () => {
    const audio = new FakeTrack('audio')
    const { pc, kinds, describeBy, remotes } = start(true, { audio: asTrack(audio), video: null })
    await settle()
    expect(kinds()).toEqual([])
    describeBy('offer')
    await settle()
    expect(kinds()).toEqual(['answer'])
    expect(pc.getTransceivers().map((t) => [t.direction, t.sender.track])).toEqual([
      ['sendrecv', audio],
      ['sendrecv', null],
    ])
    expect(remotes).toHaveLength(1)
    expect(remotes[0]?.getTracks()).toHaveLength(2)
  })
})

describe('both offering at once', () => {
  it('the impolite side ignores the other’s offer and its candidates', async () => {
    const { pc, kinds, describeBy, candidateBy } = start(false)
    await settle()
    kinds()
    describeBy('offer')
    candidateBy('candidate:theirs')
    await settle()
    expect(kinds()).toEqual([])
    expect(pc.added).toEqual([])
    describeBy('answer')
    candidateBy('candidate:good')
    await settle()
    expect(pc.added).toEqual([{ candidate: 'candidate:good' }])
  })

  it('the polite side gives way, and does not take an answer to what it withdrew', async () => {
    const { pc, kinds, describeBy } = start(true)
    describeBy('offer')
    await settle()
    pc.restartIce()
    await settle()
    expect(kinds()).toEqual(['answer', 'offer'])
    describeBy('offer')
    await settle()
    expect(kinds()).toEqual(['answer'])
    describeBy('answer', 'v=0\r\nstale')
    await settle()
    expect(pc.remoteDescription?.sdp).toBe('v=0\r\n')
  })
})

describe('candidates', () => {
  it('follow their description, never precede it', async () => {
    const { pc, kinds } = start(false)
    const set = pc.setLocalDescription.bind(pc)
    pc.setLocalDescription = () => {
      pc.gather('candidate:found at once')
      return set()
    }
    await settle()
    expect(kinds()).toEqual(['offer', 'candidate'])
  })

  it('end with an empty one, which has its place among the most that may be sent', async () => {
    const { pc, sent } = start(false)
    await settle()
    sent.length = 0
    for (let i = 0; i < limits.maxCandidates + 5; i++) pc.gather(`candidate:${i}`)
    pc.gather(null)
    expect(sent).toHaveLength(limits.maxCandidates)
    expect(sent.at(-1)).toEqual({ type: 'candidate', epoch: 1, candidate: { candidate: '' } })
  })

  it('are as many as the service takes, whatever the browser finds, and as many again after each description', async () => {
    const { pc, sent } = start(false)
    await settle()
    for (let round = 0; round < 3; round++) {
      expect(sent.splice(0).filter((body) => body.type === 'description')).toHaveLength(1)
      for (let i = 0; i < 2 * limits.maxCandidates; i++) pc.gather(`candidate:${i} 1 udp 1 203.0.113.1 9 typ host`)
      // One end for each section, and one for all.
      for (const end of ['', '', null]) pc.gather(end)
      expect(sent).toHaveLength(limits.maxCandidates)
      sent.length = 0
      pc.signalingState = 'stable'
      pc.restartIce()
      pc.gather('candidate:late 1 udp 1 203.0.113.1 9 typ host')
      expect(sent).toEqual([])
      await settle()
    }
  })

  it('over TCP leave the places to the others', async () => {
    const { pc, sent } = start(false)
    await settle()
    sent.length = 0
    for (let i = 0; i < limits.maxCandidates; i++) pc.gather(`candidate:${i} 1 tcp 1 203.0.113.1 9 typ host tcptype active`)
    expect(sent).toHaveLength(TCP_CANDIDATES_AT_MOST)
    for (let i = 0; i < limits.maxCandidates; i++) pc.gather(`candidate:${i} 1 udp 1 203.0.113.1 9 typ srflx`)
    pc.gather(null)
    expect(sent).toHaveLength(limits.maxCandidates)
  })

  it('begin no new count by a description that was not taken', async () => {
    const { pc, line, sent } = start(false)
    await settle()
    sent.length = 0
    for (let i = 0; i < limits.maxCandidates; i++) pc.gather(`candidate:${i}`)
    line.open = false
    pc.signalingState = 'stable'
    pc.restartIce()
    await settle()
    line.open = true
    for (let i = 0; i < limits.maxCandidates; i++) pc.gather(`candidate:again ${i}`)
    pc.gather(null)
    expect(sent).toHaveLength(limits.maxCandidates)
  })

  it('of the partner wait for their description', async () => {
    const { pc, describeBy, candidateBy } = start(true)
    candidateBy('candidate:1')
    await settle()
    expect(pc.added).toEqual([])
    describeBy('offer')
    candidateBy('')
    await settle()
    expect(pc.added).toEqual([{ candidate: 'candidate:1' }, undefined])
  })
})

describe('a way that breaks', () => {
  it('is tried again after a second disconnected', async () => {
    const { pc, clock, kinds, transports } = start(false)
    await settle()
    kinds()
    pc.signalingState = 'stable'
    pc.become('connected')
    pc.become('disconnected')
    clock.advance(DISCONNECTED_MS - 1)
    expect(transports).toEqual(['connected'])
    clock.advance(1)
    await settle()
    expect(kinds()).toEqual(['offer'])
    expect(transports).toEqual(['connected', 'restarting'])
    pc.become('connected')
    expect(transports.at(-1)).toBe('connected')
    expect(clock.pending()).toBe(0)
  })

  it('is left alone when it recovers by itself', () => {
    const { pc, clock, transports } = start(false)
    pc.become('connected')
    pc.become('disconnected')
    pc.become('connected')
    clock.advance(60_000)
    expect(transports).toEqual(['connected'])
  })

  it('leaves the first move to the impolite side', () => {
    const { pc, clock, transports } = start(true)
    pc.become('connected')
    pc.become('failed')
    clock.advance(POLITE_LEAD_MS - 1)
    expect(transports).toEqual(['connected'])
    clock.advance(1)
    expect(transports).toEqual(['connected', 'restarting'])
  })

  it.each([false, true])('that never comes is given up within twenty seconds, until something changes (polite: %s)', (polite) => {
    const { peer, pc, clock, transports } = start(polite)
    clock.advance(20_000)
    expect(transports).toEqual(['failed'])
    peer.revive()
    expect(transports).toEqual(['failed', 'connecting'])
    pc.become('connected')
    expect(transports.at(-1)).toBe('connected')
  })

  it('that never came is tried on without a word, at a steady pace', async () => {
    const { pc, clock, kinds, transports } = start(false)
    clock.advance(ATTEMPT_MS * (FIRST_RESTARTS_AT_MOST + 1))
    await settle()
    kinds()
    for (let i = 0; i < 3; i++) {
      pc.signalingState = 'stable'
      pc.become('failed')
      clock.advance(QUIET_MS - 1)
      await settle()
      expect(kinds()).toEqual([])
      clock.advance(1)
      await settle()
      expect(kinds()).toEqual(['offer'])
    }
    expect(transports).toEqual(['failed'])
    pc.become('connected')
    expect(transports).toEqual(['failed', 'connected'])
    expect(clock.pending()).toBe(0)
  })

  it('after it worked is worth more attempts before it is called lost', () => {
    const { pc, clock, transports } = start(false)
    pc.become('connected')
    pc.become('failed')
    clock.advance(ATTEMPT_MS * RESTARTS_AT_MOST - 1)
    expect(transports).toEqual(['connected', 'restarting'])
    clock.advance(1)
    expect(transports).toEqual(['connected', 'restarting', 'failed'])
  })

  it('that works is not touched by revive', async () => {
    const { peer, pc, kinds } = start(false)
    await settle()
    pc.become('connected')
    kinds()
    peer.revive()
    await settle()
    expect(kinds()).toEqual([])
  })

  it('for a description that this browser cannot take is tried anew', async () => {
    const { describeBy, clock, kinds } = start(true)
    describeBy('offer', 'v=0\r\nunreadable')
    await settle()
    expect(kinds()).toEqual(['offer'])
    expect(clock.pending()).toBe(2) // the attempt, and the doubt about it
  })
})

describe('trouble', () => {
  it('is told after four seconds without a path, while it is tried on', () => {
    const { clock, troubles, pc, transports } = start(false)
    clock.advance(TROUBLE_MS)
    expect(troubles).toHaveLength(1)
    pc.become('connected')
    expect(transports).toEqual(['connected'])
  })

  it('is told when a restart did not help, and not before', () => {
    const { clock, troubles, pc } = start(false)
    pc.become('connected')
    pc.become('failed')
    clock.advance(0)
    clock.advance(TROUBLE_MS - 1)
    expect(troubles).toEqual([])
    clock.advance(1)
    expect(troubles).toHaveLength(1)
  })

  it('is not told of what recovers in time', () => {
    const { clock, troubles, pc } = start(false)
    pc.become('connected')
    pc.become('disconnected')
    clock.advance(DISCONNECTED_MS + TROUBLE_MS / 2)
    pc.become('connected')
    clock.advance(60_000)
    expect(troubles).toEqual([])
  })

  for (const [side, polite, lead] of [['impolite', false, 0], ['polite', true, POLITE_LEAD_MS]] as const) {
    it(`of a stalled way makes the ${side} side look for another path after ${lead} ms, unless media comes`, async () => {
      const { peer, pc, clock, kinds, describeBy } = start(polite)
      if (polite) describeBy('offer')
      await settle()
      pc.signalingState = 'stable'
      pc.become('connected')
      kinds()
      for (const revived of [true, false]) {
        peer.onStalled()
        if (revived) peer.onRevived()
        if (lead > 0) clock.advance(lead - 1)
        await settle()
        expect(kinds()).toEqual([])
        clock.advance(1)
        await settle()
        expect(kinds()).toEqual(revived ? [] : ['offer'])
      }
    })
  }
})

describe('the encoder', () => {
  const rates = (pc: FakePeerConnection) => pc.getTransceivers().map(({ sender }) => sender.getParameters().encodings[0]?.maxBitrate)

  it('keeps to the lowest of the limits, for video alone, and forgets them', async () => {
    const { peer, pc } = start(false)
    peer.limit('overlap', 800_000)
    await settle()
    expect(rates(pc)).toEqual([undefined, 800_000])
    peer.limit('service', 350_000)
    await settle()
    expect(rates(pc)).toEqual([undefined, 350_000])
    peer.limit('service', null)
    peer.limit('overlap', null)
    await settle()
    expect(rates(pc)).toEqual([undefined, undefined])
  })

  it('begins anew with a whole picture when media comes again, and with another soon, within its limit', async () => {
    const { peer, pc, clock } = start(false)
    peer.limit('service', 350_000)
    await settle()
    const seen: unknown[] = []
    const sender = pc.getTransceivers()[1]?.sender
    if (sender === undefined) throw new Error('no video is sent')
    const { setParameters } = sender
    sender.setParameters = (parameters) => {
      seen.push(parameters.encodings[0])
      return setParameters(parameters)
    }
    peer.onRevived()
    await settle()
    expect(seen).toEqual([{ active: false, maxBitrate: 350_000 }])
    clock.advance(OFF_MS)
    await settle()
    const picture = [{ active: false, maxBitrate: 350_000 }, { active: true, maxBitrate: 350_000 }]
    expect(seen).toEqual(picture)
    clock.advance(PICTURE_AGAIN_MS)
    clock.advance(OFF_MS)
    await settle()
    expect(seen).toEqual([...picture, ...picture])
    clock.advance(10 * PICTURE_AGAIN_MS)
    await settle()
    expect(seen).toHaveLength(4)
  })

  it('is limited once there is one', async () => {
    const { peer, pc, describeBy } = start(true)
    peer.limit('overlap', 800_000)
    describeBy('offer')
    await settle()
    pc.become('connected')
    await settle()
    expect(rates(pc)).toEqual([undefined, 800_000])
  })
})

describe('tracks', () => {
  it('are exchanged without negotiating', async () => {
    const { peer, pc, kinds } = start(false)
    await settle()
    kinds()
    const video = new FakeTrack('video')
    peer.setTracks({ audio: null, video: asTrack(video) })
    await settle()
    expect(pc.getTransceivers().map((t) => t.sender.track)).toEqual([null, video])
    peer.setTracks({ audio: null, video: null })
    await settle()
    expect(pc.getTransceivers().map((t) => t.sender.track)).toEqual([null, null])
    expect(kinds()).toEqual([])
  })
})

describe('after close', () => {
  it('nothing is sent, reported or waited for', async () => {
    const { peer, pc, clock, sent, transports, describeBy } = start(true)
    const gather = pc.onicecandidate
    describeBy('offer')
    peer.close()
    gather?.({ candidate: null })
    await settle()
    expect(sent).toEqual([])
    expect(transports).toEqual([])
    expect(clock.pending()).toBe(0)
    expect(await peer.stats()).toBeNull()
  })
})
