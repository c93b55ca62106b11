import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'

import { useCall } from '../use-call'

const bars = 24

/** How loud the own microphone is, read once a frame and drawn without React. */
export function LevelMeter() {
  const { t } = useTranslation()
  const call = useCall()
  const ref = useRef<HTMLDivElement>(null)

  useEffect(() => {
    let frame = 0
    let shown = 0
    const draw = () => {
      // Speech sits low on a linear scale; the root spreads it. Falls slower than it rises, as the eye expects.
      const level = Math.sqrt(Math.min(1, call.microphoneLevel()))
      shown = Math.max(level, shown * 0.9)
      const lit = Math.round(shown * bars)
      const children = ref.current?.children
      if (children) {
        for (let i = 0; i < children.length; i++) children[i]?.toggleAttribute('data-lit', i < lit)
      }
      frame = requestAnimationFrame(draw)
    }
    frame = requestAnimationFrame(draw)
    return () => cancelAnimationFrame(frame)
  }, [call])

  return (
    <div role="img" aria-label={t('preview.level')} ref={ref} className="flex h-4 items-center gap-[3px]">
      {Array.from({ length: bars }, (_, index) => (
        <span key={index} className="h-2 flex-1 rounded-full bg-pressed data-lit:h-4 data-lit:bg-accent forced-colors:data-lit:bg-[Highlight]" />
      ))}
    </div>
  )
}
