import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Search } from '../../call'
import { Mark } from '../../ui/mark'

const tips = ['hello', 'next', 'camera', 'report', 'private'] as const

/** In the queue: how many wait, what is tried first, and a word of advice. */
export function Looking({ search }: { readonly search: Search }) {
  const { t } = useTranslation()
  const [tip, setTip] = useState(0)

  useEffect(() => {
    const timer = window.setInterval(() => setTip((index) => index + 1), 9000)
    return () => window.clearInterval(timer)
  }, [])

  const others = search.waiting === null ? null : Math.max(0, search.waiting - 1)
  const after = search.after === 'node_lost' || search.after === 'unconfirmed' || search.after === 'gone' || search.after === 'lost' ? search.after : 'other'
  const shownTip = tips[tip % tips.length] ?? 'hello'
  return (
    <div className="grid animate-arrive justify-items-center gap-6 px-6 text-center">
      <Mark mood="seeking" className="size-28 phone:size-24" />
      <div className="grid gap-1.5">
        <h2 className="text-xl font-bold">{search.mode === 'text' ? t('talk.lookingText') : t('talk.lookingTitle')}</h2>
        {search.after && <p className="text-quiet">{t(`talk.after.${after}`)}</p>}
        <p className="text-quiet">
          {search.delayed ? t('talk.delayed') : others === null ? '\u00a0' : t('talk.waiting', { count: others })}
        </p>
        {search.stage && !search.delayed && <p className="text-quiet">{t(`talk.stage_${search.stage}`)}</p>}
      </div>
      <p key={shownTip} className="max-w-sm animate-appear border-t border-line pt-5 text-s text-quiet">
        {t(`talk.tips.${shownTip}`)}
      </p>
    </div>
  )
}
