import { describe, expect, it } from 'vitest'
import type { Matched, RouteStep } from '../protocol/protocol.gen'
import { matched } from './testing/scenario'
import { beginWays, FRAMES_ENOUGH, HELD_AT_MOST, isBlank, reduceWays, transportOf } from './ways'
import type { Signal, Ways, WaysEffect, WaysEvent } from './ways'

/** Ways driven by events; effects pile up until taken, in a short form. */
class Course {
  ways: Ways
  private effects: string[]

  constructor(change: Partial<Matched> = {}) {
    const [ways, effects] = beginWays(matched({ mode: 'video', ...change }))
    this.ways = ways
    this.effects = effects.map(short)
  }

  do(...events: WaysEvent[]): this {
    for (const event of events) {
      const [ways, effects] = reduceWays(this.ways, event)
      this.ways = ways
      this.effects.push(...effects.map(short))
    }
    return this
  }

  step(phase: RouteStep['phase'], epoch: number, change: Partial<RouteStep> = {}): this {
    return this.do({ type: 'step', step: { type: 'route', pair: 'pair1', epoch, phase, route: 'sfu', cause: 'policy', ...change } })
  }

  /** Everything that a way can prove. */
  works(epoch: number): this {
    return this.do(
      { type: 'transport', epoch, transport: 'connected' },
      { type: 'frames', epoch, count: FRAMES_ENOUGH },
      { type: 'alive', epoch, via: 'server', sound: true },
    )
  }

  take(): string[] {
    return this.effects.splice(0)
  }
}

function short(effect: WaysEffect): string {
  switch (effect.type) {
    case 'open':
      return `open ${effect.way.epoch} ${effect.way.route}`
    case 'deliver':
      return `deliver ${effect.signal.type} ${effect.signal.epoch ?? 1}`
    case 'say':
      return `${effect.message.type} ${effect.message.epoch} ${effect.message.type === 'ready' ? effect.message.via : effect.message.cause}`
    case 'cap':
      return `cap ${effect.epoch} ${effect.bps ?? 'off'}`
    default:
      return `${effect.type} ${effect.epoch}`
  }
}

const offer = (epoch: number): Signal => ({ type: 'description', pair: 'pair1', seq: 1, epoch, description: { type: 'offer', sdp: 'v=0\r\n' } })
const seen: WaysEvent = { type: 'partner', camera: true, microphone: true }

/** A call on its first way, with both cameras on. */
function call(change: Partial<Matched> = {}): Course {
  const course = new Course(change).do(seen).works(1)
  course.take()
  return course
}

/** The same with another way connecting beside it. */
function preparing(change: Partial<RouteStep> = {}): Course {
  const course = call().step('prepare', 2, change)
  course.take()
  return course
}

describe('the first way', () => {
  it('is shown from the beginning', () => {
    expect(new Course().take()).toEqual(['open 1 p2p', 'show 1'])
  })

  it('is ready when it is connected, seen and heard', () => {
    const course = new Course().do(seen, { type: 'transport', epoch: 1, transport: 'connected' }, { type: 'alive', epoch: 1, via: 'relay', sound: true })
    course.take()
    expect(course.do({ type: 'frames', epoch: 1, count: FRAMES_ENOUGH - 1 }).take()).toEqual([])
    expect(course.do({ type: 'frames', epoch: 1, count: FRAMES_ENOUGH }).take()).toEqual(['ready 1 relay'])
    expect(course.works(1).take()).toEqual([])
  })

  it('needs no picture of a camera that is off, and no sound of a microphone that is off', () => {
    const course = new Course().do({ type: 'transport', epoch: 1, transport: 'connected' })
    course.take()
    expect(course.do({ type: 'alive', epoch: 1, via: 'direct', sound: false }).take()).toEqual([])
    expect(course.do({ type: 'partner', camera: false, microphone: false }).take()).toEqual(['ready 1 direct'])
  })

  it('that fails is said so once, and ready again when it works again', () => {
    const course = call()
    expect(course.do({ type: 'trouble', epoch: 1, cause: 'stalled' }, { type: 'trouble', epoch: 1, cause: 'stalled' }).take()).toEqual(['failed 1 stalled'])
    expect(course.do({ type: 'alive', epoch: 1, via: 'direct', sound: true }).take()).toEqual(['ready 1 direct'])
  })
})

describe('a switch', () => {
  it('keeps what is seen until the commit, then swaps, and closes the old one after a while', () => {
    const course = call()
    expect(course.step('prepare', 2).take()).toEqual(['open 2 sfu', 'cap 1 800000', 'cap 2 800000'])
    expect(course.works(2).take()).toEqual(['ready 2 server'])
    expect(course.ways.shown).toBe(1)
    expect(course.step('commit', 2).take()).toEqual(['cap 2 off', 'show 2', 'linger 1'])
    expect(course.ways.inUse).toMatchObject({ epoch: 2, route: 'sfu', cause: 'policy' })
    expect(course.do({ type: 'signal', signal: offer(1) }).take()).toEqual(['deliver description 1']) // it lives on
    expect(course.do({ type: 'lingered', epoch: 1 }).take()).toEqual(['close 1'])
    expect(course.do({ type: 'lingered', epoch: 1 }, { type: 'signal', signal: offer(1) }).take()).toEqual([])
  })

  it('goes there and back', () => {
    const course = preparing().works(2).step('commit', 2)
    course.take()
    expect(course.step('prepare', 3, { route: 'p2p' }).take()).toEqual(['open 3 p2p', 'cap 2 800000', 'cap 3 800000'])
    expect(course.works(3).step('commit', 3, { route: 'p2p' }).take()).toEqual(['ready 3 server', 'cap 3 off', 'show 3', 'linger 2', 'linger 1'])
    expect(course.do({ type: 'lingered', epoch: 1 }, { type: 'lingered', epoch: 2 }).take()).toEqual(['close 1', 'close 2'])
  })

  it('is given up by a rollback', () => {
    const course = preparing()
    expect(course.step('rollback', 2).take()).toEqual(['close 2', 'cap 1 off'])
    expect(course.ways).toMatchObject({ shown: 1, prepared: null, moved: false })
    expect(course.works(2).step('rollback', 2).step('rollback', 1).take()).toEqual([])
  })

  it('that fails is said so, and left to the service', () => {
    const course = preparing()
    expect(course.do({ type: 'trouble', epoch: 2, cause: 'ice' }).take()).toEqual(['failed 2 ice'])
    expect(course.ways.prepared?.epoch).toBe(2)
  })

  it('is overtaken by a newer one, and not by an older', () => {
    const course = preparing()
    expect(course.step('prepare', 3, { route: 'turn' }).take()).toEqual(['close 2', 'cap 1 off', 'open 3 turn', 'cap 1 800000', 'cap 3 800000'])
    expect(course.step('prepare', 2).step('commit', 2).step('rollback', 2).step('prepare', 3).take()).toEqual([])
    expect(course.works(3).step('commit', 3, { route: 'turn' }).take()).toEqual(['ready 3 server', 'cap 3 off', 'show 3', 'linger 1'])
    expect(course.step('commit', 3).step('prepare', 1).step('rollback', 3).take()).toEqual([])
  })

  it('without the partner’s picture needs only the sound', () => {
    const course = new Course().works(1).step('prepare', 2)
    course.take()
    course.do({ type: 'transport', epoch: 2, transport: 'connected' }, { type: 'alive', epoch: 2, via: 'server', sound: true })
    expect(course.take()).toEqual(['ready 2 server'])
    expect(course.step('commit', 2).take()).toEqual(['cap 2 off', 'show 2', 'linger 1'])
    expect(isBlank(course.ways)).toBe(false)
  })

  it('committed before anything is seen that way keeps the old picture until then', () => {
    const course = preparing().do({ type: 'transport', epoch: 2, transport: 'connected' }).step('commit', 2)
    expect(course.take()).toEqual(['cap 2 off'])
    expect([course.ways.shown, transportOf(course.ways), isBlank(course.ways)]).toEqual([1, 'restarting', false])
    expect(course.do({ type: 'frames', epoch: 2, count: 1 }).take()).toEqual(['show 2', 'linger 1'])
    expect(transportOf(course.ways)).toBe('connected')
  })

  it('again and again leaves no more than two old ones', () => {
    const course = call()
    for (let epoch = 2; epoch < 6; epoch++) course.step('prepare', epoch).works(epoch).step('commit', epoch)
    expect(course.ways.old).toEqual([4, 3])
    expect(course.take().filter((line) => line.startsWith('close'))).toEqual(['close 1', 'close 2'])
  })
})

describe('a forced switch', () => {
  it('at its time shows nothing rather than the old, until the first frame', () => {
    const course = preparing({ forced: true }).step('commit', 2, { forced: true })
    expect(course.take()).toEqual(['cap 2 off', 'show 2', 'linger 1'])
    expect([isBlank(course.ways), transportOf(course.ways)]).toEqual([true, 'restarting'])
    course.do({ type: 'transport', epoch: 2, transport: 'connected' }, { type: 'frames', epoch: 2, count: 1 })
    expect([isBlank(course.ways), transportOf(course.ways)]).toEqual([false, 'connected'])
  })

  it('of a partner without a camera is not blank', () => {
    const course = new Course().works(1).step('prepare', 2, { forced: true }).step('commit', 2, { forced: true })
    expect(isBlank(course.ways)).toBe(false)
    course.do(seen)
    expect(isBlank(course.ways)).toBe(true)
  })

  it('that was ready without a picture is not blank when the partner’s camera comes on', () => {
    const course = new Course().works(1).step('prepare', 2, { forced: true })
    course.do({ type: 'transport', epoch: 2, transport: 'connected' }, { type: 'alive', epoch: 2, via: 'server', sound: true }).step('commit', 2, { forced: true })
    expect(isBlank(course.do(seen).ways)).toBe(false)
  })

  it('retried by another epoch stays blank between', () => {
    const course = preparing({ forced: true }).step('commit', 2, { forced: true }).step('prepare', 3, { forced: true })
    expect([course.ways.shown, isBlank(course.ways)]).toEqual([2, true])
    course.take()
    expect(course.works(3).step('commit', 3, { forced: true }).take()).toEqual(['ready 3 server', 'cap 3 off', 'show 3', 'linger 2', 'linger 1'])
    expect(isBlank(course.ways)).toBe(false)
  })
})

describe('signals', () => {
  it('of a way not announced yet wait for it, also when it is committed at once', () => {
    const course = call().do({ type: 'signal', signal: offer(2) }, { type: 'signal', signal: offer(3) })
    expect(course.take()).toEqual([])
    expect(course.step('prepare', 2, { route: 'p2p' }).take()).toEqual(['open 2 p2p', 'deliver description 2', 'cap 1 800000', 'cap 2 800000'])
    expect(course.step('commit', 3, { route: 'p2p' }).take()).toEqual(['close 2', 'cap 1 off', 'open 3 p2p', 'deliver description 3', 'cap 3 off'])
  })

  it('of a way that is over are dropped', () => {
    const course = preparing().step('rollback', 2).do({ type: 'signal', signal: offer(2) })
    course.take()
    expect(course.step('prepare', 3, { route: 'p2p' }).take()).toEqual(['open 3 p2p', 'cap 1 800000', 'cap 3 800000'])
    expect(course.ways.held).toEqual([])
  })

  it('are kept in a bounded number, those of a newer way rather than others', () => {
    const course = call()
    for (let i = 0; i < 2 * HELD_AT_MOST; i++) course.do({ type: 'signal', signal: offer(5) })
    expect(course.ways.held).toHaveLength(HELD_AT_MOST)
    course.do({ type: 'signal', signal: offer(6) })
    expect(course.ways.held).toEqual([offer(6)])
  })

  it('without an epoch are about the first', () => {
    const { epoch: _, ...bare } = offer(1) as Extract<Signal, { type: 'description' }>
    expect(call().do({ type: 'signal', signal: bare }).take()).toEqual(['deliver description 1'])
  })

  it('of the media server count only for what is there', () => {
    const answer: Signal = { type: 'sfu_answer', pair: 'pair1', epoch: 2, attempt: 1, sdp: 'v=0\r\n' }
    expect(preparing().do({ type: 'signal', signal: answer }).take()).toEqual(['deliver sfu_answer 2'])
    expect(call().do({ type: 'signal', signal: answer }).ways.held).toEqual([])
  })
})

describe('the socket coming back', () => {
  const back = (change: Partial<Matched> = {}): WaysEvent => ({ type: 'welcome', matched: matched({ mode: 'video', ...change }) })

  it('while nothing is prepared changes nothing, and says again how it is', () => {
    expect(call().do(back()).take()).toEqual(['ready 1 server'])
    expect(call().do({ type: 'trouble', epoch: 1, cause: 'ice' }, back()).take()).toEqual(['failed 1 ice', 'failed 1 ice'])
    expect(new Course().do(back()).take().slice(2)).toEqual([])
  })

  it('while one is prepared gives that up; what is announced after it begins anew', () => {
    const course = preparing().works(2)
    course.take()
    expect(course.do(back()).take()).toEqual(['close 2', 'cap 1 off', 'ready 1 server'])
    expect(course.step('prepare', 2).take()).toEqual(['open 2 sfu', 'cap 1 800000', 'cap 2 800000'])
  })

  it('after the commit was missed takes what is prepared as committed', () => {
    const course = preparing().works(2)
    course.take()
    expect(course.do(back({ epoch: 2, route: 'sfu' })).take()).toEqual(['cap 2 off', 'show 2', 'linger 1'])
  })

  it('on a way that was never heard of begins it, and shows it when it connects', () => {
    const course = preparing()
    expect(course.do(back({ epoch: 4, route: 'turn' })).take()).toEqual(['close 2', 'cap 1 off', 'open 4 turn', 'cap 4 off'])
    expect(course.ways.shown).toBe(1)
    expect(course.works(4).take()).toEqual(['show 4', 'linger 1', 'ready 4 server'])
  })

  it('on a forced way that was never heard of shows nothing else', () => {
    const course = call().do(back({ epoch: 2, route: 'sfu', forced: true }))
    expect(course.take()).toEqual(['open 2 sfu', 'cap 2 off', 'show 2', 'linger 1'])
    expect(isBlank(course.ways)).toBe(true)
  })

  it('while the old one lingers leaves it its time', () => {
    const course = preparing().works(2).step('commit', 2)
    course.take()
    expect(course.do(back({ epoch: 2, route: 'sfu' })).take()).toEqual(['ready 2 server'])
    expect(course.ways.old).toEqual([1])
  })
})

describe('what the person is told of the transport', () => {
  it('is no failure while another way is being tried', () => {
    const course = new Course().do({ type: 'transport', epoch: 1, transport: 'failed' })
    expect(transportOf(course.ways)).toBe('failed')
    expect(transportOf(course.step('prepare', 2).ways)).toBe('connecting')
    expect(transportOf(course.step('rollback', 2).ways)).toBe('failed')
  })
})
