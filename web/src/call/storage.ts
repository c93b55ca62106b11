/**
 * What outlives the page. Every access may fail (private mode, blocked site
 * data, full disk): then the page simply remembers nothing.
 */
import { limits, modeValues } from '../protocol/protocol.gen'
import { boolean, list, object, oneOf, optional, string } from '../protocol/shape'
import type { Preferences } from './state'

/** The part of Storage that is used. */
export type StorageLike = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** A Storage that never throws. */
export class Store {
  private readonly storage: StorageLike | null

  /** open is called once; browsers throw already at the access to localStorage. */
  constructor(open: () => StorageLike) {
    try {
      this.storage = open()
    } catch {
      this.storage = null
    }
  }

  get(key: string): string | null {
    try {
      return this.storage?.getItem(key) ?? null
    } catch {
      return null
    }
  }

  /** Keeps value, or forgets the key when it is null. */
  set(key: string, value: string | null): void {
    try {
      if (value === null) this.storage?.removeItem(key)
      else this.storage?.setItem(key, value)
    } catch {
      // Nothing to be done: the page works without.
    }
  }
}

/** Keys of localStorage and sessionStorage. */
export const keys = { device: 'omezle.device', preferences: 'omezle.preferences', token: 'omezle.token' } as const

export const defaultPreferences: Preferences = {
  mode: 'video',
  interests: [],
  language: '',
  autoNext: false,
  startWithCamera: false,
  startMuted: false,
  hideIP: false,
  blurFirst: null,
  cameraId: null,
  microphoneId: null,
  speakerId: null,
  consent: null,
  adult: false,
}

const stored = object<Partial<Mutable<Preferences>>>({
  mode: optional(oneOf(modeValues, 'video')),
  interests: optional(list(string)),
  language: optional(string),
  autoNext: optional(boolean),
  startWithCamera: optional(boolean),
  startMuted: optional(boolean),
  hideIP: optional(boolean),
  blurFirst: optional(boolean),
  cameraId: optional(string),
  microphoneId: optional(string),
  speakerId: optional(string),
  consent: optional(string),
  adult: optional(boolean),
})

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** The preferences kept, or the defaults for what is missing or unreadable. */
export function loadPreferences(store: Store): Preferences {
  const text = store.get(keys.preferences)
  if (text === null) return defaultPreferences
  try {
    return tidyPreferences({ ...defaultPreferences, ...stored(JSON.parse(text)) })
  } catch {
    return defaultPreferences
  }
}

export function savePreferences(store: Store, preferences: Preferences): void {
  store.set(keys.preferences, JSON.stringify(preferences))
}

/** Brings interests and language into the form that the service compares, and within its limits. */
export function tidyPreferences(preferences: Preferences): Preferences {
  const interests = new Set<string>()
  for (const interest of preferences.interests) {
    const folded = interest.replace(/^[\s#]+/, '').replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim().toLowerCase()
    if (folded !== '') interests.add([...folded].slice(0, limits.maxInterest).join(''))
  }
  const primary = preferences.language.split(/[-_]/, 1)[0] ?? ''
  const language = /^[a-z]{2,8}$/i.test(primary) && preferences.language.length <= limits.maxLanguage ? preferences.language : ''
  return { ...preferences, interests: [...interests].slice(0, limits.maxInterests), language }
}
