/** What the service said: the half of the reducer that settles races between the two sides' views. */
import type { Ended, ErrorMessage, Matched, Moderation, Welcome } from '../protocol/protocol.gen'
import type { ControlMessage, Effect, Model, Step } from './events'
import { banOf } from './session'
import { adopt, after, find, inPair, look, partedBy, SEARCH_AGAIN_MS, send, shutOut, tellPrivacy, timer, withPair, withPartner } from './steps'

/** How long their typing is believed. */
const TYPING_IN_MS = 6_000
/** When the service names no time. */
const RETRY_MS = 2_000

/** The socket is (again) established: both sides compare where they stand, and the visitor's wish wins. */
export function onWelcome(model: Model, welcome: Welcome, now: number): Step {
  const service = { ...model.state.service, online: welcome.online, waiting: welcome.waiting }
  const known: Model = { ...model, state: { ...model.state, service }, toldHideIP: welcome.resumed && model.toldHideIP }
  return after(after(tellPrivacy(known), (m) => settle(m, welcome, now)), (m) => [m, m.reports.map(send)])
}

function settle(model: Model, welcome: Welcome, now: number): Step {
  const { state } = model
  const theirs = welcome.state === 'paired' ? (welcome.pair ?? null) : null
  switch (state.phase) {
    case 'superseded':
    case 'banned':
      return [model, []]
    case 'idle':
    case 'ended':
      if (theirs !== null) return [model, [send({ type: 'leave', pair: theirs.pair })]]
      return [{ ...model, leaving: null }, welcome.state === 'waiting' ? [send({ type: 'cancel' })] : []]
    case 'opening':
    case 'looking':
      if (model.acquiring) return theirs === null ? [model, []] : [model, [send({ type: 'leave', pair: theirs.pair })]]
      if (theirs !== null) return onMatched(toLooking(model, now), theirs, now, welcome.partner_away ?? false)
      return confirmSearch({ ...model, leaving: null }, now, welcome.state !== 'waiting' || state.phase === 'opening')
    case 'connecting':
    case 'talking': {
      const away = welcome.partner_away ?? false
      if (theirs?.pair === state.pair.id) {
        const onward: Effect[] = away ? [{ type: 'pause_stream' }] : [{ type: 'resume_stream' }, { type: 'revive_peer' }]
        // What is in force about a picture is said right after this; something may have been taken back while we were away.
        const known = withPartner({ ...state, pair: { ...state.pair, held: { partner: null, me: null } } }, { away })
        return [{ ...model, state: known }, [{ type: 'settle_ways', matched: theirs }, ...onward]]
      }
      if (theirs !== null) return adopt(model, theirs, now, away)
      return onPairOver(model, now, { reason: 'lost', waiting: welcome.state === 'waiting', self: false })
    }
  }
}

/** In opening the search begins by this; in looking it goes on with its own age. */
function confirmSearch(model: Model, now: number, ask: boolean): Step {
  if (model.state.phase === 'opening') return look(model, now, ask)
  return [model, [...(ask ? [send(find(model))] : []), timer('search', SEARCH_AGAIN_MS)]]
}

function toLooking(model: Model, now: number): Model {
  return model.state.phase === 'opening' ? look(model, now, false)[0] : model
}

export function onMessage(model: Model, message: ControlMessage, now: number): Step {
  const { state } = model
  switch (message.type) {
    case 'queue':
      if (state.phase !== 'looking') return [model, []]
      return [
        { ...model, state: { ...state, search: { ...state.search, waiting: message.waiting, stage: message.stage, delayed: false } } },
        [{ type: 'clear_timer', timer: 'search' }],
      ]
    case 'matched':
      return onMatched(model, message, now, false)
    case 'ended':
      return onEnded(model, message, now)
    case 'partner': {
      const current = inPair(state)
      if (current?.pair.id !== message.pair) return [model, []]
      const away = message.state === 'away'
      const effects: Effect[] = away ? [{ type: 'pause_stream' }] : [{ type: 'resume_stream' }, { type: 'revive_peer' }]
      return [{ ...model, state: withPartner(current, { away, ...(away && { typing: false }) }) }, effects]
    }
    case 'typing': {
      const current = inPair(state)
      if (current?.pair.id !== message.pair) return [model, []]
      const effect: Effect = message.typing ? timer('typing_in', TYPING_IN_MS) : { type: 'clear_timer', timer: 'typing_in' }
      return [{ ...model, state: withPartner(current, { typing: message.typing }) }, [effect]]
    }
    case 'done':
      return settleReport(model, message.id, 'done')
    case 'stats':
      return [{ ...model, state: { ...state, service: { ...state.service, online: message.online, waiting: message.waiting } } }, []]
    case 'error':
      return onError(model, message)
    case 'moderation':
      return onModeration(model, message, now)
    case 'banned':
      return shutOut(model, { phase: 'banned', ban: banOf(message) })
  }
}

/** What is done about a picture now replaces what was. */
function onModeration(model: Model, message: Moderation, now: number): Step {
  const current = inPair(model.state)
  if (current?.pair.id !== message.pair) return [model, []]
  const { target, actions, reason, lifted = false } = message
  const stopped = actions.includes('stop')
  const hold = !lifted && (stopped || actions.includes('blur')) ? { stopped, reason } : null
  const held = { ...current.pair.held, [target === 'you' ? 'me' : 'partner']: hold }
  return [{ ...model, state: withPair(current, { held, word: { target, actions, reason, lifted, at: now } }) }, []]
}

function onMatched(model: Model, matched: Matched, now: number, away: boolean): Step {
  const { state, leaving } = model
  // Left already: the leave was lost, or is on its way and this crossed it.
  if (leaving?.pair === matched.pair) {
    return [model, [send({ type: 'leave', pair: matched.pair, ...(state.phase === 'looking' && { next: true }) })]]
  }
  switch (state.phase) {
    case 'looking':
    case 'connecting':
    case 'talking':
      return inPair(state)?.pair.id === matched.pair ? [model, []] : adopt(model, matched, now, away)
    case 'idle':
    case 'opening':
    case 'ended':
      // Stopped while the match was being made: the other one must not wait for us.
      return [{ ...model, leaving: { pair: matched.pair, next: false } }, [send({ type: 'leave', pair: matched.pair })]]
    case 'superseded':
    case 'banned':
      return [model, []]
  }
}

function onEnded(model: Model, ended: Ended, now: number): Step {
  const { state, leaving } = model
  if (inPair(state)?.pair.id === ended.pair) {
    return onPairOver(model, now, { reason: ended.reason, waiting: ended.state === 'waiting', self: ended.self ?? false })
  }
  if (leaving?.pair !== ended.pair) return [model, []] // late news of an older pair
  const settled: Model = { ...model, leaving: null }
  // While looking nothing is to be done: our leave asked for the next, and if it was lost the search timer asks.
  if ((state.phase === 'idle' || state.phase === 'ended') && ended.state === 'waiting') return [settled, [send({ type: 'cancel' })]]
  return [settled, []]
}

/** The pair is over by the service's word: what next depends on what this visitor wanted. */
function onPairOver(model: Model, now: number, over: { reason: Ended['reason'] | 'lost'; waiting: boolean; self: boolean }): Step {
  const wantedNext = model.state.undo !== null
  const ended = partedBy(model, now, over.reason, over.self || wantedNext)
  if (wantedNext) return after(ended, (m) => look(m, now, !over.waiting))
  if (over.waiting) return after(ended, (m) => look(m, now, false, over.reason))
  return ended
}

function onError(model: Model, error: ErrorMessage): Step {
  const { state, leaving } = model
  if (error.id !== undefined) {
    const passing = error.code === 'unavailable' || error.code === 'rate_limited' || error.code === 'internal'
    return passing ? [model, [timer('reports', error.retry_ms ?? RETRY_MS)]] : settleReport(model, error.id, 'failed')
  }
  if (error.seq !== undefined || state.phase !== 'looking') return [model, []]
  if (error.code === 'not_idle') {
    // The service still has the pair that was left; or a match is on its way, and the timer asks again.
    return [model, leaving === null ? [timer('search', SEARCH_AGAIN_MS)] : [send({ type: 'leave', ...leaving })]]
  }
  if (error.code !== 'unavailable' && error.code !== 'rate_limited' && error.code !== 'internal') return [model, []]
  const search = { ...state.search, delayed: true }
  return [{ ...model, state: { ...state, search } }, [timer('search', error.retry_ms ?? RETRY_MS)]]
}

function settleReport(model: Model, id: string, status: 'done' | 'failed'): Step {
  const reports = model.reports.filter((report) => report.id !== id)
  if (reports.length === model.reports.length) return [model, []]
  const shown = model.state.report !== null && model.shownReport === id ? { ...model.state.report, status } : model.state.report
  const effects: Effect[] = reports.length === 0 ? [{ type: 'clear_timer', timer: 'reports' }] : []
  return [{ ...model, reports, state: { ...model.state, report: shown } }, effects]
}
