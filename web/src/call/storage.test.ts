import { describe, expect, it } from 'vitest'
import { defaultPreferences, keys, loadPreferences, savePreferences, Store, tidyPreferences } from './storage'
import type { StorageLike } from './storage'

function memory(): StorageLike {
  const map = new Map<string, string>()
  return {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
  }
}

describe('Store', () => {
  it('keeps, reads and forgets', () => {
    const store = new Store(memory)
    store.set('k', 'v')
    expect(store.get('k')).toBe('v')
    store.set('k', null)
    expect(store.get('k')).toBeNull()
  })

  const refuse = () => {
    throw new DOMException('no', 'SecurityError')
  }
  it.each([
    ['the storage itself is refused', refuse],
    ['every access is refused', () => ({ getItem: refuse, setItem: refuse, removeItem: refuse })],
  ])('remembers nothing, quietly, when %s', (_, open) => {
    const store = new Store(open)
    store.set('k', 'v')
    expect(store.get('k')).toBeNull()
  })
})

describe('preferences', () => {
  it('come back as they were kept', () => {
    const store = new Store(memory)
    const wanted = { ...defaultPreferences, mode: 'text', interests: ['go'], autoNext: true, cameraId: 'c', consent: 'v1' } as const
    savePreferences(store, wanted)
    expect(loadPreferences(store)).toEqual(wanted)
  })

  it.each([
    ['nothing', null],
    ['no JSON', '{'],
    ['another shape', '{"interests":7}'],
  ])('are the defaults when %s is kept', (_, text) => {
    const store = new Store(memory)
    store.set(keys.preferences, text)
    expect(loadPreferences(store)).toEqual(defaultPreferences)
  })

  it('leave video off and the microphone on', () => {
    expect(defaultPreferences).toMatchObject({ startWithCamera: false, startMuted: false })
  })
})

describe('tidyPreferences', () => {
  const interests = (...list: string[]) => tidyPreferences({ ...defaultPreferences, interests: list }).interests

  it.each([
    ['folds case, hashes and spaces', ['##Go ', 'go', '  open   source'], ['go', 'open source']],
    ['drops what is empty', ['', ' # '], []],
    ['cuts at 32 characters', ['é'.repeat(40)], ['é'.repeat(32)]],
    ['keeps ten', 'abcdefghijkl'.split(''), 'abcdefghij'.split('')],
  ])('%s', (_, given, wanted) => {
    expect(interests(...given)).toEqual(wanted)
  })

  it.each([
    ['en-GB', 'en-GB'],
    ['', ''],
    ['12', ''],
    ['x'.repeat(20), ''],
  ])('language %s is %s', (language, wanted) => {
    expect(tidyPreferences({ ...defaultPreferences, language }).language).toBe(wanted)
  })
})
