import { MessageSquareText, Video } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Mode } from '../../protocol/protocol.gen'
import { Segmented } from '../../ui/segmented'
import { Select } from '../../ui/select'
import { Switch } from '../../ui/switch'
import { canCall } from '../browser'
import { languageName, talkLanguages } from '../talk-languages'
import { useActions, useCallState } from '../use-call'
import { GoForm } from './go-form'
import { Interests } from './interests'
import { Masthead } from './masthead'
import { Preview } from './preview'

/** The first page: how one looks, what this is, the rules, and one button. */
export function StartPage() {
  const { t, i18n } = useTranslation()
  const actions = useActions()
  const preferences = useCallState((state) => state.preferences)
  const service = useCallState((state) => state.service)

  useEffect(() => actions.loadService(), [actions])

  const video = canCall() && (service.status !== 'ready' || service.modes.includes('video'))
  const mode: Mode = video ? preferences.mode : 'text'
  // As it was when the page opened: a start that fails does not make somebody new a returning visitor.
  const [returning] = useState(() => preferences.consent !== null && preferences.adult)
  const setMode = (next: Mode) => actions.setPreferences({ mode: next })

  return (
    <div className="mx-auto flex min-h-dvh max-w-6xl flex-col px-8 pt-[calc(var(--safe-top)+1.25rem)] pb-[calc(var(--safe-bottom)+2rem)] phone:px-5">
      <Masthead />
      <main id="main" tabIndex={-1} className="grid grow grid-cols-[minmax(0,1fr)_minmax(0,26rem)] content-center items-start gap-x-16 gap-y-8 pt-4 pb-6 outline-none lg:gap-x-20 phone:grid-cols-1 phone:content-start phone:py-5">
        <div className="grid gap-6 phone:contents">
          <div className="grid gap-3 phone:order-1">
            <h1 className="text-3xl font-bold tracking-tight phone:text-2xl">{returning ? t('start.welcomeBack') : t('start.title')}</h1>
            <p className="max-w-[34rem] text-l text-quiet phone:text-m">{returning ? t('start.leadBack') : t('start.lead')}</p>
          </div>
          {mode === 'video' ? (
            <Preview onText={() => setMode('text')} />
          ) : (
            <p className="flex items-center gap-3 rounded-l bg-raised p-5 phone:order-2">
              <MessageSquareText className="size-6 shrink-0 text-accent-ink" aria-hidden />
              {t('preview.textHint')}
            </p>
          )}
          <a href="/check" className="justify-self-start rounded-s py-1 text-s text-quiet underline decoration-edge underline-offset-4 hover:text-ink phone:order-4 phone:justify-self-center">
            {t('check.link')}
          </a>
        </div>

        <div className="grid gap-4 phone:order-3 phone:gap-5">
          {!video && <p className="rounded-m bg-raised p-3 text-s">{t('start.noVideo')}</p>}
          <Segmented
            legend={t('start.mode')}
            name="mode"
            value={mode}
            onChange={setMode}
            options={[
              { value: 'video', label: t('start.video'), icon: <Video className="relative size-5" aria-hidden />, disabled: !video },
              { value: 'text', label: t('start.text'), icon: <MessageSquareText className="relative size-5" aria-hidden /> },
            ]}
          />
          <Interests value={preferences.interests} onChange={(interests) => actions.setPreferences({ interests })} />
          <Select
            label={t('start.language')}
            value={preferences.language}
            onChange={(language) => actions.setPreferences({ language })}
            options={[{ value: '', label: t('start.languageAny') }, ...talkLanguages.map((tag) => ({ value: tag, label: languageName(tag, i18n.language) }))]}
          />
          {mode === 'video' && (
            <Switch label={t('privacy.hideIP')} note={t('privacy.hideIPNote')} checked={preferences.hideIP} onChange={(hideIP) => actions.setPreferences({ hideIP })} />
          )}
          <GoForm mode={mode} />
        </div>
      </main>
    </div>
  )
}
