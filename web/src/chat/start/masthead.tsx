import { Monitor, Moon, Sun } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import { localeNames, locales, pickLocale, setLocale } from '../../i18n'
import { Mark } from '../../ui/mark'
import { setTheme, themes, useTheme } from '../../ui/theme'
import { useCallState } from '../use-call'

const icons = { system: Monitor, light: Sun, dark: Moon } as const
const labels = { system: 'settings.themeSystem', light: 'settings.themeLight', dark: 'settings.themeDark' } as const

/** Name, how many are here, the language and the colours of the page. */
export function Masthead() {
  const { t, i18n } = useTranslation()
  const theme = useTheme()
  const online = useCallState((state) => state.service.online)
  const Icon = icons[theme]
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system'
  return (
    <header className="flex items-center gap-3">
      <a href="/" className="flex items-center gap-2.5 rounded-s text-xl font-extrabold tracking-tight">
        <Mark className="size-8" />
        {t('app.name')}
      </a>
      {online !== null && <p className="ms-2 text-s text-quiet phone:hidden">{t('online', { count: online })}</p>}
      <div className="ms-auto flex items-center gap-1">
        <label className="sr-only" htmlFor="page-locale">
          {t('settings.locale')}
        </label>
        <select
          id="page-locale"
          value={pickLocale([i18n.language])}
          onChange={(event) => void setLocale(pickLocale([event.target.value]))}
          className="h-11 appearance-none rounded-full bg-transparent px-3 text-s font-semibold text-quiet hover:bg-raised hover:text-ink"
        >
          {locales.map((locale) => (
            <option key={locale} value={locale} lang={locale}>
              {localeNames[locale]}
            </option>
          ))}
        </select>
        <button
          type="button"
          onClick={() => setTheme(next)}
          aria-label={`${t('settings.theme')}: ${t(labels[theme])}`}
          title={`${t('settings.theme')}: ${t(labels[theme])}`}
          className="grid size-11 place-items-center rounded-full text-quiet hover:bg-raised hover:text-ink"
        >
          <Icon className="size-5" aria-hidden />
        </button>
      </div>
    </header>
  )
}
