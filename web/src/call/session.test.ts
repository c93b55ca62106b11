import { describe, expect, it } from 'vitest'
import { banOf, createSession, fetchConfig, passes } from './session'
import type { Fetch } from './session'

const request = { consent: 'v1', adult: true }
const now = Date.parse('2026-11-23T12:00:00Z')

const answers =
  (status: number, body: unknown, headers: Record<string, string> = {}): Fetch =>
  () =>
    Promise.resolve(new Response(JSON.stringify(body), { status, headers }))
const fails: Fetch = () => Promise.reject(new TypeError('Failed to fetch'))

describe('createSession', () => {
  it('posts the request and returns the session', async () => {
    const session = { session: 's', token: 't', device: 'd', expires: 9 }
    const seen: unknown[] = []
    const fetch: Fetch = (path, init) => {
      seen.push(path, init.method, JSON.parse(init.body as string))
      return answers(201, session)(path, init)
    }
    expect(await createSession(fetch, request, now)).toEqual({ ok: true, session })
    expect(seen).toEqual(['/api/session', 'POST', request])
  })

  const problem = (code: string, detail?: string) => ({ type: 'about:blank', title: '', status: 0, code, detail })

  it.each([
    ['no network', fails, { code: 'offline' }],
    ['429 with seconds', answers(429, problem('rate'), { 'Retry-After': '7' }), { code: 'rate_limited', retryAt: now + 7_000 }],
    [
      '429 with a date',
      answers(429, problem('rate'), { 'Retry-After': 'Mon, 23 Nov 2026 12:00:30 GMT' }),
      { code: 'rate_limited', retryAt: now + 30_000 },
    ],
    ['429 without a time', answers(429, problem('rate')), { code: 'rate_limited', retryAt: now + 10_000 }],
    ['503', answers(503, problem('draining'), { 'Retry-After': '1' }), { code: 'unavailable', retryAt: now + 1_000 }],
    ['a proxy’s 502 without a problem', answers(502, 'bad gateway'), { code: 'unavailable', retryAt: null }],
    ['newer rules', answers(409, problem('consent')), { code: 'consent' }],
    ['no word on the age', answers(422, problem('age')), { code: 'adult' }],
    ['a ban', answers(403, problem('banned', 'spam')), { code: 'banned', ban: banOf({ detail: 'spam' }) }],
    ['anything else', answers(418, {}), { code: 'unknown', status: 418 }],
    ['a success that is no session', answers(200, { hello: 1 }), { code: 'unknown', status: 200 }],
  ] as const)('%s', async (_, fetch, failure) => {
    expect(await createSession(fetch, request, now)).toEqual({ ok: false, failure })
  })
})

describe('passes', () => {
  it.each([
    [{ code: 'offline' }, true],
    [{ code: 'rate_limited', retryAt: 1 }, true],
    [{ code: 'unavailable', retryAt: null }, true],
    [{ code: 'unknown', status: 500 }, true],
    [{ code: 'unknown', status: 400 }, false],
    [{ code: 'consent' }, false],
    [{ code: 'banned', ban: banOf({}) }, false],
  ] as const)('%o: %s', (failure, expected) => {
    expect(passes(failure)).toBe(expected)
  })
})

describe('fetchConfig', () => {
  const check = { on: true, threshold: 0.85, release: 0.6, interval_ms: 2000, start_blurred: true, model: '/model/model.json' }
  const config = { consent: 'v1', minimum_age: 18, modes: ['video', 'text'], version: '0.1', check }

  it('returns what the first page needs', async () => {
    expect(await fetchConfig(answers(200, config))).toEqual(config)
  })

  it.each([
    ['no network', fails],
    ['an error', answers(500, {})],
    ['nonsense', answers(200, { consent: 3 })],
  ])('is null for %s', async (_, fetch) => {
    expect(await fetchConfig(fetch)).toBeNull()
  })
})
