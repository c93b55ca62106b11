import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { kind, parseServer } from './parse'
import { failureCauseValues, modeValues, reportReasonValues, viaValues } from './protocol.gen'
import type { Block, Bye, Cancel, ClientMessage, Failed, Find, Hello, ICECandidate, Leave, PeerMessage, Ping, Privacy, Ready, ReportMessage, SFUCandidate, SFUOffer, Sighting } from './protocol.gen'
import { boolean, count, fraction, list, object, oneOf, optional, string } from './shape'
import type { Reader } from './shape'

const folder = join(import.meta.dirname, '../../../signaling/protocol/testdata/golden')

/** What only clients say: the page never reads these, the goldens have them. */
const clientKinds: { [K in Exclude<ClientMessage, PeerMessage>['type']]: Reader<ClientMessage> } = {
  hello: kind<Hello>('hello', { token: string, fresh: optional(boolean) }),
  find: kind<Find>('find', { mode: oneOf(modeValues), interests: optional(list(string)), language: optional(string), hide_ip: optional(boolean) }),
  cancel: kind<Cancel>('cancel', {}),
  leave: kind<Leave>('leave', { pair: string, next: optional(boolean) }),
  report: kind<ReportMessage>('report', {
    id: string,
    pair: string,
    reason: oneOf(reportReasonValues),
    description: optional(string),
    block: optional(boolean),
    still: optional(string),
  }),
  block: kind<Block>('block', { id: string, pair: string }),
  ping: kind<Ping>('ping', { n: count }),
  bye: kind<Bye>('bye', {}),
  ready: kind<Ready>('ready', { pair: string, epoch: count, via: oneOf(viaValues) }),
  failed: kind<Failed>('failed', { pair: string, epoch: count, cause: oneOf(failureCauseValues) }),
  privacy: kind<Privacy>('privacy', { hide_ip: boolean }),
  sfu_offer: kind<SFUOffer>('sfu_offer', { pair: string, epoch: count, attempt: count, sdp: string }),
  sighting: kind<Sighting>('sighting', {
    pair: string,
    class: string,
    score: fraction,
    scores: (value) => value as Record<string, number>,
    model: optional(string),
  }),
  sfu_candidate: kind<SFUCandidate>('sfu_candidate', {
    pair: string,
    epoch: count,
    candidate: object<ICECandidate>({ candidate: string, sdpMid: optional(string), sdpMLineIndex: optional(count), usernameFragment: optional(string) }),
  }),
}

function isClientKind(type: string): type is keyof typeof clientKinds {
  return Object.hasOwn(clientKinds, type)
}

describe('the goldens shared with Go', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))

  it('exist for every kind of message that the service sends', () => {
    const types = new Set(files.map((name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { type: string }).type))
    const wanted = ['welcome', 'queue', 'matched', 'ended', 'partner', 'done', 'stats', 'pong', 'error', 'route', 'sfu_answer', 'bitrate', 'path', 'ice_servers', 'moderation', 'banned']
    const peers = ['chat', 'reaction', 'media', 'description', 'candidate', 'typing', 'ack']
    expect([...wanted, ...peers, ...Object.keys(clientKinds)].filter((type) => !types.has(type))).toEqual([])
  })

  it.each(files)('%s reads to an equal message', (name) => {
    const text = readFileSync(join(folder, name), 'utf8')
    const golden = JSON.parse(text) as { type: string }
    const parsed = isClientKind(golden.type) ? { ok: true, message: clientKinds[golden.type](golden) } : parseServer(text)
    expect(parsed).toEqual({ ok: true, message: golden })
    expect(JSON.parse(JSON.stringify(parsed))).toEqual({ ok: true, message: golden })
  })
})

describe('parseServer', () => {
  it.each([
    ['no JSON', '{"type":', 'malformed'],
    ['no object', '[1]', 'malformed'],
    ['null', 'null', 'malformed'],
    ['no type', '{"pair":"x"}', 'malformed'],
    ['an unknown type', '{"type":"quantum"}', 'unknown'],
    ['a name of Object.prototype', '{"type":"constructor"}', 'unknown'],
    ['a missing member', '{"type":"pong"}', 'malformed'],
    ['a member of another type', '{"type":"done","id":7}', 'malformed'],
    ['a sequence number below 0', '{"type":"chat","pair":"p","seq":-1,"id":"1","text":"hi"}', 'malformed'],
    ['a fraction', '{"type":"pong","n":1.5}', 'malformed'],
    ['an unknown reaction', '{"type":"reaction","pair":"p","seq":1,"reaction":"boo"}', 'malformed'],
  ] as const)('refuses %s', (_, frame, why) => {
    expect(parseServer(frame)).toEqual({ ok: false, why })
  })

  it('leaves unknown members out', () => {
    expect(parseServer('{"type":"pong","n":3,"extra":{"a":1}}')).toEqual({ ok: true, message: { type: 'pong', n: 3 } })
  })

  it('reads a list that Go wrote as null as an empty one', () => {
    const frame = '{"type":"matched","pair":"p","mode":"text","epoch":1,"route":"p2p","polite":true,"shared":null,"hue":1,"ice_servers":null}'
    expect(parseServer(frame)).toMatchObject({ ok: true, message: { shared: [], ice_servers: [] } })
  })

  it('reads a switch for a reason it does not know as a switch all the same', () => {
    expect(parseServer('{"type":"route","pair":"p","epoch":2,"phase":"prepare","route":"sfu","cause":"moon"}')).toMatchObject({
      ok: true,
      message: { cause: 'policy' },
    })
  })

  it('reads an end for a reason it does not know as an end all the same', () => {
    expect(parseServer('{"type":"ended","pair":"p","reason":"moon","state":"idle"}')).toMatchObject({
      ok: true,
      message: { reason: 'gone' },
    })
  })
})
