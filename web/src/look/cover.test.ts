import { describe, expect, test } from 'vitest'

import { type Cover, type CoverEvent, noCover, reduceCover, type Scores, type Sighting } from './cover'

const rules = { threshold: 0.7, release: 0.4 }
const scores = (part: Partial<Scores>): Scores => ({ Drawing: 0, Hentai: 0, Neutral: 0, Porn: 0, Sexy: 0, ...part })
const clean: CoverEvent = { type: 'looked', pair: 'p', scores: scores({ Neutral: 1 }) }
const porn = (score: number): CoverEvent => ({ type: 'looked', pair: 'p', scores: scores({ Porn: score }) })
const begin: CoverEvent = { type: 'begin', pair: 'p', rules, blurFirst: true }
const show: CoverEvent = { type: 'show' }

function after(...events: CoverEvent[]): { cover: Cover; told: Sighting[] } {
  const told: Sighting[] = []
  const cover = events.reduce((before, event) => {
    const [next, sightings] = reduceCover(before, event)
    told.push(...sightings)
    return next
  }, noCover)
  return { cover, told }
}

describe('a picture nobody has looked at', () => {
  test('is blurred until two frames were clean', () => {
    expect(after(begin).cover.over).toBe('unchecked')
    expect(after(begin, clean).cover.over).toBe('unchecked')
    expect(after(begin, clean, clean)).toMatchObject({ cover: { over: null }, told: [] })
  })

  test('is shown at once where the viewer wants it so', () => {
    expect(after({ ...begin, blurFirst: false }).cover.over).toBeNull()
    expect(after(begin, show).cover.over).toBeNull()
  })

  test('stays blurred without a check, until the viewer says otherwise', () => {
    const away: CoverEvent = { type: 'available', available: false }
    expect(after(begin, away).cover).toMatchObject({ over: 'unchecked', unavailable: true })
    expect(after(begin, away, show).cover.over).toBeNull()
    expect(after(away, begin).cover.unavailable).toBe(true)
    expect(after(begin, away, clean, clean).cover).toMatchObject({ over: null, unavailable: false })
  })

  test('is uncovered by a frame between the two thresholds, too', () => {
    expect(after(begin, porn(0.6), porn(0.6)).cover.over).toBeNull()
  })
})

describe('a hit', () => {
  test.each([
    ['Porn', scores({ Porn: 0.7, Hentai: 0.2 })],
    ['Hentai', scores({ Hentai: 0.9 })],
  ])('of %s blurs, and is told with its scores', (name, seen) => {
    const { cover, told } = after(begin, clean, clean, { type: 'looked', pair: 'p', scores: seen })
    expect(cover.over).toBe('hit')
    expect(told).toEqual([{ pair: 'p', class: name, score: Math.max(seen.Porn, seen.Hentai), scores: seen }])
  })

  test('of another class is none', () => {
    expect(after(begin, clean, clean, { type: 'looked', pair: 'p', scores: scores({ Sexy: 1 }) })).toMatchObject({ cover: { over: null }, told: [] })
  })

  test('is told once, however long it lasts', () => {
    expect(after(begin, porn(0.9), porn(0.9), porn(0.6), porn(0.9)).told).toHaveLength(1)
  })

  test('is over after three clean frames in a row, and not on the border', () => {
    expect(after(begin, porn(0.9), clean, clean).cover.over).toBe('hit')
    expect(after(begin, porn(0.9), porn(0.5), porn(0.5), porn(0.5)).cover.over).toBe('hit')
    expect(after(begin, porn(0.9), clean, clean, porn(0.5), clean).cover.over).toBe('hit')
    expect(after(begin, porn(0.9), clean, clean, clean).cover).toMatchObject({ over: null, episode: false })
  })

  test('after one that is over is told again', () => {
    expect(after(begin, porn(0.9), clean, clean, clean, porn(0.8)).told).toHaveLength(2)
  })

  test('is blurred though the viewer saw the picture unchecked', () => {
    expect(after(begin, show, porn(0.9)).cover.over).toBe('hit')
  })

  test('the viewer has chosen to see stays seen, and later ones are still told', () => {
    const { cover, told } = after(begin, porn(0.9), show, porn(0.9), clean, clean, clean, porn(0.9))
    expect(cover.over).toBeNull()
    expect(told).toHaveLength(2)
  })
})

describe('from one stranger to the next', () => {
  test('nothing is taken over', () => {
    const next: CoverEvent = { type: 'begin', pair: 'q', rules, blurFirst: true }
    expect(after(begin, porn(0.9), show, next).cover).toMatchObject({ pair: 'q', over: 'unchecked', chosen: false, episode: false, clean: 0 })
    expect(after(begin, porn(0.9), { type: 'end' }).cover).toEqual(noCover)
  })

  test('a frame of the one before says nothing', () => {
    const next: CoverEvent = { type: 'begin', pair: 'q', rules, blurFirst: false }
    expect(after(begin, next, porn(0.9))).toMatchObject({ cover: { over: null }, told: [] })
    expect(after(porn(0.9))).toMatchObject({ cover: noCover, told: [] })
  })

  test('the same stranger whose camera comes back is not a new one', () => {
    expect(after(begin, clean, clean, begin).cover.over).toBeNull()
    expect(after(begin, porn(0.9), begin).cover.over).toBe('hit')
  })
})
