/**
 * Readers: each takes what JSON.parse gave and returns the value narrowed, or
 * throws Malformed. Unknown members are left out, so what a reader returns has
 * no more than its type says.
 */

/** Thrown by readers; parse functions turn it into a value. */
export class Malformed extends Error {}

export type Reader<T> = (value: unknown) => T

/** One reader for each member of T but `type`, which has chosen the reader already. */
export type Members<T> = { readonly [K in Exclude<keyof T, 'type'>]-?: Reader<T[K]> }

export const string: Reader<string> = (value) => {
  if (typeof value !== 'string') throw new Malformed('not a string')
  return value
}

export const boolean: Reader<boolean> = (value) => {
  if (typeof value !== 'boolean') throw new Malformed('not a boolean')
  return value
}

/** An integer that a number holds exactly, not below 0. */
export const count: Reader<number> = (value) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Malformed('not a count')
  return value
}

/** A score or a share. */
export const fraction: Reader<number> = (value) => {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) throw new Malformed('not within 0 to 1')
  return value
}

export function optional<T>(read: Reader<T>): Reader<T | undefined> {
  return (value) => (value === undefined || value === null ? undefined : read(value))
}

/** A list; null, as Go writes an empty one, is an empty list. */
export function list<T>(read: Reader<T>): Reader<T[]> {
  return (value) => {
    if (value === null) return []
    if (!Array.isArray(value)) throw new Malformed('not a list')
    return value.map(read)
  }
}

/** One of values. A newer service may know more of them: with a fallback those are read as it. */
export function oneOf<const T extends string>(values: readonly T[], fallback?: T): Reader<T> {
  return (value) => {
    const found = values.find((v) => v === value)
    if (found !== undefined) return found
    if (fallback !== undefined && typeof value === 'string') return fallback
    throw new Malformed('not one of the values')
  }
}

/** An object with these members. */
export function object<T extends object>(members: { readonly [K in keyof T]-?: Reader<T[K]> }): Reader<T> {
  const entries = Object.entries<Reader<unknown>>(members)
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed('not an object')
    const source = value as Record<string, unknown>
    const result: Record<string, unknown> = {}
    for (const [name, read] of entries) {
      const member = read(source[name])
      if (member !== undefined) result[name] = member
    }
    return result as T
  }
}
