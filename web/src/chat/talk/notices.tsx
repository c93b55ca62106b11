import { CircleAlert, CircleCheck, LoaderCircle, Route, WifiOff } from 'lucide-react'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'

import { Button } from '../../ui/button'
import { MediaHelp } from '../media-help'
import { useActions, useCallState } from '../use-call'
import { ModerationNotice } from './moderation-notice'
import { Note } from './note'

/** How long a good word stays. */
const thanksFor = 6000
/** How long a change of the way is told. */
const movedFor = 8000

/** What happened by itself: the line, a device, a report on its way. Each says what to do, and goes when it is over. */
export function Notices() {
  return (
    <div className="pointer-events-none grid justify-items-center gap-2 [&>*]:pointer-events-auto">
      <LinkNotice />
      <ModerationNotice />
      <MovedNotice />
      <DeviceNotice />
      <DeviceFailure />
      <ReportNotice />
    </div>
  )
}

function LinkNotice() {
  const { t } = useTranslation()
  const actions = useActions()
  const link = useCallState((state) => state.link)
  if (link.state !== 'offline' && link.state !== 'reconnecting') return null
  return (
    <Note icon={<WifiOff className="size-5 shrink-0 text-danger" aria-hidden />}>
      <span>{link.state === 'offline' ? t('link.offline') : t(`link.${link.cause}`)}</span>
      {link.state === 'reconnecting' && link.retryAt !== null && (
        <Button size="s" onClick={() => actions.reconnect()}>
          {t('link.now')}
        </Button>
      )}
    </Note>
  )
}

/** The way of sound and picture was changed: said once, and why. */
function MovedNotice() {
  const { t } = useTranslation()
  const actions = useActions()
  const moved = useCallState((state) => (state.phase === 'talking' || state.phase === 'connecting' ? state.pair.moved : null))

  useEffect(() => {
    if (!moved) return
    const timer = window.setTimeout(() => actions.dismissMoved(), movedFor)
    return () => window.clearTimeout(timer)
  }, [moved, actions])

  if (!moved) return null
  return (
    <Note icon={<Route className="size-5 shrink-0 text-quiet" aria-hidden />} onClose={() => actions.dismissMoved()}>
      <span>
        {t(`moved.to.${moved.route}`)} {t(`moved.because.${moved.cause}`)}
      </span>
    </Note>
  )
}

function DeviceNotice() {
  const { t } = useTranslation()
  const actions = useActions()
  const notice = useCallState((state) => state.media.notice)
  if (!notice) return null
  return (
    <Note icon={<CircleAlert className="size-5 shrink-0 text-accent-ink" aria-hidden />} onClose={() => actions.dismissMediaNotice()}>
      {t(`media.notice.${notice.code}`)}
    </Note>
  )
}

function DeviceFailure() {
  const actions = useActions()
  const mode = useCallState((state) => state.reportable?.mode ?? state.preferences.mode)
  const media = useCallState((state) => state.media)
  const kind = media.camera.failure ? 'camera' : 'microphone'
  const failure = media[kind].failure
  if (!failure || mode === 'text') return null
  return (
    <div className="max-w-md rounded-l bg-surface shadow-high">
      <MediaHelp kind={kind} failure={failure} onRetry={() => (kind === 'camera' ? actions.setCamera(true) : actions.setMicrophone(true))} />
    </div>
  )
}

function ReportNotice() {
  const { t } = useTranslation()
  const actions = useActions()
  const report = useCallState((state) => state.report)
  const done = report?.status === 'done'

  useEffect(() => {
    if (!done) return
    const timer = window.setTimeout(() => actions.dismissReport(), thanksFor)
    return () => window.clearTimeout(timer)
  }, [done, actions])

  if (!report) return null
  const blockOnly = report.kind === 'block'
  switch (report.status) {
    case 'sending':
      return <Note icon={<LoaderCircle className="size-5 shrink-0 animate-spin text-quiet" aria-hidden />}>{blockOnly ? t('report.sendingBlock') : t('report.sending')}</Note>
    case 'done':
      return (
        <Note icon={<CircleCheck className="size-5 shrink-0 text-good" aria-hidden />} onClose={() => actions.dismissReport()}>
          {blockOnly ? t('report.doneBlock') : t('report.done')}
        </Note>
      )
    case 'failed':
      return (
        <Note icon={<CircleAlert className="size-5 shrink-0 text-danger" aria-hidden />} onClose={() => actions.dismissReport()}>
          {t('report.failed')}
        </Note>
      )
  }
}
