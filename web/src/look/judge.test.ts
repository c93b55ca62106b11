import { describe, expect, test } from 'vitest'

import { ManualClock } from '../call/testing/manual-clock'
import { Judge, type WorkerLike } from './judge'
import type { FromWorker, ToWorker } from './messages'

const picture = { close: () => undefined } as ImageBitmap
const scores = [0.1, 0.2, 0.3, 0.25, 0.15]

/** A worker that a test speaks for. */
class FakeWorker implements WorkerLike {
  readonly got: ToWorker[] = []
  over = false
  private readonly listeners: ((event: MessageEvent<FromWorker>) => void)[] = []

  postMessage(message: ToWorker): void {
    this.got.push(message)
  }

  terminate(): void {
    this.over = true
  }

  addEventListener(type: string, listener: unknown): void {
    if (type === 'message') this.listeners.push(listener as (event: MessageEvent<FromWorker>) => void)
  }

  say(message: FromWorker): void {
    for (const listener of this.listeners) listener({ data: message } as MessageEvent<FromWorker>)
  }

  /** Answers the last picture. */
  looked(): void {
    const last = this.got.findLast((message) => message.type === 'look')
    this.say({ type: 'looked', id: last?.type === 'look' ? last.id : 0, scores, tookMs: 90, tensors: 108 })
  }

  backend(): string | undefined {
    const [start] = this.got
    return start?.type === 'start' ? start.backend : undefined
  }
}

function begin(kept: string | null = null) {
  const workers: FakeWorker[] = []
  const clock = new ManualClock()
  const stored = new Map<string, string>(kept === null ? [] : [['omezle.look', kept]])
  const judge = new Judge({
    clock,
    openWorker: () => {
      const worker = new FakeWorker()
      workers.push(worker)
      return worker
    },
    model: 'https://here/model/model.json',
    memory: { getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => void stored.set(key, value) },
  })
  const look = async (worker: number) => {
    const answer = judge.look(picture)
    workers[worker]?.looked()
    return answer
  }
  return { judge, workers, clock, look, kept: () => stored.get('omezle.look') ?? null }
}

describe('the judge', () => {
  test('fetches nothing before the first picture, and begins with the processor', async () => {
    const { judge, workers } = begin()
    expect(workers).toHaveLength(0)
    const answer = judge.look(picture)
    workers[0]?.say({ type: 'ready', model: 'mid' })
    workers[0]?.looked()
    expect(workers[0]?.backend()).toBe('wasm')
    expect(await answer).toEqual({
      scores: { Drawing: 0.1, Hentai: 0.2, Neutral: 0.3, Porn: 0.25, Sexy: 0.15 },
      model: 'mid',
      backend: 'wasm',
      tookMs: 90,
      tensors: 108,
      compared: null,
    })
  })

  test('begins with what an earlier page found to be faster, and measures no more', async () => {
    const { look, workers } = begin('webgl')
    for (let i = 0; i < 5; i++) await look(0)
    expect(workers).toHaveLength(1)
    expect(workers[0]?.backend()).toBe('webgl')
    expect(workers[0]?.got.some(({ type }) => type === 'time')).toBe(false)
  })

  test('changes to the graphics card when it is clearly faster, looking all the while', async () => {
    const { look, workers, kept, clock } = begin()
    for (let i = 0; i < 3; i++) await look(0)
    workers[0]?.say({ type: 'timed', ms: 100 })
    expect(workers[1]?.backend()).toBe('webgl')
    expect((await look(0)).backend).toBe('wasm')
    workers[1]?.say({ type: 'ready', model: 'mid' })
    workers[1]?.say({ type: 'timed', ms: 20 })
    expect(workers[0]?.over).toBe(true)
    expect(await look(1)).toMatchObject({ backend: 'webgl', compared: { wasm: 100, webgl: 20 } })
    expect(kept()).toBe('webgl')
    expect(clock.pending()).toBe(0)
  })

  test.each<[string, FromWorker]>([
    ['is hardly faster', { type: 'timed', ms: 90 }],
    ['is none', { type: 'failed', why: 'no graphics card' }],
  ])('stays with the processor when the card %s', async (_, message) => {
    const { look, workers, kept } = begin()
    for (let i = 0; i < 3; i++) await look(0)
    workers[0]?.say({ type: 'timed', ms: 100 })
    workers[1]?.say(message)
    expect(workers[1]?.over).toBe(true)
    expect((await look(0)).backend).toBe('wasm')
    expect(kept()).toBe('wasm')
  })

  test('gives up a trial that takes too long', async () => {
    const { look, workers, clock, kept } = begin()
    for (let i = 0; i < 3; i++) await look(0)
    workers[0]?.say({ type: 'timed', ms: 100 })
    clock.advance(30_000)
    expect(workers[1]?.over).toBe(true)
    expect(kept()).toBe('wasm')
  })

  test('rejects when its worker fails, and takes the other backend next', async () => {
    const { judge, workers } = begin()
    const answer = judge.look(picture)
    workers[0]?.say({ type: 'failed', why: 'no wasm' })
    await expect(answer).rejects.toThrow('no wasm')
    expect(workers[0]?.over).toBe(true)
    const next = judge.look(picture)
    expect(workers[1]?.backend()).toBe('webgl')
    workers[1]?.say({ type: 'failed', why: 'no webgl' })
    await expect(next).rejects.toThrow('no webgl')
    // Both: perhaps the network was away.
    const again = judge.look(picture)
    expect(workers[2]?.backend()).toBe('wasm')
    workers[2]?.looked()
    expect((await again).backend).toBe('wasm')
  })

  test('ends its workers when it is closed', async () => {
    const { judge, look, workers, clock } = begin()
    for (let i = 0; i < 3; i++) await look(0)
    workers[0]?.say({ type: 'timed', ms: 100 })
    const answer = judge.look(picture)
    judge.close()
    await expect(answer).rejects.toThrow('closed')
    expect(workers.every(({ over }) => over)).toBe(true)
    expect(clock.pending()).toBe(0)
  })
})
