import { CircleCheck, ShieldAlert } from 'lucide-react'
import { useEffect, useId } from 'react'
import { useTranslation } from 'react-i18next'

import type { ModerationWord } from '../../call'
import { Button } from '../../ui/button'
import { useActions, useCallState } from '../use-call'
import { Note } from './note'

/** How long good news stays. */
const goodFor = 10_000

/** What the service did about a picture. About one's own it stays until it was read; the partner's veil speaks for itself. */
export function ModerationNotice() {
  const word = useCallState((state) => (state.phase === 'talking' || state.phase === 'connecting' ? state.pair.word : null))
  if (!word) return null
  if (word.lifted) return <Lifted key={word.at} word={word} />
  return word.target === 'you' ? <Warning word={word} /> : null
}

function Lifted({ word }: { readonly word: ModerationWord }) {
  const { t } = useTranslation()
  const actions = useActions()
  useEffect(() => {
    const timer = window.setTimeout(() => actions.dismissModeration(), goodFor)
    return () => window.clearTimeout(timer)
  }, [actions])
  return (
    <Note icon={<CircleCheck className="size-5 shrink-0 text-good" aria-hidden />} onClose={() => actions.dismissModeration()}>
      {word.target === 'you' ? t('moderation.mine.lifted') : t('moderation.theirs.lifted')}
    </Note>
  )
}

function Warning({ word }: { readonly word: ModerationWord }) {
  const { t } = useTranslation()
  const actions = useActions()
  const id = useId()
  const stopped = word.actions.includes('stop') || word.actions.includes('blur')
  return (
    <section role="alert" aria-labelledby={id} className="grid max-w-md animate-arrive gap-3 rounded-l border border-danger bg-danger-wash p-4 text-s text-ink shadow-high">
      <h2 id={id} className="flex items-center gap-2.5 text-m font-bold">
        <ShieldAlert className="size-5 shrink-0 text-danger" aria-hidden />
        {stopped ? t('moderation.mine.stopped') : t('moderation.mine.warned')}
      </h2>
      <p>{t(`moderation.reason.${word.reason}`)}</p>
      <p>{stopped ? t('moderation.mine.what') : t('moderation.mine.warnedWhat')}</p>
      <Button size="s" className="justify-self-end" onClick={() => actions.dismissModeration()}>
        {t('moderation.mine.ok')}
      </Button>
    </section>
  )
}
