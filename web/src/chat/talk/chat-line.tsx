import { Check, CheckCheck, CircleAlert, Clock } from 'lucide-react'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'

import type { ChatLine } from '../../call'

const icons = { sending: Clock, sent: Check, delivered: CheckCheck, failed: CircleAlert } as const

interface LineProps {
  readonly line: ChatLine
  /** The first of several by the same person carries the name. */
  readonly first: boolean
  /** The last of one's own says how far it got; one that failed always does. */
  readonly showStatus: boolean
}

/** One message. Its text is a text node, never markup, and links in it are not made clickable. */
export const Line = memo(function Line({ line, first, showStatus }: LineProps) {
  const { t } = useTranslation()
  const mine = line.from === 'me'
  const Icon = icons[line.status]
  return (
    <li className={`grid animate-arrive ${mine ? 'justify-items-end' : 'justify-items-start'} ${first ? 'mt-3' : 'mt-1'}`}>
      <span className={first && !mine ? 'mb-1 text-s font-bold text-(--hue-text)' : 'sr-only'}>{mine ? t('chat.you') : t('chat.stranger')}</span>
      <p dir="auto" className={`max-w-[85%] min-w-0 rounded-l px-3.5 py-2 break-words whitespace-pre-wrap ${mine ? 'rounded-ee-s bg-accent-wash' : 'rounded-es-s bg-raised'}`}>
        {line.text}
      </p>
      {mine && (showStatus || line.status === 'failed') && (
        <span className={`mt-1 flex items-center gap-1 text-xs ${line.status === 'failed' ? 'font-semibold text-danger' : 'text-quiet'}`}>
          <Icon className="size-3.5" aria-hidden />
          {t(`chat.${line.status}`)}
        </span>
      )}
    </li>
  )
})
