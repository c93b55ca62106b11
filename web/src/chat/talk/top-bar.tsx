import { useTranslation } from 'react-i18next'

import { Mark } from '../../ui/mark'
import { useCallState } from '../use-call'

/** Name, how many are here, and what the two have in common. */
export function TopBar() {
  const { t, i18n } = useTranslation()
  const online = useCallState((state) => state.service.online)
  const shared = useCallState((state) => (state.phase === 'talking' || state.phase === 'connecting' ? state.pair.shared : null))
  return (
    <header className="flex h-9 items-center gap-4 px-1 phone:hidden">
      <p className="flex items-center gap-2 text-l font-extrabold tracking-tight">
        <Mark className="size-6" />
        {t('app.name')}
      </p>
      {online !== null && <p className="text-s text-quiet">{t('online', { count: online })}</p>}
      {shared && shared.length > 0 && (
        <p className="animate-arrive truncate rounded-full bg-accent-wash px-3 py-1 text-s font-semibold">
          {t('talk.share', { list: new Intl.ListFormat(i18n.language).format(shared) })}
        </p>
      )}
    </header>
  )
}
