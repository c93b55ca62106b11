import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { directionOf, initI18n, locales, pickLocale, setLocale } from '.'
import ar from './locales/ar.json'
import en from './locales/en.json'
import es from './locales/es.json'

const words = { en, es, ar }
const plural = /_(zero|one|two|few|many|other)$/

function leaves(tree: object, path = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of Object.entries(tree)) {
    if (typeof value === 'string') found.set(path + name, value)
    else for (const [key, text] of leaves(value as object, `${path}${name}.`)) found.set(key, text)
  }
  return found
}

const baseKeys = (tree: object) => [...new Set([...leaves(tree).keys()].map((key) => key.replace(plural, '')))].toSorted()

/** The names between braces, without their format. */
const holes = (text: string) => [...text.matchAll(/\{\{(\w+)/g)].map((match) => match[1]).toSorted()

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return /\.tsx?$/.test(entry.name) && !/\.test\./.test(entry.name) ? [readFileSync(path, 'utf8')] : []
  })
}

describe('the words of the page', () => {
  test.each(locales)('%s has every key and no other', (locale) => {
    expect(baseKeys(words[locale])).toEqual(baseKeys(en))
  })

  test.each(locales)('%s has each plural form that its language knows', (locale) => {
    const forms = new Intl.PluralRules(locale).resolvedOptions().pluralCategories
    const keys = leaves(words[locale])
    const counted = [...keys.keys()].filter((key) => key.endsWith('_other')).map((key) => key.slice(0, -'_other'.length))
    expect(counted.length).toBeGreaterThan(3)
    for (const key of counted) for (const form of forms) expect([...keys.keys()]).toContain(`${key}_${form}`)
  })

  test.each(locales)('%s fills in the same values', (locale) => {
    const english = leaves(en)
    for (const [key, text] of leaves(words[locale])) {
      if (plural.test(key)) continue
      expect(holes(text), `${locale}: ${key}`).toEqual(holes(english.get(key) ?? ''))
    }
  })

  test('no key is left over', () => {
    const code = sources('src').join('\n')
    const unused = baseKeys(en).filter((key) => {
      if (code.includes(`'${key}'`)) return false
      // t(`report.${reason}`) uses every key under report.; t(`talk.stage_${x}`) those that begin so.
      return ![...code.matchAll(/t\(`([\w.]+?)\$\{/g)].some(([, prefix]) => prefix !== undefined && key.startsWith(prefix))
    })
    expect(unused).toEqual([])
  })
})

describe('choosing a language', () => {
  test('the first wanted one that the page has, whatever its region', () => {
    expect(pickLocale(['fr-FR', 'es-MX', 'en'])).toBe('es')
    expect(pickLocale(['AR-eg'])).toBe('ar')
  })

  test('English if it has none of them', () => {
    expect(pickLocale(['ja', 'tlh'])).toBe('en')
    expect(pickLocale([])).toBe('en')
  })

  test('the document says its language and direction, and the choice is remembered', async () => {
    const i18n = await initI18n('en')
    expect(document.documentElement).toHaveAttribute('lang', 'en')
    expect(document.documentElement).toHaveAttribute('dir', 'ltr')
    await setLocale('ar')
    expect(document.documentElement).toHaveAttribute('dir', 'rtl')
    expect(i18n.t('bar.next')).toBe('التالي')
    expect(localStorage.getItem('omezle.locale')).toBe('ar')
    expect(directionOf('ar')).toBe('rtl')
  })
})
