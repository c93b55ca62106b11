import { CircleCheck, CircleDashed, CircleMinus, CircleX, LoaderCircle } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import type { CheckState, Line, LineName } from '../../check'
import { Button } from '../../ui/button'
import { browserFamily } from '../browser'

const icons = {
  waiting: <LoaderCircle className="size-5 animate-spin text-quiet" aria-hidden />,
  works: <CircleCheck className="size-5 text-good" aria-hidden />,
  fails: <CircleX className="size-5 text-danger" aria-hidden />,
  absent: <CircleMinus className="size-5 text-quiet" aria-hidden />,
  unasked: <CircleDashed className="size-5 text-quiet" aria-hidden />,
} as const satisfies Record<Line['state'], unknown>

interface CheckLineProps {
  readonly name: LineName
  readonly state: CheckState
  /** For what the browser would ask about. */
  readonly onAsk?: (() => void) | undefined
}

/** One thing that was tried: whether it works, what that means, and what to do. */
export function CheckLine({ name, state, onAsk }: CheckLineProps) {
  const { t } = useTranslation()
  const line = state.lines[name]
  return (
    <li data-check={name} data-state={line.state} className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-start gap-x-3 border-t border-line py-3 first:border-t-0">
      <span className="pt-0.5">{icons[line.state]}</span>
      <div className="grid gap-0.5">
        <h3 className="font-semibold">{t(`check.line.${name}.title`)}</h3>
        <p className="text-s text-quiet">{useSentence(name, state)}</p>
      </div>
      <div className="grid justify-items-end gap-1.5">
        <p className={`pt-0.5 text-s font-medium whitespace-nowrap ${line.state === 'works' ? 'text-good' : line.state === 'fails' ? 'text-danger' : 'text-quiet'}`}>
          {t(`check.state.${line.state}`)}
        </p>
        {onAsk && (line.state === 'unasked' || line.state === 'fails') && (
          <Button size="s" onClick={onAsk} aria-label={`${t('check.ask')}: ${t(`check.line.${name}.title`)}`}>
            {t('check.ask')}
          </Button>
        )}
      </div>
    </li>
  )
}

/** What a line means, in words for the person. */
function useSentence(name: LineName, { lines, seen, nat }: CheckState): string {
  const { t, i18n } = useTranslation()
  const line = lines[name]
  switch (line.state) {
    case 'waiting':
      return t(`check.line.${name}.about`)
    case 'absent':
      return t('check.absent')
    case 'unasked':
      return t('check.unasked')
    case 'works': {
      if (name !== 'direct') return t(`check.line.${name}.works`)
      const places = new Intl.ListFormat(i18n.language).format(seen)
      return `${nat === 'same' ? t('check.line.direct.works') : t('check.line.direct.likely')} ${t('check.seen', { places })}`
    }
    case 'fails':
      switch (line.cause) {
        case 'unreachable':
          return t(`check.line.${name}.fails`)
        case 'refused':
        case 'limited':
        case 'browser':
        case 'changing':
          return t(`check.cause.${line.cause}`)
        case 'denied': {
          const said = name === 'microphone' && lines.camera.state === 'fails' && lines.camera.cause === 'denied'
          if (said) return t('media.denied') // how to allow both stands one line above
          return `${t('media.denied')} ${t(`media.how.${browserFamily(navigator.userAgent, navigator.maxTouchPoints)}`)}`
        }
        default:
          return t(`media.${line.cause}`)
      }
  }
}
