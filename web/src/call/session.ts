/** The public HTTP interface: sessions and what the first page needs. */
import { modeValues } from '../protocol/protocol.gen'
import type { PictureCheck, Problem as ProblemBody, PublicConfig, SessionRequest, SessionResponse } from '../protocol/protocol.gen'
import { boolean, fraction, count, list, object, oneOf, optional, string } from '../protocol/shape'
import type { Reader } from '../protocol/shape'
import type { Ban, Problem } from './state'

/** The part of fetch that is used. */
export type Fetch = (path: string, init: RequestInit) => Promise<Response>

/** Why there is no session. */
export type SessionFailure = Exclude<Problem, { code: 'media' | 'refused' }> | { readonly code: 'banned'; readonly ban: Ban }

export type SessionResult =
  | { readonly ok: true; readonly session: SessionResponse }
  | { readonly ok: false; readonly failure: SessionFailure }

const TIMEOUT = 10_000
/** When the service names no time. */
const RETRY_AFTER = 10_000

const sessionBody = object<SessionResponse>({ session: string, token: string, device: string, expires: count })
const pictureCheck = object<PictureCheck>({
  on: boolean,
  threshold: fraction,
  release: fraction,
  interval_ms: count,
  start_blurred: boolean,
  model: string,
})
const configBody = object<PublicConfig>({
  consent: string,
  minimum_age: count,
  modes: list(oneOf(modeValues)),
  version: string,
  check: pictureCheck,
})
const problemBody = object<Partial<ProblemBody>>({
  type: optional(string),
  title: optional(string),
  status: optional(count),
  code: optional(string),
  detail: optional(string),
  reason: optional(string),
  until: optional(count),
  ban: optional(string),
})

/** POST /api/session. Never throws; now turns Retry-After into a time. */
export async function createSession(fetch: Fetch, request: SessionRequest, now: number): Promise<SessionResult> {
  try {
    const response = await fetch('/api/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(TIMEOUT),
    })
    if (!response.ok) return { ok: false, failure: await failureOf(response, now) }
    const session = await body(response, sessionBody)
    return session === null ? { ok: false, failure: { code: 'unknown', status: response.status } } : { ok: true, session }
  } catch {
    return { ok: false, failure: { code: 'offline' } } // fetch rejects for the network only
  }
}

/** GET /api/config, or null when it cannot be had. */
export async function fetchConfig(fetch: Fetch): Promise<PublicConfig | null> {
  try {
    const response = await fetch('/api/config', { method: 'GET', signal: AbortSignal.timeout(TIMEOUT) })
    return response.ok ? await body(response, configBody) : null
  } catch {
    return null
  }
}

/** Whether asking again later may help without the person doing anything. */
export function passes(failure: SessionFailure): boolean {
  switch (failure.code) {
    case 'offline':
    case 'rate_limited':
    case 'unavailable':
      return true
    case 'unknown':
      return failure.status >= 500
    case 'consent':
    case 'adult':
    case 'banned':
      return false
  }
}

/** A ban as the service words it, over HTTP or the socket. */
export function banOf({ detail, reason, until, ban }: { readonly detail?: string; readonly reason?: string; readonly until?: number; readonly ban?: string }): Ban {
  return { detail: detail ?? null, reason: reason ?? null, until: until === undefined || until === 0 ? null : until * 1_000, id: ban ?? null }
}

async function failureOf(response: Response, now: number): Promise<SessionFailure> {
  const problem = await body(response, problemBody)
  const retryAt = retryTime(response.headers.get('Retry-After'), now)
  if (problem?.code === 'banned') return { code: 'banned', ban: banOf(problem) }
  if (problem?.code === 'consent') return { code: 'consent' }
  if (problem?.code === 'age') return { code: 'adult' }
  if (response.status === 429) return { code: 'rate_limited', retryAt: retryAt ?? now + RETRY_AFTER }
  if (response.status === 502 || response.status === 503 || response.status === 504) return { code: 'unavailable', retryAt }
  return { code: 'unknown', status: response.status }
}

/** Retry-After (RFC 9110, 10.2.3) is a date or seconds. */
function retryTime(header: string | null, now: number): number | null {
  if (header === null) return null
  if (/^\d+$/.test(header)) return now + Number(header) * 1_000
  const date = Date.parse(header)
  return Number.isNaN(date) ? null : Math.max(date, now)
}

async function body<T>(response: Response, read: Reader<T>): Promise<T | null> {
  try {
    return read(await response.json())
  } catch {
    return null
  }
}
