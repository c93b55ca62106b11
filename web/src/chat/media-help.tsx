import { CircleAlert } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import type { MediaFailure } from '../call'
import { Button } from '../ui/button'
import { browserFamily } from './browser'

interface MediaHelpProps {
  readonly kind: 'camera' | 'microphone'
  readonly failure: MediaFailure
  readonly onRetry: () => void
  /** A way on without it. */
  readonly onAudio?: (() => void) | undefined
  readonly onText?: (() => void) | undefined
}

/** Why a camera or microphone could not be had, how to allow it in this browser, and the ways on without it. */
export function MediaHelp({ kind, failure, onRetry, onAudio, onText }: MediaHelpProps) {
  const { t } = useTranslation()
  const canRetry = failure !== 'insecure' && failure !== 'unsupported'
  return (
    <div role="alert" className="grid animate-arrive gap-3 rounded-l bg-danger-wash p-4 text-s text-ink">
      <p className="flex items-start gap-2.5">
        <CircleAlert className="mt-px size-5 shrink-0 text-danger" aria-hidden />
        <span>
          <strong className="font-bold">{t(`media.title.${kind}`)}.</strong> {t(`media.${failure}`)}
          {failure === 'denied' && <> {t(`media.how.${browserFamily(navigator.userAgent, navigator.maxTouchPoints)}`)}</>}
        </span>
      </p>
      <div className="flex flex-wrap gap-2">
        {canRetry && (
          <Button size="s" onClick={onRetry}>
            {t('media.retry')}
          </Button>
        )}
        {onAudio && (
          <Button size="s" onClick={onAudio}>
            {t('media.audio')}
          </Button>
        )}
        {onText && (
          <Button size="s" onClick={onText}>
            {t('media.text')}
          </Button>
        )}
      </div>
    </div>
  )
}
