import { ChevronDown, SkipForward } from 'lucide-react'
import type { RefObject } from 'react'
import { useTranslation } from 'react-i18next'

import { Button } from '../../ui/button'
import { useCallState } from '../use-call'
import { ChatLog } from './chat-log'
import { Composer } from './composer'
import { EndedView } from './ended'
import { Looking } from './looking'

interface ChatPanelProps {
  readonly field: RefObject<HTMLTextAreaElement | null>
  /** In text mode the chat is the page, and says what otherwise the stage says. */
  readonly alone: boolean
  /** A phone's sheet: open over the lower third, or away. */
  readonly open: boolean
  readonly onClose: () => void
  /** The sheet covers the bar, so the one control that must stay in reach is in its head too. */
  readonly onNext: () => void
}

/** The writing between the two. Beside the stage, over it on a phone, or the whole page in text mode. */
export function ChatPanel({ field, alone, open, onClose, onNext }: ChatPanelProps) {
  const { t } = useTranslation()
  const search = useCallState((state) => (state.phase === 'looking' ? state.search : null))
  const end = useCallState((state) => (state.phase === 'ended' ? state.end : null))
  const pair = useCallState((state) => (state.phase === 'connecting' || state.phase === 'talking' || state.phase === 'ended' ? state.pair : null))
  const away = useCallState((state) => state.phase === 'talking' && state.partner.away)
  const sheet = !alone

  return (
    <section
      aria-label={t('chat.title')}
      inert={!open}
      className={
        alone
          ? 'mx-auto flex min-h-0 w-full max-w-3xl flex-col overflow-hidden rounded-l bg-surface shadow-low phone:rounded-none'
          : `flex min-h-0 flex-col overflow-hidden rounded-l bg-surface shadow-low transition-[translate,opacity] duration-(--calm) ease-(--ease) phone:absolute phone:inset-x-0 phone:bottom-0 phone:z-30 phone:h-[max(38%,17rem)] phone:max-h-full phone:rounded-b-none phone:landscape:inset-y-0 phone:landscape:start-auto phone:landscape:h-full phone:landscape:w-84 phone:landscape:rounded-none phone:pb-(--safe-bottom) phone:shadow-high ${open ? '' : 'phone:translate-y-full phone:opacity-0'}`
      }
    >
      <h2 className="sr-only">{t('chat.title')}</h2>
      {sheet && (
        <div className="flex h-12 shrink-0 items-center justify-between border-b border-line ps-1 pe-2 desk:hidden">
          <button type="button" onClick={onClose} aria-label={t('bar.closeChat')} className="grid size-11 place-items-center rounded-full text-quiet">
            <ChevronDown className="size-5" aria-hidden />
          </button>
          <Button size="s" onClick={onNext}>
            <SkipForward className="size-4 rtl:-scale-x-100" aria-hidden />
            {t('bar.next')}
          </Button>
        </div>
      )}
      {alone && search ? (
        <div className="grid min-h-0 grow place-content-center overflow-y-auto py-8">
          <Looking search={search} />
        </div>
      ) : (
        <ChatLog key={pair?.id} pair={pair} />
      )}
      {alone && away && (
        <p role="status" className="mx-4 mb-2 rounded-m bg-raised px-3 py-2 text-s">
          {t('talk.away')}
        </p>
      )}
      {alone && end ? <EndedView end={end} compact /> : !(alone && search) && <Composer field={field} enabled={pair !== null && end === null} />}
    </section>
  )
}
