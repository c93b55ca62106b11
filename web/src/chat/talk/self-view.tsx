import { EyeOff, MicOff, VideoOff } from 'lucide-react'
import { type PointerEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { LocalVideo } from '../local-video'
import { useCallState, useStreams } from '../use-call'
import { type Corner, nearestCorner, nextCorner } from './corner'

const places: Record<Corner, string> = {
  'top-start': 'top-3 start-3 phone:top-[calc(var(--safe-top)+6.75rem)]',
  'top-end': 'top-3 end-3 phone:top-[calc(var(--safe-top)+6.75rem)]',
  'bottom-end': 'bottom-3 end-3 phone:bottom-[calc(var(--safe-bottom)+5.75rem)] phone:in-data-sheet:portrait:bottom-[calc(max(38%,17rem)+0.75rem)] phone:in-data-sheet:landscape:end-86',
  'bottom-start': 'bottom-3 start-3 phone:bottom-[calc(var(--safe-bottom)+5.75rem)] phone:in-data-sheet:portrait:bottom-[calc(max(38%,17rem)+0.75rem)]',
}

/** The own picture in a corner of the stage; dragged to another one, or sent on by a click. */
export function SelfView({ overPicture }: { readonly overPicture: boolean }) {
  const { t } = useTranslation()
  const { local } = useStreams()
  const muted = useCallState((state) => !state.media.microphone.on)
  const held = useCallState((state) => state.phase === 'talking' && state.pair.held.me !== null)
  const [corner, setCorner] = useState<Corner>('bottom-end')
  const ref = useRef<HTMLDivElement>(null)
  const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null)

  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return
    drag.current = { x: event.clientX, y: event.clientY, moved: false }
    event.currentTarget.setPointerCapture(event.pointerId)
  }
  const onPointerMove = (event: PointerEvent) => {
    const from = drag.current
    if (!from || !ref.current) return
    const dx = event.clientX - from.x
    const dy = event.clientY - from.y
    if (Math.hypot(dx, dy) > 6) from.moved = true
    if (from.moved) ref.current.style.translate = `${dx}px ${dy}px`
  }
  const onPointerUp = () => {
    const element = ref.current
    const stage = element?.offsetParent
    if (drag.current?.moved && element && stage) {
      const rtl = getComputedStyle(element).direction === 'rtl'
      setCorner(nearestCorner(element.getBoundingClientRect(), stage.getBoundingClientRect(), rtl))
    }
    if (element) element.style.translate = ''
  }
  const onClick = () => {
    if (!drag.current?.moved) setCorner(nextCorner)
    drag.current = null
  }

  return (
    <div
      ref={ref}
      className={`absolute z-10 aspect-4/3 w-[clamp(8rem,22%,15rem)] touch-none overflow-hidden rounded-m shadow-high ${local ? 'bg-night text-on-veil ring-1 ring-on-veil/25' : overPicture ? 'veiled' : 'bg-surface text-quiet'} phone:w-28 phone:portrait:aspect-3/4 ${places[corner]}`}
    >
      {local ? (
        <LocalVideo className="size-full object-cover" label={t('talk.you')} testId="self-video" />
      ) : (
        <div className="grid size-full place-content-center justify-items-center gap-1.5 p-2 text-center text-s">
          <VideoOff className="size-5" aria-hidden />
          <span>{t('talk.selfOff')}</span>
        </div>
      )}
      {held && local && (
        <span className="veiled absolute inset-x-2 top-2 flex items-center gap-1.5 rounded-s px-2 py-1 text-xs font-semibold">
          <EyeOff className="size-4 shrink-0" aria-hidden />
          {t('moderation.mine.tag')}
        </span>
      )}
      {muted && (
        <span className="veiled absolute start-2 bottom-2 grid size-7 place-items-center rounded-full">
          <MicOff className="size-4" aria-hidden />
          <span className="sr-only">{t('talk.muted')}</span>
        </span>
      )}
      <button
        type="button"
        aria-label={t('talk.selfMove')}
        className="absolute inset-0 cursor-grab rounded-m -outline-offset-4 active:cursor-grabbing"
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={onPointerUp}
        onClick={onClick}
      />
    </div>
  )
}
