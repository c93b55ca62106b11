import { useTranslation } from 'react-i18next'

import { NoticePage } from './notice-page'

/** No such address. */
export function NotFoundPage() {
  const { t } = useTranslation()
  return (
    <NoticePage title={t('notFound.title')}>
      <p className="text-l text-quiet">{t('notFound.body')}</p>
      <a href="/" className="inline-flex h-11 items-center rounded-full bg-accent px-5 font-semibold text-on-accent hover:bg-accent-strong">
        {t('notFound.home')}
      </a>
    </NoticePage>
  )
}
