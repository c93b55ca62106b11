import { describe, expect, it } from 'vitest'
import type { Moderation } from '../protocol/protocol.gen'
import type { Event } from './events'
import { banOf } from './session'
import { matched, Scenario, welcome } from './testing/scenario'

const moderation = (change: Partial<Moderation>): Event => ({
  type: 'message',
  message: { type: 'moderation', pair: 'pair1', target: 'partner', actions: ['blur', 'stop'], reason: 'nudity', ...change },
})
const talking = () => new Scenario().connecting().do({ type: 'transport', pair: 'pair1', transport: 'connected' })

describe('what the service does about a picture', () => {
  it.each([
    ['partner', { partner: { stopped: true, reason: 'nudity' }, me: null }],
    ['you', { partner: null, me: { stopped: true, reason: 'nudity' } }],
  ] as const)('of %s is in force until it is taken back', (target, held) => {
    const s = talking().do(moderation({ target }))
    expect(s.in('talking').pair).toMatchObject({ held, word: { target, actions: ['blur', 'stop'], lifted: false } })
    s.do(moderation({ target, actions: [], reason: 'staff', lifted: true }))
    expect(s.in('talking').pair).toMatchObject({ held: { partner: null, me: null }, word: { target, reason: 'staff', lifted: true } })
  })

  it('replaces what it did before', () => {
    const s = talking().do(moderation({ actions: ['blur'] }))
    expect(s.in('talking').pair.held.partner).toEqual({ stopped: false, reason: 'nudity' })
    s.do(moderation({}))
    expect(s.in('talking').pair.held.partner).toEqual({ stopped: true, reason: 'nudity' })
    s.do(moderation({ actions: [] }))
    expect(s.in('talking').pair.held.partner).toBeNull()
  })

  it('may be a warning only, said until it is read', () => {
    const s = talking().do(moderation({ target: 'you', actions: ['warn'] }))
    expect(s.in('talking').pair).toMatchObject({ held: { me: null }, word: { actions: ['warn'] } })
    s.do({ type: 'dismiss_moderation' })
    expect(s.in('talking').pair.word).toBeNull()
  })

  it('stays in force when the word of it was read', () => {
    const s = talking().do(moderation({ target: 'you' }), { type: 'dismiss_moderation' })
    expect(s.in('talking').pair).toMatchObject({ held: { me: { stopped: true } }, word: null })
  })

  it('is forgotten with a new socket, on which the service says what is in force', () => {
    const s = talking().do(moderation({}))
    s.do({ type: 'welcome', welcome: welcome({ state: 'paired', pair: matched({ mode: 'video' }) }) })
    expect(s.in('talking').pair.held.partner).toBeNull()
    s.do(moderation({}))
    expect(s.in('talking').pair.held.partner).toEqual({ stopped: true, reason: 'nudity' })
  })

  it('in another pair says nothing, and is not taken into the next one', () => {
    const s = talking().do(moderation({ pair: 'pair0' }))
    expect(s.in('talking').pair).toMatchObject({ held: { partner: null, me: null }, word: null })
    s.do(moderation({}), { type: 'next' }, { type: 'next' }, moderation({}))
    expect(s.state.phase).toBe('looking')
  })
})

describe('a sighting', () => {
  const sighting = { pair: 'pair1', class: 'Porn', score: 0.9, scores: { Porn: 0.9 }, model: 'mid' }

  it('is told to the service', () => {
    const s = talking()
    s.take()
    expect(s.do({ type: 'sighted', sighting }).sent()).toEqual([{ type: 'sighting', ...sighting }])
  })

  it('of a pair that is over is not', () => {
    const s = talking()
    s.take()
    expect(s.do({ type: 'sighted', sighting: { ...sighting, pair: 'pair0' } }).sent()).toEqual([])
  })
})

describe('a ban', () => {
  const banned: Event = { type: 'message', message: { type: 'banned', reason: 'nudity', until: 1_795_000_000, ban: 'b1' } }

  it('ends everything, and says why and until when, whatever the close says', () => {
    const s = talking().do(banned, { type: 'stopped', stop: { kind: 'banned', ban: banOf({}) } })
    expect(s.in('banned').ban).toEqual({ detail: null, reason: 'nudity', until: 1_795_000_000_000, id: 'b1' })
    const types = s.take().map(({ type }) => type)
    expect(types).toContain('end_pair')
    expect(types).toContain('release_media')
  })

  it('for good has no end', () => {
    expect(banOf({ reason: 'spam', until: 0, ban: 'b1' }).until).toBeNull()
    expect(banOf({ detail: 'Spam.' })).toEqual({ detail: 'Spam.', reason: null, until: null, id: null })
  })
})

describe('a report', () => {
  const options = { reason: 'nudity', description: '', block: false, next: false } as const

  it('carries a picture only when there is one', () => {
    const s = talking()
    s.take()
    expect(s.do({ type: 'report', id: 'r', options: { ...options, still: '/9j/4A==' } }).sent()).toContainEqual({ type: 'report', id: 'r', pair: 'pair1', reason: 'nudity', still: '/9j/4A==' })
    expect(s.do({ type: 'report', id: 'q', options }).sent()).toContainEqual({ type: 'report', id: 'q', pair: 'pair1', reason: 'nudity' })
  })
})
