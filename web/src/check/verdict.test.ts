import { describe, expect, test } from 'vitest'

import { type CheckState, initialState, type Line, lineNames, type LineName, reduce } from './state'
import { verdictOf } from './verdict'

const works: Line = { state: 'works', ms: 5 }
const fails: Line = { state: 'fails', cause: 'unreachable' }
const absent: Line = { state: 'absent' }

/** Everything works but for these. */
function state(change: Partial<Record<LineName, Line>>): CheckState {
  return lineNames.reduce((now, name) => reduce(now, { type: 'line', name, line: change[name] ?? works }), initialState)
}
const noRelay = { udp: fails, tcp: fails, tls: fails }
const noMedia = { mediaUdp: absent, mediaTcp: absent }

describe('the verdict', () => {
  test.each([
    ['direct', {}],
    ['direct', { ...noRelay }],
    ['directOnly', { ...noRelay, ...noMedia }],
    ['relay', { direct: fails }],
    ['relay', { direct: fails, udp: fails, tcp: fails, ...noMedia }],
    ['relay', { direct: { state: 'fails', cause: 'changing' } }],
    ['server', { direct: fails, ...noRelay, mediaUdp: fails }],
    ['served', { direct: absent, ...noRelay, mediaUdp: fails }],
    ['text', { direct: fails, ...noRelay, ...noMedia }],
    ['text', { direct: fails, ...noRelay, mediaUdp: fails, mediaTcp: fails, camera: fails }],
    ['untold', { direct: absent, udp: absent, tcp: absent, tls: absent, ...noMedia }],
    ['untold', { direct: { state: 'fails', cause: 'limited' }, ...noRelay, ...noMedia }],
    ['down', { service: fails }],
    ['down', { socket: fails }],
    ['direct', { camera: { state: 'unasked' }, microphone: fails }],
  ] satisfies [string, Partial<Record<LineName, Line>>][])('is %s', (verdict, change) => {
    expect(verdictOf(state(change))).toBe(verdict)
  })

  test('waits until all is known, but not to say that nothing gets through', () => {
    expect(verdictOf(initialState)).toBe('running')
    expect(verdictOf(state({ tls: { state: 'waiting' } }))).toBe('running')
    expect(verdictOf(state({ tls: { state: 'waiting' }, socket: fails }))).toBe('down')
  })
})

test('a new run forgets what the last one found', () => {
  const found = reduce(reduce(state({}), { type: 'network', seen: ['198.51.100.7'], nat: 'same' }), { type: 'version', version: '1' })
  expect(reduce(found, { type: 'began' })).toEqual(initialState)
})
