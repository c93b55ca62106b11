import { describe, expect, it } from 'vitest'
import { limits } from '../protocol/protocol.gen'
import type { Ack } from '../protocol/protocol.gen'
import { PeerStream, STREAM_CAPACITY } from './stream'
import type { PeerBody, SequencedMessage } from './stream'
import { ManualClock } from './testing/manual-clock'
import { seeded } from './testing/random'

const pair = 'p'
const line = (text: string): PeerBody => ({ type: 'chat', id: text, text })

/** One end whose frames are kept, with a socket that can be shut. */
function oneEnd() {
  const clock = new ManualClock()
  const frames: (SequencedMessage | Ack)[] = []
  const delivered: SequencedMessage[] = []
  const acknowledged: number[] = []
  const held: number[] = []
  const socket = { open: true }
  const stream = new PeerStream({
    pair,
    clock,
    send(message) {
      if (socket.open) frames.push(message)
      return socket.open
    },
    deliver: (message) => delivered.push(message),
    acknowledged: (seq) => acknowledged.push(seq),
    held: (until) => held.push(until),
  })
  const seqs = () => frames.splice(0).map((f) => ('seq' in f ? f.seq : `ack ${f.ack}`))
  const hear = (seq: number, ack?: number) => {
    stream.receive({ ...line(`theirs ${seq}`), pair, seq, ...(ack !== undefined && { ack }) } as SequencedMessage)
  }
  return { clock, frames, delivered, acknowledged, held, socket, stream, seqs, hear }
}

describe('sending', () => {
  it('numbers from 1 and keeps at most a window under way', () => {
    const { stream, seqs, acknowledged } = oneEnd()
    for (let i = 1; i <= limits.window + 2; i++) expect(stream.push(line(`${i}`))).toBe(i)
    expect(seqs()).toEqual(Array.from({ length: limits.window }, (_, i) => i + 1))
    stream.takeAck(2)
    expect(seqs()).toEqual([limits.window + 1, limits.window + 2])
    expect(acknowledged).toEqual([2])
  })

  it('refuses more than it can keep', () => {
    const { stream } = oneEnd()
    for (let i = 0; i < STREAM_CAPACITY; i++) stream.push(line('x'))
    expect(stream.push(line('one too many'))).toBeNull()
  })

  it('sends again from the oldest after 5 s, doubling to 30 s, until something is acknowledged', () => {
    const { stream, clock, seqs } = oneEnd()
    stream.push(line('a'))
    stream.push(line('b'))
    seqs()
    for (const wait of [5_000, 10_000, 20_000, 30_000, 30_000]) {
      clock.advance(wait - 1)
      expect(seqs()).toEqual([])
      clock.advance(1)
      expect(seqs()).toEqual([1, 2])
    }
    stream.takeAck(1)
    clock.advance(5_000)
    expect(seqs()).toEqual([2])
    stream.takeAck(2)
    expect(clock.pending()).toBe(0)
  })

  it('keeps everything while paused and sends it all when resumed', () => {
    const { stream, clock, seqs } = oneEnd()
    stream.push(line('a'))
    stream.pause()
    stream.push(line('b'))
    clock.advance(60_000)
    expect(seqs()).toEqual([1])
    stream.resume()
    expect(seqs()).toEqual([1, 2])
  })

  it('pauses by itself when the socket does not take a frame', () => {
    const { stream, socket, clock, seqs } = oneEnd()
    socket.open = false
    stream.push(line('a'))
    expect(clock.pending()).toBe(0)
    socket.open = true
    stream.resume()
    expect(seqs()).toEqual([1])
  })

  it('goes back to a refused message, after the time the service asked for', () => {
    const { stream, clock, seqs, held } = oneEnd()
    for (const text of ['a', 'b', 'c']) stream.push(line(text))
    seqs()
    stream.refused(2, 3_000)
    stream.refused(3, 3_000)
    stream.push(line('d'))
    expect(held).toEqual([clock.now() + 3_000])
    clock.advance(2_999)
    expect(seqs()).toEqual([])
    clock.advance(1)
    expect(seqs()).toEqual([2, 3])
    clock.advance(300)
    expect(seqs()).toEqual([4])
  })

  it('drives carefully after a refusal: two, then twice as many a round', () => {
    const { stream, clock, seqs } = oneEnd()
    for (let i = 0; i < 20; i++) stream.push(line('x'))
    seqs()
    stream.refused(1, 1_000)
    const rounds = [1_000, 300, 300, 300].map((ms) => (clock.advance(ms), seqs().length))
    expect(rounds).toEqual([2, 4, 8, 6])
  })

  it('gets a burst through a service that takes five a second, at about that pace', () => {
    const clock = new ManualClock()
    const service = { tokens: 30, at: clock.now(), forwarded: 0, heard: 0 }
    const stream: PeerStream = new PeerStream({
      pair,
      clock,
      deliver: () => undefined,
      send(message) {
        if (message.type === 'ack') return true
        service.heard++
        if (message.seq > service.forwarded + 1) return true // a gap is dropped without a word
        service.tokens = Math.min(30, service.tokens + ((clock.now() - service.at) * 5) / 1_000)
        service.at = clock.now()
        if (message.seq === service.forwarded + 1 && service.tokens < 1) {
          clock.after(20, () => stream.refused(message.seq, 200))
          return true
        }
        if (message.seq === service.forwarded + 1) {
          service.tokens--
          service.forwarded++
        }
        clock.after(20, () => stream.takeAck(service.forwarded))
        return true
      },
    })
    for (let i = 0; i < 100; i++) stream.push(line('x'))
    clock.advance(20_000)
    expect(service.forwarded).toBe(100)
    expect(service.heard).toBeLessThan(350)
  })

  it('ignores acknowledgements of what was never sent', () => {
    const { stream, acknowledged } = oneEnd()
    stream.push(line('a'))
    stream.takeAck(7)
    stream.takeAck(0)
    expect(acknowledged).toEqual([])
  })

  it('leaves no timer behind when closed, and takes nothing more', () => {
    const { stream, clock, hear, delivered } = oneEnd()
    stream.push(line('a'))
    stream.refused(1, 1_000)
    hear(1)
    stream.close()
    expect(clock.pending()).toBe(0)
    expect(stream.push(line('b'))).toBeNull()
    hear(2)
    expect(delivered).toHaveLength(1)
  })
})

describe('receiving', () => {
  it('delivers what comes next and drops everything else', () => {
    const { hear, delivered } = oneEnd()
    for (const seq of [1, 3, 2, 2, 1, 3]) hear(seq)
    expect(delivered.map((m) => m.seq)).toEqual([1, 2, 3])
  })

  it('drops messages of another pair', () => {
    const { stream, delivered } = oneEnd()
    stream.receive({ ...line('x'), pair: 'other', seq: 1 } as SequencedMessage)
    expect(delivered).toEqual([])
  })

  it('acknowledges after a second', () => {
    const { hear, clock, seqs } = oneEnd()
    hear(1)
    hear(2)
    clock.advance(999)
    expect(seqs()).toEqual([])
    clock.advance(1)
    expect(seqs()).toEqual(['ack 2'])
    expect(clock.pending()).toBe(0)
  })

  it('acknowledges every sixteenth at once', () => {
    const { hear, seqs } = oneEnd()
    for (let seq = 1; seq <= 33; seq++) hear(seq)
    expect(seqs()).toEqual(['ack 16', 'ack 32'])
  })

  it('lets another message carry the acknowledgement', () => {
    const { stream, hear, clock, frames } = oneEnd()
    hear(1)
    stream.push(line('a'))
    expect(frames).toMatchObject([{ seq: 1, ack: 1 }])
    stream.takeAck(1)
    expect(clock.pending()).toBe(0)
  })

  it('acknowledges a duplicate again, as the first acknowledgement may have been lost', () => {
    const { hear, clock, seqs } = oneEnd()
    hear(1)
    clock.advance(1_000)
    hear(1)
    clock.advance(1_000)
    expect(seqs()).toEqual(['ack 1', 'ack 1'])
  })

  it('sends what it owes when it is resumed', () => {
    const { stream, hear, clock, seqs } = oneEnd()
    hear(1)
    stream.pause()
    clock.advance(5_000)
    expect(seqs()).toEqual([])
    stream.resume()
    expect(seqs()).toEqual(['ack 1'])
  })
})

/** Two ends over a network that loses, repeats, refuses and is cut, as the seed says. */
function converse(seed: number): { left: string[]; right: string[]; pending: number } {
  const random = seeded(seed)
  const clock = new ManualClock()
  const loss = random() * 0.4
  const repeat = random() * 0.2
  const refuse = random() * 0.15
  const cut = { until: 0 }
  let calm = false
  const received = { left: [] as string[], right: [] as string[] }
  const carry = (to: () => PeerStream, from: () => PeerStream) => {
    let last = 0 // frames do not overtake one another: the way is made of TCP connections
    return (message: SequencedMessage | Ack) => {
      if (clock.now() < cut.until) return false
      if (!calm && message.type !== 'ack' && random() < refuse) {
        clock.after(20, () => from().refused(message.seq, Math.floor(random() * 3_000)))
        return true
      }
      const copies = calm ? 1 : random() < loss ? 0 : random() < repeat ? 2 : 1
      for (let i = 0; i < copies; i++) {
        last = Math.max(last, clock.now() + 20 + Math.floor(random() * 60))
        clock.after(last - clock.now(), () => {
          if (clock.now() < cut.until) return
          if (message.type === 'ack') to().takeAck(message.ack)
          else to().receive(message)
        })
      }
      return true
    }
  }
  const ends: { left: PeerStream; right: PeerStream } = {
    left: new PeerStream({
      pair,
      clock,
      send: carry(() => ends.right, () => ends.left),
      deliver: (m) => m.type === 'chat' && received.left.push(m.text),
    }),
    right: new PeerStream({
      pair,
      clock,
      send: carry(() => ends.left, () => ends.right),
      deliver: (m) => m.type === 'chat' && received.right.push(m.text),
    }),
  }
  for (let i = 1; i <= 100; i++) {
    expect(ends.left.push(line(`l${i}`))).toBe(i)
    expect(ends.right.push(line(`r${i}`))).toBe(i)
    clock.advance(Math.floor(random() * 300))
    if (random() < 0.05) {
      const outage = Math.floor(random() * 8_000)
      cut.until = clock.now() + outage
      ends.left.pause()
      ends.right.pause()
      clock.after(outage, () => {
        ends.left.resume()
        ends.right.resume()
      })
    }
  }
  clock.advance(10_000)
  calm = true
  clock.advance(120_000)
  return { ...received, pending: clock.pending() }
}

const wanted = (side: string) => Array.from({ length: 100 }, (_, i) => `${side}${i + 1}`)

describe('between two ends', () => {
  it('delivers every message once and in order over 100 bad networks', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const { left, right, pending } = converse(seed)
      expect(left, `seed ${seed}`).toEqual(wanted('r'))
      expect(right, `seed ${seed}`).toEqual(wanted('l'))
      expect(pending, `timers left, seed ${seed}`).toBe(0)
    }
  }, 30_000)
})
