import { lazy, Suspense, useEffect } from 'react'
import { useTranslation } from 'react-i18next'

import { Mark } from '../ui/mark'
import { BannedPage } from './screens/banned-page'
import { NotFoundPage } from './screens/not-found-page'
import { SupersededPage } from './screens/superseded-page'
import { StartPage } from './start/start-page'
import { useCallState } from './use-call'

const talkPage = () => import('./talk/talk-page').then((module) => ({ default: module.TalkPage }))
const TalkPage = lazy(talkPage)
const CheckPage = lazy(() => import('./check').then((module) => ({ default: module.BrowserCheck })))

/** The visitor's side: which page is shown follows from the phase of the call, never from an address. */
export function Visitor({ path }: { readonly path: string }) {
  const { t } = useTranslation()
  const phase = useCallState((state) => state.phase)

  // While the first page is read there is time to fetch the second.
  useEffect(() => {
    const timer = window.setTimeout(() => void talkPage(), 1500)
    return () => window.clearTimeout(timer)
  }, [])

  return (
    <div data-phase={phase} className="min-h-dvh">
      <a href="#main" className="sr-only rounded-full bg-ink px-4 py-2 font-semibold text-ground focus:not-sr-only focus:fixed focus:start-4 focus:top-4 focus:z-50">
        {t('app.skip')}
      </a>
      <Suspense fallback={<Waiting />}>{path === '/' ? <Page /> : path === '/check' ? <CheckPage /> : <NotFoundPage />}</Suspense>
    </div>
  )
}

function Page() {
  const phase = useCallState((state) => state.phase)
  const ban = useCallState((state) => (state.phase === 'banned' ? state.ban : null))
  switch (phase) {
    case 'idle':
    case 'opening':
      return <StartPage />
    case 'superseded':
      return <SupersededPage />
    case 'banned':
      return ban && <BannedPage ban={ban} />
    default:
      return <TalkPage />
  }
}

function Waiting() {
  const { t } = useTranslation()
  return (
    <div role="status" className="grid min-h-dvh place-items-center">
      <Mark mood="seeking" className="size-20" />
      <span className="sr-only">{t('app.loading')}</span>
    </div>
  )
}
