import { type RefObject, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useCall } from '../use-call'

interface RemoteVideoProps {
  readonly ref: RefObject<HTMLVideoElement | null>
  /** A picture is expected; without one the sound plays on, unseen. */
  readonly shown: boolean
  readonly dimmed: boolean
}

/** How much of a picture may be cut off to fill the stage before it is shown whole instead. */
const mostCropped = 0.3

/** The stranger. Fills the stage when their picture has about its shape, else stands whole in it. */
export function RemoteVideo({ ref, shown, dimmed }: RemoteVideoProps) {
  const { t } = useTranslation()
  const call = useCall()
  const [fill, setFill] = useState(false)

  useEffect(() => (ref.current ? call.attachRemote(ref.current) : undefined), [call, ref])

  useEffect(() => {
    const video = ref.current
    if (!video) return
    const fit = () => {
      const picture = video.videoWidth / video.videoHeight
      const stage = video.clientWidth / video.clientHeight
      setFill(Number.isFinite(picture) && 1 - Math.min(picture / stage, stage / picture) <= mostCropped)
    }
    const observer = new ResizeObserver(fit)
    observer.observe(video)
    video.addEventListener('resize', fit)
    return () => {
      observer.disconnect()
      video.removeEventListener('resize', fit)
    }
  }, [ref])

  return (
    // oxlint-disable-next-line jsx-a11y/media-has-caption -- a live stranger: there are no captions to give
    <video
      ref={ref}
      autoPlay
      playsInline
      aria-label={t('talk.stage')}
      data-testid="remote-video"
      className={`absolute inset-0 size-full transition-[opacity,filter] duration-(--calm) ${fill ? 'object-cover' : 'object-contain phone:portrait:object-[50%_36%]'} ${shown ? '' : 'opacity-0'} ${dimmed ? 'brightness-40 saturate-50' : ''}`}
    />
  )
}
