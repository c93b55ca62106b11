import { CameraOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { Button } from '../../ui/button'
import { Mark } from '../../ui/mark'
import { DeviceSelect } from '../device-select'
import { LocalVideo } from '../local-video'
import { MediaHelp } from '../media-help'
import { useActions, useCallState, useStreams } from '../use-call'
import { LevelMeter } from './level-meter'

interface PreviewProps {
  /** The way on without camera or microphone. */
  readonly onText: () => void
}

/** How one looks and sounds, before anyone else sees it. Nothing is asked of the browser before a click. */
export function Preview({ onText }: PreviewProps) {
  const { t } = useTranslation()
  const actions = useActions()
  const media = useCallState((state) => state.media)
  // The form then says what is wrong with the devices, beside the ways out of it: once is enough.
  const saidInForm = useCallState((state) => state.phase === 'idle' && state.problem?.code === 'media')
  const { local } = useStreams()
  const [wanted, setWanted] = useState(false)

  // Leaving the page must put the camera's light out; a call takes its own hold on the devices.
  useEffect(() => () => actions.preview({ camera: false, microphone: false }), [actions])

  const ask = (devices: { camera: boolean; microphone: boolean }) => {
    setWanted(devices.camera || devices.microphone)
    actions.preview(devices)
  }
  const pending = media.camera.pending || media.microphone.pending
  const live = wanted && (media.camera.on || media.microphone.on)

  const shown = wanted && !saidInForm
  const failed =
    shown && media.camera.failure ? (
      <MediaHelp
        kind="camera"
        failure={media.camera.failure}
        onRetry={() => ask({ camera: true, microphone: true })}
        onAudio={media.microphone.failure || media.microphone.on ? undefined : () => ask({ camera: false, microphone: true })}
        onText={onText}
      />
    ) : shown && media.microphone.failure ? (
      <MediaHelp kind="microphone" failure={media.microphone.failure} onRetry={() => ask({ camera: media.camera.on, microphone: true })} onText={onText} />
    ) : null

  return (
    <section aria-label={t('preview.title')} className="grid content-start gap-4 phone:order-2">
      <div className={`relative overflow-hidden rounded-xl bg-stage ${local ? 'aspect-video phone:aspect-4/3' : 'aspect-16/11 phone:aspect-auto'}`}>
        {local ? (
          <>
            <LocalVideo className="size-full object-cover" label={t('preview.you')} />
            <p className="veiled absolute start-4 bottom-4 rounded-full px-3 py-1 text-s">{t('preview.you')}</p>
          </>
        ) : (
          <div className="relative grid size-full place-content-center justify-items-center gap-3 p-6 text-center">
            <Mark className="absolute start-1/2 top-1/2 size-[130%] -translate-1/2 opacity-40 rtl:translate-x-1/2 phone:hidden [&_path]:stroke-surface [&_path]:[stroke-width:3]" />
            {failed ? (
              <div className="relative w-full max-w-md text-start">{failed}</div>
            ) : pending ? (
              <Mark mood="seeking" className="size-20" />
            ) : (
              <span className="relative grid size-20 place-items-center rounded-full bg-surface text-quiet phone:hidden">
                <CameraOff className="size-8" strokeWidth={1.6} aria-hidden />
              </span>
            )}
            {!failed && <p className="relative text-l font-bold">{pending ? t('preview.waiting') : t('preview.off')}</p>}
            {!pending && !failed && <p className="relative max-w-xs text-s text-quiet">{t('preview.offHint')}</p>}
            {!pending && !failed && (
              <Button className="relative mt-2 bg-surface!" onClick={() => ask({ camera: true, microphone: true })}>
                {t('preview.turnOn')}
              </Button>
            )}
          </div>
        )}
        {live && (
          <Button look="veiled" size="s" className="absolute end-4 bottom-4" onClick={() => ask({ camera: false, microphone: false })}>
            {t('preview.turnOff')}
          </Button>
        )}
      </div>

      {/* With a picture there is no room in its box for what is wrong with the sound. */}
      {local && failed}

      {live && (
        <div className="grid animate-arrive gap-4">
          {media.microphone.on && (
            <div className="grid grid-cols-[1fr_auto] items-center gap-4">
              <LevelMeter />
              <p className="text-s text-quiet">{t('preview.speak')}</p>
            </div>
          )}
          <div className={`grid gap-3 phone:grid-cols-1 ${media.speakerChoice ? 'grid-cols-3' : 'grid-cols-2'}`}>
            <DeviceSelect kind="camera" />
            <DeviceSelect kind="microphone" />
            {media.speakerChoice && <DeviceSelect kind="speaker" />}
          </div>
        </div>
      )}
    </section>
  )
}
