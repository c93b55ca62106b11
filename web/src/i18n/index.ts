import i18next, { type i18n } from 'i18next'
import { initReactI18next } from 'react-i18next'

import type en from './locales/en.json'

/** Languages of the page, in the order they are offered; each is a chunk of our own origin, loaded when it is used. */
export const locales = ['en', 'es', 'ar'] as const
export type Locale = (typeof locales)[number]

/** How each language calls itself. */
export const localeNames: Record<Locale, string> = { en: 'English', es: 'Español', ar: 'العربية' }

/** The words of one language; every language has the same keys, which a test holds. */
type Words = typeof en

const load: Record<Locale, () => Promise<{ default: unknown }>> = {
  en: () => import('./locales/en.json'),
  es: () => import('./locales/es.json'),
  ar: () => import('./locales/ar.json'),
}

const storageKey = 'omezle.locale'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation'
    resources: { translation: Words }
  }
}

/** The writing direction of a language. */
export function directionOf(locale: Locale): 'rtl' | 'ltr' {
  return locale === 'ar' ? 'rtl' : 'ltr'
}

/** The first of the wanted languages (BCP 47) that the page has, English if none. */
export function pickLocale(wanted: readonly string[]): Locale {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split('-')[0]
    const found = locales.find((locale) => locale === base)
    if (found) return found
  }
  return 'en'
}

/** The language chosen before, else the browser's. */
function preferredLocale(): Locale {
  let chosen: string | null = null
  try {
    chosen = localStorage.getItem(storageKey)
  } catch {
    // Storage is closed to us; the browser's languages decide.
  }
  return pickLocale(chosen ? [chosen, ...navigator.languages] : navigator.languages)
}

/** Prepares the words of the preferred language (or of the one given) before anything is drawn. */
export async function initI18n(locale: Locale = preferredLocale()): Promise<i18n> {
  const words = await load[locale]()
  await i18next.use(initReactI18next).init({
    lng: locale,
    fallbackLng: false,
    resources: { [locale]: { translation: words.default as Record<string, unknown> } },
    interpolation: { escapeValue: false },
  })
  applyLocale(locale)
  return i18next
}

/** Changes the language of the page and remembers it. */
export async function setLocale(locale: Locale): Promise<void> {
  if (!i18next.hasResourceBundle(locale, 'translation')) {
    const words = await load[locale]()
    i18next.addResourceBundle(locale, 'translation', words.default)
  }
  try {
    localStorage.setItem(storageKey, locale)
  } catch {
    // Not remembered in private mode; it still changes now.
  }
  await i18next.changeLanguage(locale)
  applyLocale(locale)
}

function applyLocale(locale: Locale) {
  document.documentElement.lang = locale
  document.documentElement.dir = directionOf(locale)
}
