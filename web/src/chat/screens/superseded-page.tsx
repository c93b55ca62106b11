import { useTranslation } from 'react-i18next'

import { Button } from '../../ui/button'
import { useActions } from '../use-call'
import { NoticePage } from './notice-page'

/** Another tab or window has the session. */
export function SupersededPage() {
  const { t } = useTranslation()
  const actions = useActions()
  return (
    <NoticePage title={t('superseded.title')}>
      <p className="text-l text-quiet">{t('superseded.body')}</p>
      <Button look="primary" onClick={() => actions.takeOver()}>
        {t('superseded.here')}
      </Button>
    </NoticePage>
  )
}
