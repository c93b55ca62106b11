import { describe, expect, test } from 'vitest'

import { ManualClock } from '../call/testing/manual-clock'
import type { Scores } from './cover'
import type { Looked } from './judge'
import { type Plan, type Seen, type Told, Watch } from './watch'

const plan: Plan = { pair: 'p', rules: { threshold: 0.7, release: 0.4 }, everyMs: 2_000, blurFirst: true }
const clean: Scores = { Drawing: 0, Hentai: 0, Neutral: 1, Porn: 0, Sexy: 0 }
const porn: Scores = { ...clean, Neutral: 0, Porn: 1 }

/** Lets what was promised happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

function begin() {
  const clock = new ManualClock()
  const told: Told[] = []
  let seen: Seen | null = null
  let taken = 0
  let closed = 0
  const pending: { done: (looked: Looked) => void; failed: (err: Error) => void }[] = []
  const world = {
    clock,
    told,
    shown: true,
    seen: () => seen,
    taken: () => taken,
    closed: () => closed,
    /** Pictures at the judge now. */
    asked: () => pending.length,
    async answer(scores: Scores, tookMs = 50): Promise<void> {
      pending.shift()?.done({ scores, model: 'mid', backend: 'wasm', tookMs, tensors: 108, compared: null })
      await settle()
    },
    async refuse(): Promise<void> {
      pending.shift()?.failed(new Error('no'))
      await settle()
    },
    async pass(ms: number): Promise<void> {
      clock.advance(ms)
      await settle()
    },
    watch: new Watch({
      clock,
      picture: async () => {
        if (!world.shown) return null
        taken++
        return { close: () => closed++ } as unknown as ImageBitmap
      },
      judge: { look: () => new Promise((done, failed) => pending.push({ done, failed })), close: () => undefined },
      onSeen: (next) => {
        seen = next
      },
      onSighting: (sighting) => {
        told.push(sighting)
      },
    }),
  }
  return world
}

describe('a watch', () => {
  test('looks soon while the viewer waits, and then as often as planned', async () => {
    const w = begin()
    w.watch.begin(plan)
    await settle()
    await w.answer(clean)
    await w.pass(400)
    await w.answer(clean)
    expect(w.seen()?.cover.over).toBeNull()
    await w.pass(1_999)
    expect(w.asked()).toBe(0)
    await w.pass(1)
    expect(w.asked()).toBe(1)
    expect(w.seen()?.last).toMatchObject({ looks: 2, everyMs: 2_000, tensors: 108 })
  })

  test('looks less often on a slow device', async () => {
    const w = begin()
    w.watch.begin({ ...plan, blurFirst: false })
    await settle()
    await w.answer(clean, 1_000)
    await w.pass(4_999)
    expect(w.asked()).toBe(0)
    await w.pass(1)
    expect(w.asked()).toBe(1)
  })

  test('has one picture at the judge at a time', async () => {
    const w = begin()
    w.watch.begin(plan)
    await settle()
    await w.pass(60_000)
    expect(w.asked()).toBe(1)
    expect(w.taken()).toBe(1)
  })

  test('looks at nothing while there is nothing to see, and goes on by itself', async () => {
    const w = begin()
    w.shown = false
    w.watch.begin(plan)
    await w.pass(10_000)
    expect(w.taken()).toBe(0)
    expect(w.seen()?.cover.unavailable).toBe(false)
    w.shown = true
    await w.pass(400)
    expect(w.asked()).toBe(1)
  })

  test('says when the first look is long in coming, and takes it all the same', async () => {
    const w = begin()
    w.watch.begin(plan)
    await settle()
    await w.pass(8_000)
    expect(w.seen()?.cover).toMatchObject({ over: 'unchecked', unavailable: true })
    await w.answer(clean)
    expect(w.seen()?.cover.unavailable).toBe(false)
  })

  test('tries again after a failure', async () => {
    const w = begin()
    w.watch.begin(plan)
    await settle()
    await w.refuse()
    expect(w.seen()).toMatchObject({ cover: { over: 'unchecked', unavailable: true }, trouble: 'Error: no' })
    await w.pass(10_000)
    await w.answer(clean)
    expect(w.seen()).toMatchObject({ cover: { unavailable: false }, trouble: null })
  })

  test('tells a hit with the model that found it', async () => {
    const w = begin()
    w.watch.begin(plan)
    await settle()
    await w.answer(porn)
    expect(w.told).toEqual([{ pair: 'p', class: 'Porn', score: 1, scores: porn, model: 'mid' }])
    w.watch.show()
    expect(w.seen()?.cover.over).toBeNull()
  })

  test('forgets a look that was under way when the stranger left', async () => {
    const w = begin()
    w.watch.begin(plan)
    await settle()
    w.watch.begin({ ...plan, pair: 'q' })
    await settle()
    await w.answer(porn)
    expect(w.told).toHaveLength(0)
    expect(w.seen()?.cover).toMatchObject({ pair: 'q', over: 'unchecked' })
  })

  test('leaves nothing running', async () => {
    const w = begin()
    w.watch.begin(plan)
    w.watch.end()
    await settle()
    expect(w.closed()).toBe(w.taken())
    w.watch.begin(plan)
    await settle()
    await w.answer(clean)
    w.watch.close()
    expect(w.clock.pending()).toBe(0)
  })
})
