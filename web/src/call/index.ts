/**
 * The visitor's call without React, and what the page may use of it.
 *
 *   page -> Call (engine) -> reducer: (model, event, now) -> [model, effects]
 *                |
 *                +- link: session over HTTP, socket, reconnecting (session, socket, backoff)
 *                +- pair-run: one conversation
 *                |     +- stream: messages to the partner, once and in order
 *                |     +- ways-run: the ways of its media, which the pure ways decides
 *                |     |     +- peer: one RTCPeerConnection (negotiation, outgoing)
 *                |     |     +- pulse: whether anything arrives that way
 *                |     +- quality: how well the partner arrives
 *                +- screen: where the partner is seen and heard, one element per way
 *                +- media: camera, microphone (capture, audio, playback)
 *                +- storage: what outlives the page
 *
 * The reducer is pure and decides everything; the engine only carries out its
 * effects. Whatever the browser provides comes in through environment, so that
 * tests run without one. No module here has a word meant for people.
 */
import type { Call } from './call'
import { Engine } from './engine'
import { browserEnvironment } from './environment'

export type { Call, CallActions, Streams } from './call'
export type * from './state'

/** The one Call of this page. */
export function createCall(): Call {
  return new Engine(browserEnvironment())
}
