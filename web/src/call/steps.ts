/** The moves that several events share: beginning and ending searches and pairs. */
import type { ClientMessage, EndReason, Find, Matched } from '../protocol/protocol.gen'
import type { Effect, Model, Step } from './events'
import type { Banned, CallState, EndCode, Pair, Partner, Problem, Shared, Stage, Superseded } from './state'

/** How long a next() can be taken back. */
export const UNDO_MS = 2_000
/** Auto-next waits so long. */
export const AUTO_NEXT_MS = 3_000
/** After this, connecting says what it tries. */
export const SLOW_MS = 2_000
/** A search that the service has not confirmed is asked for again. */
export const SEARCH_AGAIN_MS = 5_000
/** Lines kept in view. */
export const LINES_AT_MOST = 500

/** The phases with a partner. */
export type InPair = Extract<CallState, { phase: 'connecting' | 'talking' }>

export function inPair(state: CallState): InPair | null {
  return state.phase === 'connecting' || state.phase === 'talking' ? state : null
}

/** Goes to another phase; what all phases share stays, changed as said. */
export function enter(state: CallState, stage: Stage, change: Partial<Shared> = {}): CallState {
  const { link, service, preferences, media, chat, reactions, undo, report, reportable } = state
  return { link, service, preferences, media, chat, reactions, undo, report, reportable, ...change, ...stage }
}

/** Stays in the phase and changes the pair. */
export function withPair(state: InPair, change: Partial<Pair>): CallState {
  const pair = { ...state.pair, ...change }
  return { ...state, pair, ...(state.reportable?.id === pair.id && { reportable: pair }) }
}

/** Stays in the phase and changes the partner. */
export function withPartner(state: InPair, change: Partial<Partner>): CallState {
  return { ...state, partner: { ...state.partner, ...change } }
}

export function send(message: ClientMessage): Effect {
  return { type: 'send', message }
}

export function timer(name: Extract<Effect, { type: 'timer' }>['timer'], ms: number): Effect {
  return { type: 'timer', timer: name, ms }
}

export function clear(...names: Extract<Effect, { type: 'timer' }>['timer'][]): Effect[] {
  return names.map((name) => ({ type: 'clear_timer', timer: name }))
}

export function find(model: Model): Find {
  const { interests, language, hideIP } = model.state.preferences
  return {
    type: 'find',
    mode: model.mode,
    ...(interests.length > 0 && { interests: [...interests] }),
    ...(language !== '' && { language }),
    ...(hideIP && { hide_ip: true }),
  }
}

/** Begins to look. ask: the service does not do so already; ended: why, if the last pair ended by itself. */
export function look(model: Model, now: number, ask: boolean, ended: EndCode | null = null): Step {
  const search = { mode: model.mode, since: now, waiting: null, stage: null, after: ended, delayed: false }
  const looking: Model = { ...model, state: enter(model.state, { phase: 'looking', search }, { undo: null }) }
  return [looking, [...clear('undo', 'auto_next'), ...(ask ? [send(find(looking))] : []), timer('search', SEARCH_AGAIN_MS)]]
}

/** Ends what goes on locally, without a word to the service. */
export function drop(model: Model): Step {
  if (inPair(model.state) === null) return [model, []]
  const lines = model.state.chat.lines.map((line) => (line.status === 'sending' ? { ...line, status: 'failed' as const } : line))
  const state = { ...model.state, chat: { lines, heldUntil: null }, undo: null, reactions: [] }
  const effects: Effect[] = [{ type: 'end_pair' }, ...clear('undo', 'slow', 'typing_out', 'typing_in', 'reactions', 'held')]
  return [{ ...model, state, typingSince: null }, effects]
}

/** Leaves the present pair and tells the service; then looks on, or shows the end. */
export function leave(model: Model, now: number, next: boolean, reason: EndReason): Step {
  const current = inPair(model.state)
  if (current === null) return [model, []]
  const pair = current.pair
  const [dropped, effects] = drop(model)
  const left: Model = { ...dropped, leaving: { pair: pair.id, next } }
  const told = [...effects, send({ type: 'leave', pair: pair.id, ...(next && { next }) })]
  if (next) return after([left, told], (m) => look(m, now, false))
  const end = { reason, self: true, at: now, nextAt: null }
  return [{ ...left, state: enter(left.state, { phase: 'ended', pair, end }) }, told]
}

/** The present pair is over, and it was not this visitor's doing. */
export function partedBy(model: Model, now: number, reason: EndCode, self: boolean): Step {
  const current = inPair(model.state)
  if (current === null) return [model, []]
  const [dropped, effects] = drop(model)
  const auto = model.state.preferences.autoNext && !self
  const end = { reason, self, at: now, nextAt: auto ? now + AUTO_NEXT_MS : null }
  const state = enter(dropped.state, { phase: 'ended', pair: current.pair, end })
  return [{ ...dropped, state }, [...effects, ...(auto ? [timer('auto_next', AUTO_NEXT_MS)] : [])]]
}

/** Begins the pair that the service made. */
export function adopt(model: Model, matched: Matched, now: number, away: boolean): Step {
  const [free, ended] = drop(model)
  const pair: Pair = {
    id: matched.pair,
    mode: matched.mode,
    route: matched.route,
    relayOnly: matched.relay_only ?? false,
    epoch: matched.epoch,
    moved: null,
    blank: false,
    held: { partner: null, me: null },
    word: null,
    shared: matched.shared,
    language: matched.language ?? null,
    rematch: matched.rematch ?? false,
    hue: matched.hue,
    since: now,
  }
  const partner: Partner = { away, camera: false, microphone: true, typing: false }
  const change = { chat: { lines: [], heldUntil: null }, reactions: [], undo: null, reportable: pair }
  const video = matched.mode === 'video'
  const state = video
    ? enter(free.state, { phase: 'connecting', pair, partner, connecting: { trying: matched.route, since: now, slow: false } }, change)
    : enter(free.state, { phase: 'talking', pair, partner, transport: 'none', quality: null }, change)
  const effects: Effect[] = [...ended, ...clear('search', 'auto_next'), { type: 'begin_pair', matched, away }]
  if (video) effects.push(mediaPush(state), timer('slow', SLOW_MS))
  return [{ ...free, state, leaving: null }, effects]
}

/** Back to the beginning; devices are given back. */
export function rest(model: Model, problem: Problem | null): Step {
  const [free, effects] = drop(model)
  const state = enter(free.state, { phase: 'idle', problem })
  return [{ ...free, acquiring: false, state }, [...effects, ...clear('search', 'auto_next'), { type: 'release_media' }]]
}

/** Nothing goes on here from now; devices are given back. */
export function shutOut(model: Model, stage: Superseded | Banned): Step {
  const [free, effects] = drop(model)
  return [{ ...free, leaving: null, state: enter(free.state, stage) }, [...effects, ...clear('search', 'auto_next'), { type: 'release_media' }]]
}

/** Tells the service the wish to hide the address, where it knows another one. */
export function tellPrivacy(model: Model): Step {
  const { hideIP } = model.state.preferences
  if (model.toldHideIP === hideIP || model.state.link.state !== 'open') return [model, []]
  return [{ ...model, toldHideIP: hideIP }, [send({ type: 'privacy', hide_ip: hideIP })]]
}

/** Tells the partner what camera and microphone do. */
export function mediaPush(state: CallState): Effect {
  return { type: 'push', body: { type: 'media', camera: state.media.camera.on, microphone: state.media.microphone.on } }
}

/** Goes on from a step with another one. */
export function after([model, effects]: Step, then: (model: Model) => Step): Step {
  const [next, more] = then(model)
  return [next, [...effects, ...more]]
}
