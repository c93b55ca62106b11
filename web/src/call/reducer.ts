/**
 * The call as a pure function: (model, event, now) -> [model, effects]. What the
 * person does and what the machinery reports is here; what the service says is
 * in reduce-service.ts; moves that both share are in steps.ts.
 *
 *   idle -> opening -> looking -> connecting -> talking -> ended
 *                        ^  ^         |            |         |
 *                        |  +---------+------------+ (next)  |
 *                        +-----------------------------------+
 *
 * stop leads from looking and ended to idle. superseded and banned can come at
 * any time, idle with a problem as well.
 */
import type { Block, ReportMessage } from '../protocol/protocol.gen'
import type { Effect, Event, Model, Step, TimerName } from './events'
import type { Stop } from './link'
import { onMessage, onWelcome } from './reduce-service'
import { after, clear, enter, find, inPair, leave, LINES_AT_MOST, look, mediaPush, rest, SEARCH_AGAIN_MS, send, shutOut, tellPrivacy, timer, UNDO_MS, withPair, withPartner } from './steps'
import type { CallState, ChatLine, MediaState, Preferences, ReportState, ShownReaction } from './state'
import { tidyPreferences } from './storage'
import type { SequencedMessage } from './stream'

/** The partner is told at most so often that we type, and after so long that we do not. */
const TYPING_EVERY_MS = 3_000
const TYPING_IDLE_MS = 5_000
const REACTION_MS = 4_000
/** Own reactions in view at one time; more are not sent. */
const REACTIONS_AT_MOST = 5
const REPORT_AGAIN_MS = 5_000

export function reduce(model: Model, event: Event, now: number): Step {
  const { state } = model
  switch (event.type) {
    case 'start':
      return start(model, event.options.mode, now, event.options.camera ?? state.preferences.startWithCamera, {
        mode: event.options.mode,
        consent: event.options.consent,
        adult: event.options.adult,
      })
    case 'take_over':
      if (state.phase !== 'superseded') return [model, []]
      return start(model, model.mode, now, state.preferences.startWithCamera, {})
    case 'acquired':
      return acquired(model, event, now)
    case 'next':
      return next(model, now)
    case 'undo_next':
      if (state.undo === null) return [model, []]
      return [{ ...model, state: { ...state, undo: null } }, [...clear('undo'), { type: 'suspend', on: false }]]
    case 'stop':
      return stop(model, now)
    case 'cancel_auto_next':
      if (state.phase !== 'ended') return [model, []]
      return [{ ...model, state: { ...state, end: { ...state.end, nextAt: null } } }, clear('auto_next')]
    case 'text':
      return sendLine(model, { id: event.id, from: 'me', text: event.text, at: now, status: 'sending' })
    case 'typing':
      return event.active ? type(model, now) : stopTyping(model)
    case 'react': {
      const mine = state.reactions.filter((shown) => shown.from === 'me').length
      if (inPair(state) === null || mine >= REACTIONS_AT_MOST) return [model, []]
      const shown = show(state, { id: event.id, from: 'me', name: event.name, at: now })
      return [{ ...model, state: shown }, [{ type: 'push', body: { type: 'reaction', reaction: event.name } }, timer('reactions', REACTION_MS)]]
    }
    case 'report':
    case 'block':
      return report(model, event, now)
    case 'dismiss_report':
      return [{ ...model, state: { ...state, report: null }, shownReport: null }, []]
    case 'preferences':
      return changePreferences(model, event.change)
    case 'service':
      return [{ ...model, state: { ...state, service: serviceAfter(state, event.config) } }, []]
    case 'media':
      return onMedia(model, event.media)
    case 'link': {
      const linked: Model = { ...model, state: { ...state, link: event.link } }
      return [linked, event.link.state !== 'open' && inPair(state) !== null ? [{ type: 'pause_stream' }] : []]
    }
    case 'stopped':
      return onStopped(model, event.stop)
    case 'welcome':
      return onWelcome(model, event.welcome, now)
    case 'message':
      return onMessage(model, event.message, now)
    case 'peer':
      return onPeer(model, event.message, now)
    case 'lines':
      return onLines(model, event.ids, event.status)
    case 'held':
      if (inPair(state)?.pair.id !== event.pair) return [model, []]
      return [{ ...model, state: { ...state, chat: { ...state.chat, heldUntil: event.until } } }, [timer('held', event.until - now)]]
    case 'transport':
      return onTransport(model, event.pair, event.transport)
    case 'way':
      return onWay(model, event, now)
    case 'dismiss_moved': {
      const current = inPair(state)
      return current === null || current.pair.moved === null ? [model, []] : [{ ...model, state: withPair(current, { moved: null }) }, []]
    }
    case 'dismiss_moderation': {
      const current = inPair(state)
      return current === null || current.pair.word === null ? [model, []] : [{ ...model, state: withPair(current, { word: null }) }, []]
    }
    case 'sighted':
      if (inPair(state)?.pair.id !== event.sighting.pair) return [model, []]
      return [model, [send({ type: 'sighting', ...event.sighting })]]
    case 'quality':
      if (state.phase !== 'talking' || state.pair.id !== event.pair) return [model, []]
      return [{ ...model, state: { ...state, quality: event.quality } }, []]
    case 'timer':
      return onTimer(model, event.timer, now)
  }
}

function start(model: Model, mode: Model['mode'], now: number, camera: boolean, change: Partial<Preferences>): Step {
  const { phase } = model.state
  if (phase !== 'idle' && phase !== 'ended' && phase !== 'superseded') return [model, []]
  const preferences = { ...model.state.preferences, ...change }
  const acquiring = mode === 'video'
  const opening: Model = { ...model, mode, acquiring, state: enter(model.state, { phase: 'opening' }, { preferences }) }
  const effects: Effect[] = [...clear('auto_next'), { type: 'save_preferences', preferences }]
  if (acquiring) return [opening, [...effects, { type: 'acquire', camera, muted: preferences.startMuted }]]
  return after([opening, [...effects, { type: 'release_media' }]], (m) => connect(m, now))
}

function acquired(model: Model, event: Extract<Event, { type: 'acquired' }>, now: number): Step {
  if (!model.acquiring || model.state.phase !== 'opening') return [model, [{ type: 'release_media' }]] // stopped meanwhile
  const ready: Model = { ...model, acquiring: false }
  return event.any ? connect(ready, now) : rest(ready, { code: 'media', camera: event.camera, microphone: event.microphone })
}

/** Searches if the link is open; if it is on its way, or after it was opened, welcome begins the search. */
function connect(model: Model, now: number): Step {
  const { state } = model.state.link
  if (state === 'open') return look(model, now, true)
  return [model, state === 'closed' ? [{ type: 'open_link' }] : []]
}

function next(model: Model, now: number): Step {
  const { state } = model
  if (state.phase === 'ended') return look(model, now, true)
  if (inPair(state) === null) return [model, []]
  if (state.undo !== null) return leave(model, now, true, 'next')
  return [{ ...model, state: { ...state, undo: { until: now + UNDO_MS } } }, [timer('undo', UNDO_MS), { type: 'suspend', on: true }]]
}

function stop(model: Model, now: number): Step {
  switch (model.state.phase) {
    case 'connecting':
    case 'talking':
      return leave(model, now, false, 'stop')
    case 'looking': {
      const waiting = model.leaving === null ? model : { ...model, leaving: { ...model.leaving, next: false } }
      return after([waiting, [send({ type: 'cancel' })]], (m) => rest(m, null))
    }
    case 'opening': {
      const effects: Effect[] = model.state.link.state === 'open' ? [] : [{ type: 'close_link' }]
      return after([model, effects], (m) => rest(m, null))
    }
    case 'ended':
      return rest(model, null)
    case 'idle':
    case 'superseded':
    case 'banned':
      return [model, []]
  }
}

function sendLine(model: Model, line: ChatLine): Step {
  if (inPair(model.state) === null) return [model, []]
  const [quiet, effects] = stopTyping(model)
  return [{ ...quiet, state: addLine(quiet.state, line) }, [...effects, { type: 'push', body: { type: 'chat', id: line.id, text: line.text } }]]
}

function addLine(state: CallState, line: ChatLine): CallState {
  return { ...state, chat: { ...state.chat, lines: [...state.chat.lines, line].slice(-LINES_AT_MOST) } }
}

function show(state: CallState, reaction: ShownReaction): CallState {
  return { ...state, reactions: [...state.reactions, reaction].slice(-2 * REACTIONS_AT_MOST) }
}

function type(model: Model, now: number): Step {
  const current = inPair(model.state)
  if (current === null) return [model, []]
  const idle = timer('typing_out', TYPING_IDLE_MS)
  if (model.typingSince !== null && now - model.typingSince < TYPING_EVERY_MS) return [model, [idle]]
  return [{ ...model, typingSince: now }, [send({ type: 'typing', pair: current.pair.id, typing: true }), idle]]
}

function stopTyping(model: Model): Step {
  const current = inPair(model.state)
  if (current === null || model.typingSince === null) return [model, []]
  return [{ ...model, typingSince: null }, [send({ type: 'typing', pair: current.pair.id, typing: false }), ...clear('typing_out')]]
}

function report(model: Model, event: Extract<Event, { type: 'report' | 'block' }>, now: number): Step {
  const about = model.state.reportable
  if (about === null) return [model, []]
  const message: ReportMessage | Block =
    event.type === 'block'
      ? { type: 'block', id: event.id, pair: about.id }
      : {
          type: 'report',
          id: event.id,
          pair: about.id,
          reason: event.options.reason,
          ...(event.options.description !== '' && { description: event.options.description }),
          ...(event.options.block && { block: true }),
          ...(event.options.still !== undefined && { still: event.options.still }),
        }
  const block = event.type === 'block' || event.options.block
  const shown: ReportState = {
    kind: event.type,
    pair: about.id,
    reason: event.type === 'report' ? event.options.reason : null,
    block,
    status: 'sending',
  }
  const told: Model = { ...model, reports: [...model.reports, message], shownReport: event.id, state: { ...model.state, report: shown } }
  const effects: Effect[] = [send(message), timer('reports', REPORT_AGAIN_MS)]
  if (!block || inPair(model.state)?.pair.id !== about.id) return [told, effects]
  const onward = event.type === 'block' ? event.next : event.options.next
  return after([told, effects], (m) => leave(m, now, onward, event.type === 'block' ? 'blocked' : 'reported'))
}

function changePreferences(model: Model, change: Partial<Preferences>): Step {
  const before = model.state.preferences
  const preferences = tidyPreferences({ ...before, ...change })
  const changed: Model = { ...model, state: { ...model.state, preferences } }
  const effects: Effect[] = [{ type: 'save_preferences', preferences }]
  const wider = change.interests !== undefined || change.language !== undefined
  if (wider && model.state.phase === 'looking') effects.push(send(find(changed)))
  return after([changed, effects], tellPrivacy)
}

function serviceAfter(state: CallState, config: Extract<Event, { type: 'service' }>['config']): CallState['service'] {
  if (config === 'loading' || config === 'failed') return { ...state.service, status: config }
  const { consent, minimum_age: minimumAge, modes, version } = config
  const { on, threshold, release, interval_ms: everyMs, start_blurred: blurFirst, model } = config.check
  return { ...state.service, status: 'ready', consent, minimumAge, modes, version, check: { on, threshold, release, everyMs, blurFirst, model } }
}

function onMedia(model: Model, media: MediaState): Step {
  const before = model.state.media
  const current = inPair(model.state)
  const changed: Model = { ...model, state: { ...model.state, media } }
  const toTell = media.camera.on !== before.camera.on || media.microphone.on !== before.microphone.on
  return [changed, toTell && current?.pair.mode === 'video' ? [mediaPush(changed.state)] : []]
}

function onStopped(model: Model, stopped: Stop): Step {
  switch (stopped.kind) {
    case 'problem':
      return rest(model, stopped.problem)
    case 'superseded':
      return shutOut(model, { phase: 'superseded' })
    case 'banned':
      // The message that came before the close says more.
      return model.state.phase === 'banned' ? [model, []] : shutOut(model, { phase: 'banned', ban: stopped.ban })
  }
}

function onPeer(model: Model, message: SequencedMessage, now: number): Step {
  const current = inPair(model.state)
  if (current?.pair.id !== message.pair) return [model, []]
  switch (message.type) {
    case 'chat': {
      const line: ChatLine = { id: message.id, from: 'partner', text: message.text, at: now, status: 'delivered' }
      return [{ ...model, state: addLine(withPartner(current, { typing: false }), line) }, clear('typing_in')]
    }
    case 'reaction': {
      const shown = show(current, { id: `${message.pair}/${message.seq}`, from: 'partner', name: message.reaction, at: now })
      return [{ ...model, state: shown }, [timer('reactions', REACTION_MS)]]
    }
    case 'media':
      return [{ ...model, state: withPartner(current, { camera: message.camera, microphone: message.microphone }) }, []]
    case 'description':
    case 'candidate':
      return [model, []] // the peer connection's
  }
}

function onLines(model: Model, ids: readonly string[], status: 'sent' | 'delivered'): Step {
  const better = (line: ChatLine): boolean =>
    line.from === 'me' && ids.includes(line.id) && (line.status === 'sending' || (line.status === 'sent' && status === 'delivered'))
  if (!model.state.chat.lines.some(better)) return [model, []]
  const lines = model.state.chat.lines.map((line) => (better(line) ? { ...line, status } : line))
  return [{ ...model, state: { ...model.state, chat: { ...model.state.chat, lines } } }, []]
}

function onTransport(model: Model, pair: string, transport: Extract<Event, { type: 'transport' }>['transport']): Step {
  const { state } = model
  const current = inPair(state)
  if (current?.pair.id !== pair) return [model, []]
  if (current.phase === 'talking') return [{ ...model, state: { ...current, transport } }, []]
  if (transport !== 'connected' && transport !== 'failed') return [model, []]
  const talking = enter(state, { phase: 'talking', pair: current.pair, partner: current.partner, transport, quality: null })
  return [{ ...model, state: talking }, clear('slow')]
}

function onWay(model: Model, event: Extract<Event, { type: 'way' }>, now: number): Step {
  const current = inPair(model.state)
  if (current?.pair.id !== event.pair) return [model, []]
  const { pair } = current
  const { epoch, route, relayOnly, cause, blank } = event
  if (epoch === pair.epoch && blank === pair.blank) return [model, []]
  const state = withPair(current, { epoch, route, relayOnly, blank, ...(epoch !== pair.epoch && { moved: { route, cause, at: now } }) })
  if (state.phase !== 'connecting') return [{ ...model, state }, []]
  return [{ ...model, state: { ...state, connecting: { ...state.connecting, trying: route } } }, []]
}

function onTimer(model: Model, name: TimerName, now: number): Step {
  const { state } = model
  const current = inPair(state)
  switch (name) {
    case 'undo':
      return state.undo === null ? [model, []] : leave(model, now, true, 'next')
    case 'auto_next':
      return state.phase === 'ended' && state.end.nextAt !== null ? look(model, now, true) : [model, []]
    case 'slow':
      if (state.phase !== 'connecting') return [model, []]
      return [{ ...model, state: { ...state, connecting: { ...state.connecting, slow: true } } }, []]
    case 'search':
      if (state.phase !== 'looking' || state.link.state !== 'open') return [model, []] // welcome asks
      return after([model, model.leaving === null ? [] : [send({ type: 'leave', ...model.leaving })]], (m) => [
        m,
        [send(find(m)), timer('search', SEARCH_AGAIN_MS)],
      ])
    case 'typing_out':
      return stopTyping(model)
    case 'typing_in':
      return current === null ? [model, []] : [{ ...model, state: withPartner(current, { typing: false }) }, []]
    case 'reactions': {
      const reactions = state.reactions.filter((shown) => now - shown.at < REACTION_MS)
      return [{ ...model, state: { ...state, reactions } }, reactions.length > 0 ? [timer('reactions', REACTION_MS)] : []]
    }
    case 'reports':
      if (model.reports.length === 0) return [model, []]
      return [model, [...model.reports.map(send), timer('reports', REPORT_AGAIN_MS)]]
    case 'held':
      return [{ ...model, state: { ...state, chat: { ...state.chat, heldUntil: null } } }, []]
  }
}
