import { useTranslation } from 'react-i18next'

import type { End } from '../../call'
import { Button } from '../../ui/button'
import { Mark } from '../../ui/mark'
import { useActions } from '../use-call'
import { useSecondsUntil } from '../use-seconds'

/** Why it is over, and what comes next: by itself unless one says to stay. */
export function EndedView({ end, compact = false }: { readonly end: End; readonly compact?: boolean }) {
  const { t } = useTranslation()
  const actions = useActions()
  const seconds = useSecondsUntil(end.nextAt)
  const why = end.self ? t(`ended.self.${end.reason}`) : t(`ended.other.${end.reason}`)
  return (
    <div className={`grid animate-arrive gap-5 ${compact ? 'border-t border-line p-4' : 'justify-items-center px-6 text-center'}`}>
      {!compact && <Mark mood="apart" className="size-20" />}
      <div className="grid gap-1">
        {!compact && <h2 className="text-xl font-bold">{t('ended.title')}</h2>}
        <p className={compact ? 'font-semibold' : 'text-quiet'}>{why}</p>
        {seconds !== null && (
          <p className="text-quiet" aria-hidden>
            {t('ended.auto', { count: seconds })}
          </p>
        )}
      </div>
      <div className={`flex flex-wrap gap-2 ${compact ? '' : 'justify-center'}`}>
        <Button look="primary" onClick={() => actions.next()}>
          {t('ended.again')}
        </Button>
        {end.nextAt === null ? (
          <Button onClick={() => actions.stop()}>{t('ended.home')}</Button>
        ) : (
          <Button onClick={() => actions.cancelAutoNext()}>{t('ended.stay')}</Button>
        )}
      </div>
    </div>
  )
}
