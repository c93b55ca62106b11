import { Popover } from 'radix-ui'
import { useTranslation } from 'react-i18next'

import type { Quality } from '../../call'

/** How well the other is seen and heard, in bars; the figures on a click. */
export function QualityMeter({ quality }: { readonly quality: Quality | null }) {
  const { t, i18n } = useTranslation()
  const level = quality ? t(`quality.level${quality.level}`) : t('quality.measuring')
  const percent = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 })
  const none = t('quality.none')
  const size = quality && quality.width !== null && quality.height !== null ? t('quality.size', { width: quality.width, height: quality.height, fps: Math.round(quality.fps ?? 0) }) : none
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <button type="button" className="veiled flex h-9 items-end gap-[3px] rounded-full px-3.5 pb-2.5" aria-label={`${t('quality.title')}: ${level}`}>
          {[1, 2, 3, 4].map((bar) => (
            <span
              key={bar}
              aria-hidden
              style={{ height: `${bar * 0.22 + 0.1}rem` }}
              className={`w-1 rounded-full bg-current ${quality && bar <= quality.level ? (quality.level <= 1 ? 'text-accent' : '') : 'opacity-30'}`}
            />
          ))}
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content sideOffset={8} collisionPadding={12} align="start" className="z-40 w-72 animate-appear rounded-m bg-surface p-4 text-s text-ink shadow-high ring-1 ring-line">
          <h3 className="mb-2 text-m font-bold">{level}</h3>
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-quiet [&>dd]:text-end [&>dd]:text-ink">
            <dt>{t('quality.rtt')}</dt>
            <dd>{quality?.rttMs == null ? none : t('quality.ms', { value: Math.round(quality.rttMs) })}</dd>
            <dt>{t('quality.loss')}</dt>
            <dd>{quality?.lossPercent == null ? none : percent.format(quality.lossPercent / 100)}</dd>
            <dt>{t('quality.rate')}</dt>
            <dd>{quality?.kbps == null ? none : t('quality.kbps', { value: Math.round(quality.kbps) })}</dd>
            <dt>{t('quality.picture')}</dt>
            <dd>{size}</dd>
          </dl>
          {quality?.weak != null && <p className="mt-3 border-t border-line pt-3">{t(`quality.weak.${quality.weak}`)}</p>}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
