/**
 * The ways of a pair's media as a pure function: (ways, event) -> [ways, effects].
 * A way is one connection, numbered by its epoch; the service leads from one to
 * the next (signaling/protocol, "Routes and epochs"):
 *
 *   prepare ──► prepared ──commit──► in use ──a newer commit──► old ──linger──► closed
 *                  └──rollback, a newer step, welcome──────────────────────────► closed
 *
 * What is seen and heard changes only by the effect `show`, which is followed at
 * once: when a way is committed and has a picture; a forced one at its commit in
 * any case. Until then, and limits.linger longer, the old one lives on and sends.
 */
import { limits } from '../protocol/protocol.gen'
import type { CandidateMessage, DescriptionMessage, Failed, FailureCause, ICEServer, Matched, Ready, Route, RouteReason, RouteStep, SFUAnswer, Via } from '../protocol/protocol.gen'
import type { Transport } from './state'

/** So many decoded frames make a picture: shown at its first frame it may stop again. */
export const FRAMES_ENOUGH = 5
/** What each of two encoders may use while two ways are sent on, in bits per second. */
export const OVERLAP_BPS = 800_000
/** Signals kept for a way that was not announced yet: the partner may hear of it first. */
export const HELD_AT_MOST = 2 * limits.maxCandidates
/** Old ways that still live; more are not waited for. */
const OLD_AT_MOST = 2

/** What is told about one epoch. */
export type Signal = DescriptionMessage | CandidateMessage | SFUAnswer

export interface Way {
  readonly epoch: number
  readonly route: Route
  readonly forced: boolean
  readonly relayOnly: boolean
  readonly cause: RouteReason
  readonly transport: Transport
  /** Known while it carries anything. */
  readonly via: Via | null
  readonly sound: boolean
  /** Decoded, up to FRAMES_ENOUGH. */
  readonly frames: number
  /** What the service was told of it last. */
  readonly told: 'ready' | FailureCause | null
}

export interface Ways {
  readonly pair: string
  readonly inUse: Way
  readonly prepared: Way | null
  /** Left, but alive; the newest first. */
  readonly old: readonly number[]
  /** The epoch that is seen and heard. */
  readonly shown: number
  /** The pair was moved here from another way. */
  readonly moved: boolean
  /** Media flowed at some time. */
  readonly worked: boolean
  readonly partner: { readonly camera: boolean; readonly microphone: boolean }
  readonly held: readonly Signal[]
}

export type WaysEvent =
  | { readonly type: 'step'; readonly step: RouteStep }
  /** The socket is back; the service says which way is in use. */
  | { readonly type: 'welcome'; readonly matched: Matched }
  | { readonly type: 'signal'; readonly signal: Signal }
  | { readonly type: 'transport'; readonly epoch: number; readonly transport: Transport }
  /** Packets of sound arrive; via: by what. */
  | { readonly type: 'alive'; readonly epoch: number; readonly via: Via; readonly sound: boolean }
  | { readonly type: 'frames'; readonly epoch: number; readonly count: number }
  | { readonly type: 'trouble'; readonly epoch: number; readonly cause: FailureCause }
  | { readonly type: 'partner'; readonly camera: boolean; readonly microphone: boolean }
  | { readonly type: 'lingered'; readonly epoch: number }

export type WaysEffect =
  | { readonly type: 'open'; readonly way: Way; readonly iceServers: readonly ICEServer[] }
  | { readonly type: 'close'; readonly epoch: number }
  | { readonly type: 'deliver'; readonly signal: Signal }
  | { readonly type: 'say'; readonly message: Ready | Failed }
  /** See and hear this one from now on, and no other. */
  | { readonly type: 'show'; readonly epoch: number }
  /** Answered by lingered, limits.linger later. */
  | { readonly type: 'linger'; readonly epoch: number }
  /** What our encoder may use on that way; null: no limit from here. */
  | { readonly type: 'cap'; readonly epoch: number; readonly bps: number | null }

type Step = readonly [Ways, readonly WaysEffect[]]

/** The one way that a match begins with. */
export function beginWays(matched: Matched): Step {
  const way = wayOf(matched)
  const ways: Ways = {
    pair: matched.pair,
    inUse: way,
    prepared: null,
    old: [],
    shown: way.epoch,
    moved: false,
    worked: false,
    partner: { camera: false, microphone: true },
    held: [],
  }
  return [ways, [{ type: 'open', way, iceServers: matched.ice_servers }, { type: 'show', epoch: way.epoch }]]
}

export function reduceWays(ways: Ways, event: WaysEvent): Step {
  switch (event.type) {
    case 'step':
      return then(onStep(ways, event.step), settle)
    case 'welcome':
      return then(onWelcome(ways, event.matched), settle)
    case 'signal':
      return onSignal(ways, event.signal)
    case 'transport':
      return settle({ ...change(ways, event.epoch, { transport: event.transport }), worked: ways.worked || event.transport === 'connected' })
    case 'alive': {
      const { epoch, via, sound } = event
      const way = find(ways, epoch)
      if (way === null || (way.via === via && (way.sound || !sound) && way.told === 'ready')) return [ways, []]
      return settle(change(ways, epoch, { via, sound: way.sound || sound }))
    }
    case 'frames': {
      const frames = Math.min(event.count, FRAMES_ENOUGH)
      return (find(ways, event.epoch)?.frames ?? frames) >= frames ? [ways, []] : settle(change(ways, event.epoch, { frames }))
    }
    case 'trouble':
      return onTrouble(ways, event.epoch, event.cause)
    case 'partner':
      return settle({ ...ways, partner: { camera: event.camera, microphone: event.microphone } })
    case 'lingered':
      if (!ways.old.includes(event.epoch)) return [ways, []]
      return [{ ...ways, old: ways.old.filter((epoch) => epoch !== event.epoch) }, [{ type: 'close', epoch: event.epoch }]]
  }
}

/** The way to the partner as the person should think of it: a change in good time is none. */
export function transportOf(ways: Ways): Transport {
  const { transport } = ways.inUse
  if (ways.shown !== ways.inUse.epoch) return 'restarting'
  if (transport === 'failed' && ways.prepared !== null) return ways.worked ? 'restarting' : 'connecting'
  return transport === 'connecting' && ways.worked ? 'restarting' : transport
}

/** A forced move has left nothing to see yet. */
export function isBlank(ways: Ways): boolean {
  const { forced, frames, told } = ways.inUse
  return ways.moved && forced && frames === 0 && told !== 'ready' && ways.partner.camera
}

function onStep(ways: Ways, step: RouteStep): Step {
  const { inUse, prepared } = ways
  if (step.epoch <= inUse.epoch || (prepared !== null && step.epoch < prepared.epoch)) return [ways, []]
  const known = prepared?.epoch === step.epoch ? prepared : null
  switch (step.phase) {
    case 'prepare': {
      if (known !== null) return [ways, []]
      const overlap: WaysEffect[] = [inUse.epoch, step.epoch].map((epoch) => ({ type: 'cap', epoch, bps: OVERLAP_BPS }))
      return then(giveUp(ways), (free) => after(open({ ...free, prepared: wayOf(step) }, wayOf(step), step.ice_servers ?? []), overlap))
    }
    case 'commit':
      if (known !== null) return commit(ways, { ...known, ...wordsOf(step) })
      return then(giveUp(ways), (free) => beginAnew(free, step))
    case 'rollback':
      return then(known === null ? [ways, []] : giveUp(ways), (free) => [dropHeld(free, step.epoch), []])
  }
}

function onWelcome(ways: Ways, matched: Matched): Step {
  const { inUse, prepared } = ways
  if (matched.epoch === inUse.epoch) {
    const said = inUse.told === null ? [] : [say(ways.pair, inUse, inUse.told)] // it may have been lost
    return then(giveUp(ways), (free) => [free, said])
  }
  if (prepared?.epoch === matched.epoch) return commit(ways, { ...prepared, ...wordsOf(matched) })
  return then(giveUp(ways), (free) => beginAnew(free, matched))
}

/** A way is in use of which nothing was known here. */
function beginAnew(ways: Ways, words: RouteStep | Matched): Step {
  const way = wayOf(words)
  const [committed, effects] = commit(ways, way)
  return then(open(committed, way, words.ice_servers ?? []), (m) => [m, effects])
}

function commit(ways: Ways, way: Way): Step {
  const all = [ways.inUse.epoch, ...ways.old]
  const tooMany = all.slice(OLD_AT_MOST).filter((epoch) => epoch !== ways.shown)
  const next: Ways = { ...ways, inUse: way, prepared: null, moved: true, old: all.filter((epoch) => !tooMany.includes(epoch)) }
  return [next, [{ type: 'cap', epoch: way.epoch, bps: null }, ...tooMany.map((epoch): WaysEffect => ({ type: 'close', epoch }))]]
}

/** Closes what was prepared. */
function giveUp(ways: Ways): Step {
  if (ways.prepared === null) return [ways, []]
  const { epoch } = ways.prepared
  return [
    { ...ways, prepared: null },
    [
      { type: 'close', epoch },
      { type: 'cap', epoch: ways.inUse.epoch, bps: null },
    ],
  ]
}

/** Opens a way, and gives it what came for it before. */
function open(ways: Ways, way: Way, iceServers: readonly ICEServer[]): Step {
  const early = ways.held.filter((signal) => epochOf(signal) === way.epoch)
  return [
    dropHeld(ways, way.epoch),
    [{ type: 'open', way, iceServers }, ...early.map((signal): WaysEffect => ({ type: 'deliver', signal }))],
  ]
}

function onSignal(ways: Ways, signal: Signal): Step {
  const epoch = epochOf(signal)
  if (find(ways, epoch) !== null || ways.old.includes(epoch)) return [ways, [{ type: 'deliver', signal }]]
  // Of an older one it is too late; an answer comes only to what was offered here.
  if (epoch < newest(ways) || signal.type === 'sfu_answer') return [ways, []]
  const held = ways.held.length < HELD_AT_MOST ? ways.held : ways.held.filter((other) => epochOf(other) >= epoch) // a newer one replaces them
  return held.length < HELD_AT_MOST ? [{ ...ways, held: [...held, signal] }, []] : [ways, []]
}

/** What worked must prove itself again. */
function onTrouble(ways: Ways, epoch: number, cause: FailureCause): Step {
  const way = find(ways, epoch)
  if (way === null || way.told === cause) return [ways, []]
  return [change(ways, epoch, { told: cause, via: null, sound: false }), [say(ways.pair, way, cause)]]
}

/** What follows from how things stand: a way is ready, a way is shown. */
function settle(ways: Ways): Step {
  let now = ways
  const effects: WaysEffect[] = []
  for (const way of [now.inUse, now.prepared]) {
    if (way === null || way.told === 'ready' || !works(now, way)) continue
    now = change(now, way.epoch, { told: 'ready' })
    effects.push(say(now.pair, way, 'ready'))
  }
  if (now.shown !== now.inUse.epoch && (now.inUse.forced || showable(now, now.inUse))) {
    now = { ...now, shown: now.inUse.epoch }
    effects.push({ type: 'show', epoch: now.shown }, ...now.old.map((epoch): WaysEffect => ({ type: 'linger', epoch })))
  }
  return [now, effects]
}

/** All that the partner sends arrives. */
function works({ partner }: Ways, way: Way): boolean {
  if (way.transport !== 'connected' || way.via === null) return false
  return (way.sound || !partner.microphone) && (way.frames >= FRAMES_ENOUGH || !partner.camera)
}

function showable({ partner }: Ways, way: Way): boolean {
  return partner.camera ? way.frames > 0 : way.transport === 'connected'
}

function say(pair: string, way: Way, what: 'ready' | FailureCause): WaysEffect {
  const { epoch } = way
  if (what !== 'ready') return { type: 'say', message: { type: 'failed', pair, epoch, cause: what } }
  return { type: 'say', message: { type: 'ready', pair, epoch, via: way.via ?? 'direct' } }
}

function wordsOf({ forced = false, relay_only: relayOnly = false, cause = 'default', route }: RouteStep | Matched) {
  return { forced, relayOnly, cause, route }
}

function wayOf(words: RouteStep | Matched): Way {
  return { epoch: words.epoch, ...wordsOf(words), transport: 'connecting', via: null, sound: false, frames: 0, told: null }
}

/** The way in use or prepared with this number. */
function find(ways: Ways, epoch: number): Way | null {
  if (ways.inUse.epoch === epoch) return ways.inUse
  return ways.prepared?.epoch === epoch ? ways.prepared : null
}

function change(ways: Ways, epoch: number, to: Partial<Way>): Ways {
  if (ways.inUse.epoch === epoch) return { ...ways, inUse: { ...ways.inUse, ...to } }
  if (ways.prepared?.epoch === epoch) return { ...ways, prepared: { ...ways.prepared, ...to } }
  return ways
}

function newest(ways: Ways): number {
  return ways.prepared?.epoch ?? ways.inUse.epoch
}

/** Forgets what was kept for ways up to this one. */
function dropHeld(ways: Ways, epoch: number): Ways {
  return { ...ways, held: ways.held.filter((signal) => epochOf(signal) > epoch) }
}

/** Absent means the first. */
function epochOf(signal: Signal): number {
  return signal.epoch === undefined || signal.epoch === 0 ? 1 : signal.epoch
}

function then([ways, effects]: Step, next: (ways: Ways) => Step): Step {
  return after(next(ways), [], effects)
}

function after([ways, effects]: Step, more: readonly WaysEffect[], before: readonly WaysEffect[] = []): Step {
  return [ways, [...before, ...effects, ...more]]
}
