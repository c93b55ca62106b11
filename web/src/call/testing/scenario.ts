import type { Matched, Welcome } from '../../protocol/protocol.gen'
import type { Effect, Event, Model } from '../events'
import { initialModel } from '../initial'
import { reduce } from '../reducer'
import type { CallState, Phase } from '../state'
import { defaultPreferences } from '../storage'

export const matched = (change: Partial<Matched> = {}): Matched => ({
  type: 'matched',
  pair: 'pair1',
  mode: 'text',
  epoch: 1,
  route: 'p2p',
  polite: true,
  shared: ['go'],
  hue: 210,
  ice_servers: [],
  ...change,
})

export const welcome = (change: Partial<Welcome> = {}): Welcome => ({
  type: 'welcome',
  session: 's',
  resumed: true,
  state: 'idle',
  online: 5,
  waiting: 2,
  server: 'test',
  ...change,
})

/** A reducer and its clock: events go in, effects pile up until taken. */
export class Scenario {
  model: Model
  now = 1_000_000
  private effects: Effect[] = []

  constructor(preferences: Partial<typeof defaultPreferences> = {}) {
    this.model = initialModel({ ...defaultPreferences, ...preferences }, false)
  }

  get state(): CallState {
    return this.model.state
  }

  do(...events: Event[]): this {
    for (const event of events) {
      const [model, effects] = reduce(this.model, event, this.now)
      this.model = model
      this.effects.push(...effects)
    }
    return this
  }

  after(ms: number): this {
    this.now += ms
    return this
  }

  /** The state, known to be in this phase. */
  in<P extends Phase>(phase: P): Extract<CallState, { phase: P }> {
    if (this.state.phase !== phase) throw new Error(`phase is ${this.state.phase}, not ${phase}`)
    return this.state as Extract<CallState, { phase: P }>
  }

  /** Effects since the last call. */
  take(): Effect[] {
    return this.effects.splice(0)
  }

  /** Messages sent since the last call; other effects are forgotten. */
  sent(): Extract<Effect, { type: 'send' }>['message'][] {
    return this.take().flatMap((effect) => (effect.type === 'send' ? [effect.message] : []))
  }

  /** A text search under way. */
  looking(): this {
    this.do(
      { type: 'start', options: { mode: 'text', consent: 'v1', adult: true } },
      { type: 'link', link: { state: 'open' } },
      { type: 'welcome', welcome: welcome({ resumed: false }) },
    )
    this.take()
    return this
  }

  /** A text conversation. */
  talking(change: Partial<Matched> = {}): this {
    this.looking().do({ type: 'message', message: matched(change) })
    this.take()
    return this
  }

  /** A video pair; connecting until transport says otherwise. */
  connecting(change: Partial<Matched> = {}): this {
    this.do(
      { type: 'start', options: { mode: 'video', consent: 'v1', adult: true } },
      { type: 'acquired', camera: null, microphone: null, any: true },
      { type: 'link', link: { state: 'open' } },
      { type: 'welcome', welcome: welcome({ resumed: false }) },
      { type: 'message', message: matched({ mode: 'video', ...change }) },
    )
    this.take()
    return this
  }
}
