import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { SFUCandidate, SFUOffer } from '../protocol/protocol.gen'
import { ServerNegotiation } from './negotiation'
import { Peer } from './peer'
import { FakeMediaStream, FakePeerConnection } from './testing/fake-peer-connection'
import { ManualClock } from './testing/manual-clock'

// The negotiation with the partner is tested with the connection that it is for, in peer.test.ts.

beforeEach(() => {
  vi.stubGlobal('MediaStream', FakeMediaStream)
})

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('with the media server', () => {
  function withServer() {
    const clock = new ManualClock()
    const sent: (SFUOffer | SFUCandidate)[] = []
    const line = { open: true }
    let pc = new FakePeerConnection({})
    const peer = new Peer({
      create: (configuration) => FakePeerConnection.as((pc = new FakePeerConnection(configuration))),
      iceServers: [],
      relayOnly: true,
      polite: false,
      tracks: { audio: null, video: null },
      clock,
      negotiate: (on) => new ServerNegotiation(on, 'p', 2, (message) => line.open && sent.push(message) > 0),
      onTransport: () => undefined,
      onTrouble: () => undefined,
      onRemote: () => undefined,
    })
    const answer = (attempt: number, sdp = 'v=0\r\nanswer') => {
      peer.receive({ type: 'sfu_answer', pair: 'p', epoch: 2, attempt, sdp })
    }
    const attempts = () => sent.splice(0).map((message) => (message.type === 'sfu_offer' ? message.attempt : message.candidate.candidate))
    return { clock, sent, line, peer, pc, answer, attempts }
  }

  it('this side offers, with its candidates after it, and takes the answer', async () => {
    const { pc, sent, answer, attempts } = withServer()
    await settle()
    pc.gather('candidate:1')
    expect(sent[0]).toMatchObject({ type: 'sfu_offer', pair: 'p', epoch: 2, attempt: 1 })
    expect(attempts()).toEqual([1, 'candidate:1'])
    expect(pc.configuration.iceTransportPolicy).toBe('relay')
    answer(1)
    await settle()
    expect(pc.remoteDescription).toEqual({ type: 'answer', sdp: 'v=0\r\nanswer' })
  })

  it('an ICE restart is a further attempt, and an answer to an older one is none', async () => {
    const { pc, answer, attempts } = withServer()
    await settle()
    answer(1)
    await settle()
    pc.restartIce()
    await settle()
    expect(attempts()).toEqual([1, 2])
    answer(1, 'v=0\r\nstale')
    await settle()
    expect(pc.remoteDescription?.sdp).toBe('v=0\r\nanswer')
  })

  it('an offer that was lost with the socket goes again, and one that was answered does not', async () => {
    const { peer, line, answer, attempts } = withServer()
    line.open = false
    await settle()
    line.open = true
    peer.again()
    expect(attempts()).toEqual([2])
    answer(2)
    await settle()
    peer.again()
    await settle()
    expect(attempts()).toEqual([])
  })
})
