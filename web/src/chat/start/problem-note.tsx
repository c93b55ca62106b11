import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import type { Problem } from '../../call'
import { Button } from '../../ui/button'
import { MediaHelp } from '../media-help'

interface ProblemNoteProps {
  readonly problem?: Problem
  readonly children?: ReactNode
  readonly onRetry: () => void
  readonly onText?: () => void
}

/** Why a start came to nothing, with the way out of each. */
export function ProblemNote({ problem, children, onRetry, onText }: ProblemNoteProps) {
  const { t, i18n } = useTranslation()

  if (problem?.code === 'media') {
    const kind = problem.microphone ? 'microphone' : 'camera'
    return <MediaHelp kind={kind} failure={problem.microphone ?? problem.camera ?? 'unknown'} onRetry={onRetry} onText={onText} />
  }
  const words = () => {
    if (!problem) return children
    switch (problem.code) {
      case 'rate_limited':
        return t('problem.rate_limited', { time: new Intl.DateTimeFormat(i18n.language, { timeStyle: 'medium' }).format(problem.retryAt) })
      case 'refused':
        return t('problem.refused', { code: problem.closeCode })
      case 'unknown':
        return t('problem.unknown', { status: problem.status })
      default:
        return t(`problem.${problem.code}`)
    }
  }
  const retry = problem?.code !== 'consent' && problem?.code !== 'adult'
  return (
    <div role="alert" className="flex animate-arrive items-center gap-3 rounded-l bg-danger-wash p-4 text-s">
      <CircleAlert className="size-5 shrink-0 text-danger" aria-hidden />
      <p className="grow">{words()}</p>
      {retry && (
        <Button size="s" onClick={onRetry}>
          {t('start.retry')}
        </Button>
      )}
    </div>
  )
}
