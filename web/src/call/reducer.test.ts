import { describe, expect, it } from 'vitest'
import { noMedia } from './media'
import { banOf } from './session'
import { matched, Scenario, welcome } from './testing/scenario'

const consent = { consent: 'v1', adult: true }

describe('start', () => {
  it('asks for devices first in video mode, then opens the link, then searches', () => {
    const s = new Scenario()
    s.do({ type: 'start', options: { mode: 'video', camera: true, ...consent } })
    expect(s.state.phase).toBe('opening')
    expect(s.take()).toContainEqual({ type: 'acquire', camera: true, muted: false })
    s.do({ type: 'acquired', camera: null, microphone: null, any: true })
    expect(s.take()).toEqual([{ type: 'open_link' }])
    s.do({ type: 'link', link: { state: 'open' } }, { type: 'welcome', welcome: welcome() })
    expect(s.sent()).toEqual([{ type: 'find', mode: 'video' }])
    expect(s.in('looking').search).toMatchObject({ mode: 'video', since: s.now, waiting: null })
  })

  it('joins with the camera off unless told otherwise', () => {
    const s = new Scenario().do({ type: 'start', options: { mode: 'video', ...consent } })
    expect(s.take()).toContainEqual({ type: 'acquire', camera: false, muted: false })
  })

  it('asks for no device in text mode', () => {
    const s = new Scenario().do({ type: 'start', options: { mode: 'text', ...consent } })
    const types = s.take().map((effect) => effect.type)
    expect(types).toContain('open_link')
    expect(types).not.toContain('acquire')
  })

  it('says what failed when there is neither microphone nor camera', () => {
    const s = new Scenario().do(
      { type: 'start', options: { mode: 'video', ...consent } },
      { type: 'acquired', camera: null, microphone: 'denied', any: false },
    )
    expect(s.in('idle').problem).toEqual({ code: 'media', camera: null, microphone: 'denied' })
  })

  it('goes on by voice when only the camera failed', () => {
    const s = new Scenario().do(
      { type: 'start', options: { mode: 'video', camera: true, ...consent } },
      { type: 'acquired', camera: 'in_use', microphone: null, any: true },
    )
    expect(s.take().at(-1)).toEqual({ type: 'open_link' })
  })

  it('gives devices back when it was stopped while they were asked for', () => {
    const s = new Scenario().do({ type: 'start', options: { mode: 'video', ...consent } }, { type: 'stop' })
    s.take()
    s.do({ type: 'acquired', camera: null, microphone: null, any: true })
    expect(s.state.phase).toBe('idle')
    expect(s.take()).toEqual([{ type: 'release_media' }])
  })

  it('waits for the devices even when the socket comes back first', () => {
    const s = new Scenario().looking().do({ type: 'stop' }, { type: 'start', options: { mode: 'video', ...consent } })
    s.take()
    s.do({ type: 'welcome', welcome: welcome() })
    expect(s.state.phase).toBe('opening')
    s.do({ type: 'acquired', camera: null, microphone: null, any: true })
    expect(s.sent()).toEqual([{ type: 'find', mode: 'video' }])
  })

  it('sends interests and language of the preferences', () => {
    const s = new Scenario({ interests: ['go', 'music'], language: 'en-GB' })
    s.do({ type: 'start', options: { mode: 'text', ...consent } }, { type: 'welcome', welcome: welcome() })
    expect(s.sent()).toEqual([{ type: 'find', mode: 'text', interests: ['go', 'music'], language: 'en-GB' }])
  })

  it('does nothing while a call is on', () => {
    const s = new Scenario().talking().do({ type: 'start', options: { mode: 'text', ...consent } })
    expect(s.state.phase).toBe('talking')
    expect(s.take()).toEqual([])
  })
})

describe('next', () => {
  it('can be undone for two seconds, in which the partner gets nothing', () => {
    const s = new Scenario().talking().do({ type: 'next' })
    expect(s.in('talking').undo).toEqual({ until: s.now + 2_000 })
    expect(s.take()).toEqual([
      { type: 'timer', timer: 'undo', ms: 2_000 },
      { type: 'suspend', on: true },
    ])
    s.do({ type: 'undo_next' })
    expect(s.in('talking').undo).toBeNull()
    expect(s.take()).toEqual([
      { type: 'clear_timer', timer: 'undo' },
      { type: 'suspend', on: false },
    ])
  })

  it.each([['the time', { type: 'timer', timer: 'undo' }] as const, ['a second press', { type: 'next' }] as const])(
    'is final after %s',
    (_, event) => {
      const s = new Scenario().talking().do({ type: 'next' }, event)
      expect(s.state.phase).toBe('looking')
      expect(s.state.undo).toBeNull()
      expect(s.sent()).toEqual([{ type: 'leave', pair: 'pair1', next: true }])
    },
  )

  it('searches at once when the pair is over', () => {
    const s = new Scenario().talking().do({ type: 'stop' })
    s.take()
    s.do({ type: 'next' })
    expect(s.state.phase).toBe('looking')
    expect(s.sent()).toEqual([{ type: 'find', mode: 'text' }])
  })

  it('does nothing while looking', () => {
    const s = new Scenario().looking().do({ type: 'next' })
    expect(s.take()).toEqual([])
  })
})

describe('stop', () => {
  it('leaves a conversation and shows its end', () => {
    const s = new Scenario({ autoNext: true }).talking().do({ type: 'stop' })
    expect(s.sent()).toEqual([{ type: 'leave', pair: 'pair1' }])
    expect(s.in('ended').end).toMatchObject({ reason: 'stop', self: true, nextAt: null })
    expect(s.state.reportable?.id).toBe('pair1')
  })

  it('cancels a search and gives the devices back', () => {
    const s = new Scenario().looking().do({ type: 'stop' })
    const effects = s.take()
    expect(effects).toContainEqual({ type: 'send', message: { type: 'cancel' } })
    expect(effects).toContainEqual({ type: 'release_media' })
    expect(s.in('idle').problem).toBeNull()
  })
})

describe('auto-next', () => {
  const ended = { type: 'message', message: { type: 'ended', pair: 'pair1', reason: 'next', state: 'idle' } } as const

  it('looks for somebody else three seconds after the partner left', () => {
    const s = new Scenario({ autoNext: true }).talking().do(ended)
    expect(s.in('ended').end).toMatchObject({ reason: 'next', self: false, nextAt: s.now + 3_000 })
    expect(s.take()).toContainEqual({ type: 'timer', timer: 'auto_next', ms: 3_000 })
    s.do({ type: 'timer', timer: 'auto_next' })
    expect(s.sent()).toEqual([{ type: 'find', mode: 'text' }])
  })

  it('can be cancelled', () => {
    const s = new Scenario({ autoNext: true }).talking().do(ended, { type: 'cancel_auto_next' })
    s.take()
    s.do({ type: 'timer', timer: 'auto_next' })
    expect(s.in('ended').end.nextAt).toBeNull()
    expect(s.take()).toEqual([])
  })

  it('is a choice', () => {
    expect(new Scenario().talking().do(ended).in('ended').end.nextAt).toBeNull()
  })
})

describe('chat', () => {
  it('shows a line at once and follows it to the partner', () => {
    const s = new Scenario().talking().do({ type: 'text', id: 'a', text: 'hi' })
    expect(s.take()).toEqual([{ type: 'push', body: { type: 'chat', id: 'a', text: 'hi' } }])
    expect(s.state.chat.lines).toEqual([{ id: 'a', from: 'me', text: 'hi', at: s.now, status: 'sending' }])
    s.do({ type: 'lines', ids: ['a'], status: 'sent' })
    expect(s.state.chat.lines[0]?.status).toBe('sent')
    s.do({ type: 'lines', ids: ['a'], status: 'delivered' }, { type: 'lines', ids: ['a'], status: 'sent' })
    expect(s.state.chat.lines[0]?.status).toBe('delivered')
  })

  it('shows the partner’s lines and not those of an older pair', () => {
    const s = new Scenario().talking().do(
      { type: 'peer', message: { type: 'chat', pair: 'pair1', seq: 1, id: 'x', text: 'hello' } },
      { type: 'peer', message: { type: 'chat', pair: 'pair0', seq: 9, id: 'y', text: 'late' } },
    )
    expect(s.state.chat.lines.map((line) => line.text)).toEqual(['hello'])
  })

  it('marks what never left as failed when the pair ends, and begins empty with the next', () => {
    const s = new Scenario().talking().do({ type: 'text', id: 'a', text: 'hi' }, { type: 'next' }, { type: 'next' })
    expect(s.state.chat.lines[0]?.status).toBe('failed')
    s.do({ type: 'message', message: matched({ pair: 'pair2' }) })
    expect(s.state.chat.lines).toEqual([])
  })

  it('keeps 500 lines', () => {
    const s = new Scenario().talking()
    for (let i = 0; i < 510; i++) s.do({ type: 'text', id: `${i}`, text: 'x' })
    expect(s.state.chat.lines).toHaveLength(500)
    expect(s.state.chat.lines[0]?.id).toBe('10')
  })

  it('says that the service asked to slow down, for as long as it did', () => {
    const s = new Scenario().talking()
    s.do({ type: 'held', pair: 'pair1', until: s.now + 4_000 })
    expect(s.state.chat.heldUntil).toBe(s.now + 4_000)
    s.do({ type: 'timer', timer: 'held' })
    expect(s.state.chat.heldUntil).toBeNull()
  })
})

describe('typing', () => {
  it('is told at most every three seconds', () => {
    const s = new Scenario().talking()
    const told = (): number => s.do({ type: 'typing', active: true }).sent().length
    expect([told(), told(), (s.after(2_999), told()), (s.after(1), told())]).toEqual([1, 0, 0, 1])
  })

  it.each([
    ['after five idle seconds', { type: 'timer', timer: 'typing_out' }] as const,
    ['when the input is emptied', { type: 'typing', active: false }] as const,
    ['when the line is sent', { type: 'text', id: 'a', text: 'hi' }] as const,
  ])('is withdrawn %s', (_, event) => {
    const s = new Scenario().talking().do({ type: 'typing', active: true })
    s.take()
    expect(s.do(event).sent()).toEqual([{ type: 'typing', pair: 'pair1', typing: false }])
  })

  it('of the partner is believed for six seconds or until their line', () => {
    const typing = { type: 'message', message: { type: 'typing', pair: 'pair1', typing: true } } as const
    const s = new Scenario().talking().do(typing)
    expect(s.take()).toEqual([{ type: 'timer', timer: 'typing_in', ms: 6_000 }])
    expect(s.in('talking').partner.typing).toBe(true)
    s.do({ type: 'timer', timer: 'typing_in' })
    expect(s.in('talking').partner.typing).toBe(false)
    s.do(typing, { type: 'peer', message: { type: 'chat', pair: 'pair1', seq: 1, id: 'x', text: 'hello' } })
    expect(s.in('talking').partner.typing).toBe(false)
  })
})

describe('reactions', () => {
  it('are shown on both sides for four seconds, and a flood is not sent', () => {
    const s = new Scenario().talking()
    for (let i = 0; i < 7; i++) s.do({ type: 'react', id: `${i}`, name: 'heart' })
    expect(s.take().filter((effect) => effect.type === 'push')).toHaveLength(5)
    s.do({ type: 'peer', message: { type: 'reaction', pair: 'pair1', seq: 1, reaction: 'wave' } })
    expect(s.state.reactions).toHaveLength(6)
    s.after(4_000).do({ type: 'timer', timer: 'reactions' })
    expect(s.state.reactions).toEqual([])
  })
})

describe('report and block', () => {
  const options = { reason: 'spam', description: '', block: true, next: true } as const

  it('with a block ends the pair and goes on', () => {
    const s = new Scenario().talking().do({ type: 'report', id: 'r', options })
    expect(s.sent()).toEqual([
      { type: 'report', id: 'r', pair: 'pair1', reason: 'spam', block: true },
      { type: 'leave', pair: 'pair1', next: true },
    ])
    expect(s.state.phase).toBe('looking')
    expect(s.state.report).toMatchObject({ status: 'sending', pair: 'pair1' })
  })

  it('without a block leaves the pair alone', () => {
    const s = new Scenario().talking().do({ type: 'report', id: 'r', options: { ...options, block: false } })
    expect(s.state.phase).toBe('talking')
  })

  it('is sent again until it is done, after a reconnect too', () => {
    const s = new Scenario().talking().do({ type: 'block', id: 'b', next: false })
    s.take()
    const block = { type: 'block', id: 'b', pair: 'pair1' }
    expect(s.do({ type: 'timer', timer: 'reports' }).sent()).toEqual([block])
    expect(s.do({ type: 'welcome', welcome: welcome() }).sent()).toContainEqual(block)
    s.do({ type: 'message', message: { type: 'done', id: 'b' } })
    expect(s.state.report?.status).toBe('done')
    s.take()
    expect(s.do({ type: 'timer', timer: 'reports' }).sent()).toEqual([])
  })

  it.each([
    ['unavailable', 'sending'],
    ['rate_limited', 'sending'],
    ['not_paired', 'failed'],
    ['bad_message', 'failed'],
  ] as const)('refused as %s is %s', (code, status) => {
    const s = new Scenario().talking().do({ type: 'report', id: 'r', options })
    s.do({ type: 'message', message: { type: 'error', code, message: '', id: 'r', retry_ms: 700 } })
    expect(s.state.report?.status).toBe(status)
  })

  it('works about the last pair while the next one is looked for', () => {
    const s = new Scenario().talking().do({ type: 'next' }, { type: 'next' })
    s.take()
    expect(s.do({ type: 'report', id: 'r', options }).sent()).toEqual([
      { type: 'report', id: 'r', pair: 'pair1', reason: 'spam', block: true },
    ])
  })
})

describe('media', () => {
  const camera = { ...noMedia, camera: { ...noMedia.camera, on: true }, microphone: { ...noMedia.microphone, on: true } }

  it('is told to the partner at the start and at each change', () => {
    const s = new Scenario().connecting()
    s.do({ type: 'media', media: camera })
    expect(s.take()).toEqual([{ type: 'push', body: { type: 'media', camera: true, microphone: true } }])
    s.do({ type: 'media', media: { ...camera, resolution: { width: 640, height: 480 } } })
    expect(s.take()).toEqual([])
    s.do({ type: 'next' }, { type: 'next' })
    s.take()
    s.do({ type: 'message', message: matched({ pair: 'pair2', mode: 'video' }) })
    expect(s.take()).toContainEqual({ type: 'push', body: { type: 'media', camera: true, microphone: true } })
  })

  it('of the partner is shown', () => {
    const s = new Scenario().connecting()
    s.do({ type: 'peer', message: { type: 'media', pair: 'pair1', seq: 1, camera: true, microphone: false } })
    expect(s.in('connecting').partner).toMatchObject({ camera: true, microphone: false })
  })
})

describe('transport', () => {
  it('leads from connecting to talking', () => {
    const s = new Scenario().connecting().do({ type: 'timer', timer: 'slow' })
    expect(s.in('connecting').connecting).toMatchObject({ trying: 'p2p', slow: true })
    s.do({ type: 'transport', pair: 'pair1', transport: 'connected' })
    expect(s.in('talking').transport).toBe('connected')
  })

  it('that failed leaves the text', () => {
    const s = new Scenario().connecting().do({ type: 'transport', pair: 'pair1', transport: 'failed' })
    expect(s.in('talking').transport).toBe('failed')
    s.do({ type: 'transport', pair: 'pair1', transport: 'connected' })
    expect(s.in('talking').transport).toBe('connected')
  })

  it('of an older pair says nothing', () => {
    const s = new Scenario().connecting().do({ type: 'transport', pair: 'pair0', transport: 'connected' })
    expect(s.state.phase).toBe('connecting')
  })
})

describe('the link giving up', () => {
  it.each([
    [{ kind: 'superseded' }, 'superseded'],
    [{ kind: 'banned', ban: banOf({}) }, 'banned'],
    [{ kind: 'problem', problem: { code: 'offline' } }, 'idle'],
  ] as const)('%o ends the call in %s and gives the devices back', (stop, phase) => {
    const s = new Scenario().connecting().do({ type: 'stopped', stop })
    expect(s.state.phase).toBe(phase)
    const types = s.take().map((effect) => effect.type)
    expect(types).toContain('end_pair')
    expect(types).toContain('release_media')
  })

  it('for another tab can be taken back', () => {
    const s = new Scenario().talking().do({ type: 'stopped', stop: { kind: 'superseded' } }, { type: 'link', link: { state: 'closed' } })
    s.take()
    s.do({ type: 'take_over' })
    expect(s.state.phase).toBe('opening')
    expect(s.take()).toContainEqual({ type: 'open_link' })
  })
})

describe('preferences', () => {
  it('are tidied, kept, and change a search under way', () => {
    const s = new Scenario().looking().do({ type: 'preferences', change: { interests: [' #Go ', 'go', ''] } })
    expect(s.state.preferences.interests).toEqual(['go'])
    const effects = s.take()
    expect(effects.map((effect) => effect.type)).toEqual(['save_preferences', 'send'])
  })
})
