import { describe, expect, it } from 'vitest'
import { matched, Scenario, welcome } from './testing/scenario'

describe('the way of the media', () => {
  const way = { type: 'way', pair: 'pair1', epoch: 2, route: 'sfu', relayOnly: false, cause: 'operator', blank: true } as const

  it('is shown, and that it changed is said once until dismissed', () => {
    const s = new Scenario().connecting().do({ type: 'transport', pair: 'pair1', transport: 'connected' }, way)
    const moved = { route: 'sfu', cause: 'operator', at: s.now }
    expect(s.in('talking').pair).toMatchObject({ route: 'sfu', epoch: 2, blank: true, moved })
    expect(s.state.reportable?.route).toBe('sfu')
    s.do({ type: 'dismiss_moved' }).after(1_000).do({ ...way, blank: false })
    expect(s.in('talking').pair).toMatchObject({ blank: false, moved: null })
  })

  it('is tried while nothing is seen yet, and of another pair it is nothing', () => {
    const s = new Scenario().connecting().do({ ...way, pair: 'pair0' })
    expect(s.in('connecting').connecting.trying).toBe('p2p')
    expect(s.do(way).in('connecting').connecting.trying).toBe('sfu')
  })

  it('unchanged draws nothing anew', () => {
    const s = new Scenario().connecting().do(way)
    const before = s.state
    expect(s.do(way).state).toBe(before)
  })
})

describe('the wish to hide the address', () => {
  it('goes with the search, and is told when it changes', () => {
    const s = new Scenario({ hideIP: true })
    s.do({ type: 'start', options: { mode: 'text', consent: 'v1', adult: true } }, { type: 'link', link: { state: 'open' } }, { type: 'welcome', welcome: welcome({ resumed: false }) })
    expect(s.sent()).toMatchObject([{ type: 'privacy', hide_ip: true }, { type: 'find', hide_ip: true }])
    s.do({ type: 'preferences', change: { hideIP: false } }, { type: 'preferences', change: { autoNext: true } })
    expect(s.sent()).toEqual([{ type: 'privacy', hide_ip: false }])
  })

  it('that changed without a socket is told when it is back', () => {
    const s = new Scenario().talking().do({ type: 'link', link: { state: 'reconnecting', cause: 'lost', retryAt: null } }, { type: 'preferences', change: { hideIP: true } })
    expect(s.sent()).toEqual([])
    s.do({ type: 'link', link: { state: 'open' } }, { type: 'welcome', welcome: welcome({ state: 'paired', pair: matched() }) })
    expect(s.sent()).toEqual([{ type: 'privacy', hide_ip: true }])
  })
})
