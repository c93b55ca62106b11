import { describe, expect, it } from 'vitest'
import type { EndReason, SessionState } from '../protocol/protocol.gen'
import type { Event } from './events'
import { banOf } from './session'
import { matched, Scenario, welcome } from './testing/scenario'

const ended = (pair: string, state: SessionState, reason: EndReason = 'next', self = false): Event => ({
  type: 'message',
  message: { type: 'ended', pair, reason, state, ...(self && { self }) },
})
const match = (pair: string): Event => ({ type: 'message', message: matched({ pair }) })
const back = (change: Parameters<typeof welcome>[0]): Event => ({ type: 'welcome', welcome: welcome(change) })

describe('a search', () => {
  it('shows what the service says', () => {
    const s = new Scenario().looking().do({ type: 'message', message: { type: 'queue', waiting: 3, stage: 'language' } })
    expect(s.in('looking').search).toMatchObject({ waiting: 3, stage: 'language' })
    expect(s.take()).toEqual([{ type: 'clear_timer', timer: 'search' }])
  })

  it('is asked for again when the service says nothing', () => {
    const s = new Scenario().looking().do({ type: 'timer', timer: 'search' })
    expect(s.sent()).toEqual([{ type: 'find', mode: 'text' }])
  })

  it('waits as long as the service wants when it cannot match', () => {
    const s = new Scenario().looking().do({ type: 'message', message: { type: 'error', code: 'unavailable', message: '', retry_ms: 900 } })
    expect(s.in('looking').search.delayed).toBe(true)
    expect(s.take()).toEqual([{ type: 'timer', timer: 'search', ms: 900 }])
  })

  it('finds somebody', () => {
    const s = new Scenario().looking().do(match('pair1'))
    expect(s.in('talking')).toMatchObject({ transport: 'none', pair: { id: 'pair1', shared: ['go'], hue: 210 } })
    expect(s.take().map((effect) => effect.type)).toContain('begin_pair')
  })
})

describe('a match that crosses a stop', () => {
  it.each(['idle', 'ended'] as const)('is left again from %s', (phase) => {
    const s = phase === 'idle' ? new Scenario().looking() : new Scenario().talking()
    s.do({ type: 'stop' })
    s.take()
    s.do(match('pair2'))
    expect(s.state.phase).toBe(phase)
    expect(s.sent()).toEqual([{ type: 'leave', pair: 'pair2' }])
  })
})

describe('next pressed by both', () => {
  it('within the undo time: the partner’s end begins the search at once', () => {
    const s = new Scenario().talking().do({ type: 'next' })
    s.take()
    s.do(ended('pair1', 'idle'))
    expect(s.state.phase).toBe('looking')
    expect(s.sent()).toEqual([{ type: 'find', mode: 'text' }])
    s.do({ type: 'timer', timer: 'undo' })
    expect(s.sent()).toEqual([])
  })

  it.each([
    ['the partner’s end that crossed our leave', ended('pair1', 'idle')],
    ['the answer to our leave', ended('pair1', 'idle', 'next', true)],
  ])('after it: %s needs nothing more, as the leave asked for the next', (_, event) => {
    const s = new Scenario().talking().do({ type: 'next' }, { type: 'next' })
    s.take()
    s.do(event)
    expect(s.sent()).toEqual([])
    expect(s.state.phase).toBe('looking')
    expect(s.do({ type: 'timer', timer: 'search' }).sent()).toEqual([{ type: 'find', mode: 'text' }])
  })
})

describe('a late end', () => {
  it('of an older pair does not touch the present one', () => {
    const s = new Scenario().talking().do({ type: 'next' }, { type: 'next' }, match('pair2'))
    s.take()
    s.do(ended('pair1', 'waiting', 'next', true))
    expect(s.in('talking').pair.id).toBe('pair2')
    expect(s.take()).toEqual([])
  })

  it('that left us waiting after stop is cancelled', () => {
    const s = new Scenario().talking().do({ type: 'stop' })
    s.take()
    expect(s.do(ended('pair1', 'waiting')).sent()).toEqual([{ type: 'cancel' }])
  })
})

describe('the partner lost', () => {
  it.each(['node_lost', 'unconfirmed'] as const)('by %s goes on with the search, and says why', (reason) => {
    const s = new Scenario().talking().do(ended('pair1', 'waiting', reason))
    expect(s.in('looking').search.after).toBe(reason)
    expect(s.sent()).toEqual([])
  })

  it('for good ends', () => {
    const s = new Scenario().talking().do(ended('pair1', 'idle', 'gone'))
    expect(s.in('ended').end).toMatchObject({ reason: 'gone', self: false })
  })

  it('for the moment: stream paused, then everything sent again', () => {
    const presence = (state: 'away' | 'back'): Event => ({ type: 'message', message: { type: 'partner', pair: 'pair1', state } })
    const s = new Scenario().talking().do(presence('away'))
    expect(s.in('talking').partner.away).toBe(true)
    expect(s.take()).toEqual([{ type: 'pause_stream' }])
    s.do(presence('back'))
    expect(s.in('talking').partner.away).toBe(false)
    expect(s.take()).toEqual([{ type: 'resume_stream' }, { type: 'revive_peer' }])
  })
})

describe('find while in a pair', () => {
  it('that we left: leave again', () => {
    const s = new Scenario().talking().do({ type: 'next' }, { type: 'next' })
    s.take()
    s.do({ type: 'message', message: { type: 'error', code: 'not_idle', message: '' } })
    expect(s.sent()).toEqual([{ type: 'leave', pair: 'pair1', next: true }])
  })

  it('that is on its way: wait for it', () => {
    const s = new Scenario().looking().do({ type: 'message', message: { type: 'error', code: 'not_idle', message: '' } })
    expect(s.sent()).toEqual([])
    expect(s.do(match('pair1')).state.phase).toBe('talking')
  })
})

describe('the socket coming back', () => {
  it('in the same pair resumes it', () => {
    const s = new Scenario().talking().do({ type: 'link', link: { state: 'reconnecting', cause: 'lost', retryAt: null } })
    expect(s.take()).toEqual([{ type: 'pause_stream' }])
    s.do(back({ state: 'paired', pair: matched() }))
    expect(s.state.phase).toBe('talking')
    expect(s.take()).toEqual([{ type: 'settle_ways', matched: matched() }, { type: 'resume_stream' }, { type: 'revive_peer' }])
  })

  it('with the partner away does not resume yet', () => {
    const s = new Scenario().talking().do(back({ state: 'paired', pair: matched(), partner_away: true }))
    expect(s.in('talking').partner.away).toBe(true)
    expect(s.take()).toEqual([{ type: 'settle_ways', matched: matched() }, { type: 'pause_stream' }])
  })

  it('while an undo is open keeps it open', () => {
    const s = new Scenario().talking().do({ type: 'next' }, back({ state: 'paired', pair: matched() }))
    expect(s.state.undo).not.toBeNull()
  })

  it('after we left meanwhile leaves again', () => {
    const s = new Scenario().talking().do({ type: 'next' }, { type: 'next' })
    s.take()
    s.do(back({ state: 'paired', pair: matched() }))
    expect(s.state.phase).toBe('looking')
    expect(s.sent()).toEqual([{ type: 'leave', pair: 'pair1', next: true }])
  })

  it('after we stopped meanwhile leaves for good', () => {
    const s = new Scenario().talking().do({ type: 'stop' })
    s.take()
    s.do(back({ state: 'paired', pair: matched() }))
    expect(s.sent()).toEqual([{ type: 'leave', pair: 'pair1' }])
  })

  it('with a match made meanwhile begins it', () => {
    const s = new Scenario().looking().do(back({ state: 'paired', pair: matched({ pair: 'pair7' }) }))
    expect(s.in('talking').pair.id).toBe('pair7')
  })

  it('with a pair instead of the one we knew goes to that one', () => {
    const s = new Scenario().talking().do(back({ state: 'paired', pair: matched({ pair: 'pair7' }) }))
    expect(s.in('talking').pair.id).toBe('pair7')
    expect(s.take().filter((e) => e.type === 'end_pair' || e.type === 'begin_pair').map((e) => e.type)).toEqual(['end_pair', 'begin_pair'])
  })

  it('idle while we look asks again; waiting does not', () => {
    const s = new Scenario().looking().do(back({ state: 'idle', resumed: false }))
    expect(s.sent()).toEqual([{ type: 'find', mode: 'text' }])
    expect(s.do(back({ state: 'waiting' })).sent()).toEqual([])
  })

  it('without the pair ends it as lost', () => {
    const s = new Scenario().talking().do(back({ state: 'idle', resumed: false }))
    expect(s.in('ended').end.reason).toBe('lost')
  })

  it('requeued goes on looking', () => {
    const s = new Scenario().talking().do(back({ state: 'waiting' }))
    expect(s.in('looking').search.after).toBe('lost')
    expect(s.sent()).toEqual([])
  })

  it('without the pair while next was pressed asks for the next', () => {
    const s = new Scenario().talking().do({ type: 'next' })
    s.take()
    expect(s.do(back({ state: 'idle' })).sent()).toEqual([{ type: 'find', mode: 'text' }])
  })

  it.each(['superseded', 'banned'] as const)('says nothing to a page that is %s', (kind) => {
    const s = new Scenario().looking()
    s.do({ type: 'stopped', stop: kind === 'banned' ? { kind, ban: banOf({}) } : { kind } })
    s.take()
    expect(s.do(back({ state: 'waiting' })).take()).toEqual([])
  })

  it('stopped meanwhile cancels the search there', () => {
    const s = new Scenario().looking().do({ type: 'stop' })
    s.take()
    expect(s.do(back({ state: 'waiting' })).sent()).toEqual([{ type: 'cancel' }])
  })
})

describe('any order of events', () => {
  it('never throws, and never keeps an undo, a pair or a search outside its phase', async () => {
    const { seeded } = await import('./testing/random')
    const events: Event[] = [
      { type: 'start', options: { mode: 'text', consent: 'v', adult: true } },
      { type: 'start', options: { mode: 'video', consent: 'v', adult: true } },
      { type: 'acquired', camera: null, microphone: null, any: true },
      { type: 'next' },
      { type: 'undo_next' },
      { type: 'stop' },
      { type: 'text', id: 't', text: 'x' },
      { type: 'block', id: 'b', next: true },
      { type: 'typing', active: true },
      match('pair1'),
      match('pair2'),
      ended('pair1', 'idle'),
      ended('pair1', 'waiting'),
      ended('pair2', 'idle', 'stop', true),
      back({ state: 'idle' }),
      back({ state: 'waiting' }),
      back({ state: 'paired', pair: matched() }),
      { type: 'transport', pair: 'pair1', transport: 'connected' },
      { type: 'timer', timer: 'undo' },
      { type: 'timer', timer: 'search' },
      { type: 'timer', timer: 'auto_next' },
      { type: 'link', link: { state: 'open' } },
      { type: 'link', link: { state: 'offline' } },
      { type: 'stopped', stop: { kind: 'superseded' } },
    ]
    const random = seeded(7)
    let open: string | null = null
    for (let run = 0; run < 500; run++) {
      const s = new Scenario({ autoNext: random() < 0.5 })
      open = null
      for (let i = 0; i < 40; i++) {
        const event = events[Math.floor(random() * events.length)]
        if (event !== undefined) s.after(Math.floor(random() * 3_000)).do(event)
        for (const effect of s.take()) {
          if (effect.type === 'begin_pair') open = effect.matched.pair
          if (effect.type === 'end_pair') open = null
        }
        const inPair = 'pair' in s.state && s.state.phase !== 'ended' ? s.state.pair.id : null
        expect(open, `run ${run}, step ${i}`).toBe(inPair)
        expect(s.state.undo === null || inPair !== null).toBe(true)
        expect('search' in s.state).toBe(s.state.phase === 'looking')
      }
    }
  })
})
