import { type RefObject, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useCall } from '../use-call'
import type { Look, Over } from './use-look'
import { frontVideo } from './use-screen'

interface RemoteVideoProps {
  readonly ref: RefObject<HTMLDivElement | null>
  /** A picture is expected; without one the sound plays on, unseen. */
  readonly shown: boolean
  /** Why the picture is not shown as it is. */
  readonly over: Over | null
  readonly account: Look['account']
  readonly dimmed: boolean
}

/** How much of a picture may be cut off to fill the stage before it is shown whole instead. */
const mostCropped = 0.3

/** The stranger, in video elements that the call makes. Fills the stage when their picture has about its shape, else stands whole in it. */
export function RemoteVideo({ ref, shown, over, dimmed, account }: RemoteVideoProps) {
  const { t } = useTranslation()
  const call = useCall()
  const [fill, setFill] = useState(false)

  useEffect(() => (ref.current ? call.attachRemote(ref.current) : undefined), [call, ref])

  useEffect(() => {
    const screen = ref.current
    if (!screen) return
    const fit = () => {
      const video = frontVideo(screen)
      if (!video) return
      const picture = video.videoWidth / video.videoHeight
      const stage = screen.clientWidth / screen.clientHeight
      setFill(Number.isFinite(picture) && 1 - Math.min(picture / stage, stage / picture) <= mostCropped)
    }
    const observer = new ResizeObserver(fit)
    observer.observe(screen)
    // A video's resize does not bubble.
    screen.addEventListener('resize', fit, true)
    return () => {
      observer.disconnect()
      screen.removeEventListener('resize', fit, true)
    }
  }, [ref])

  useEffect(() => {
    const screen = ref.current
    if (!screen || over === null) return
    // A window of its own would show the picture as it is.
    const floating = document.pictureInPictureElement
    if (floating && screen.contains(floating)) void document.exitPictureInPicture().catch(() => undefined)
  }, [ref, over])

  return (
    <div
      ref={ref}
      role="group"
      aria-label={t('talk.stage')}
      data-over={over ?? undefined}
      data-look={account ? JSON.stringify(account) : undefined}
      className={`absolute inset-0 isolate [&>video]:absolute [&>video]:transition-[opacity,filter] [&>video]:duration-(--calm) [&>video]:inset-0 [&>video]:size-full ${fill ? '[&>video]:object-cover' : '[&>video]:object-contain phone:portrait:[&>video]:object-[50%_36%]'} ${shown && over !== 'held' ? '' : '[&>video]:opacity-0'} ${over ? '[&>video]:scale-110 [&>video]:blur-(--cover) [&>video]:transition-none!' : dimmed ? '[&>video]:brightness-40 [&>video]:saturate-50' : ''}`}
    />
  )
}
