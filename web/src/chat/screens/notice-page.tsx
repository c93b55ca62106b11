import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { Mark } from '../../ui/mark'

/** A page that says one thing. */
export function NoticePage({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const { t } = useTranslation()
  return (
    <div className="mx-auto flex min-h-dvh max-w-xl flex-col px-6 py-6">
      <header>
        <a href="/" className="flex w-fit items-center gap-2.5 rounded-s text-xl font-extrabold tracking-tight">
          <Mark className="size-8" />
          {t('app.name')}
        </a>
      </header>
      <main id="main" tabIndex={-1} className="grid grow animate-arrive content-center justify-items-start gap-5 py-10 outline-none">
        <h1 className="text-2xl font-bold tracking-tight">{title}</h1>
        {children}
      </main>
    </div>
  )
}
