/**
 * Which ways work from where the visitor is, tried against our own servers only.
 *
 *   page -> Check (run) -> reduce: (state, event) -> state; verdict: state -> verdict
 *              |
 *              +- ways: one try each (service, socket, devices, relays, media server)
 *              |     +- gather: the candidates of one RTCPeerConnection
 *              |     +- nat: what they say about the network
 *              +- report: the findings as text, without an address
 *
 * A try never throws: it ends in a Line. The reducer and the verdict are pure.
 * Nothing is asked of the person before a click, and nobody else is asked than
 * the service and the servers that its calls use.
 */
export { browserTries } from './environment'
export { reportText } from './report'
export { Check } from './run'
export type { CheckState, Line, LineName } from './state'
export { verdictOf } from './verdict'
export type { Verdict } from './verdict'
