import { useTranslation } from 'react-i18next'

import type { Ban } from '../../call'
import { Rules } from '../start/rules'
import { NoticePage } from './notice-page'

/** Kept out: what happened, in the service's words where it gave some, and which rules it is about. */
export function BannedPage({ ban }: { readonly ban: Ban }) {
  const { t } = useTranslation()
  return (
    <NoticePage title={t('banned.title')}>
      <p className="text-l text-quiet">{ban.detail ?? t('banned.body')}</p>
      <section className="grid gap-3 border-t border-line pt-5">
        <h2 className="font-bold">{t('banned.rules')}</h2>
        <Rules />
      </section>
    </NoticePage>
  )
}
