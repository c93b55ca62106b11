import { EyeOff, ScanEye, ShieldAlert } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import type { Hold } from '../../call'
import { Button } from '../../ui/button'
import type { Look, Over } from './use-look'

const icons = { unchecked: ScanEye, hit: EyeOff, held: ShieldAlert } as const

interface VeilProps {
  readonly look: Look
  readonly over: Over
  /** What the service holds back, and why. */
  readonly hold: Hold | null
  readonly onNext: () => void
  readonly onReport: () => void
}

/** Over a picture that is not shown as it is: why, and the ways on. What the service stopped cannot be shown. */
export function Veil({ look, over, hold, onNext, onReport }: VeilProps) {
  const { t } = useTranslation()
  const Icon = icons[over]
  const { title, note } = useVeilWords(look, over, hold)
  return (
    <div className="veiled mx-4 grid max-w-sm animate-arrive justify-items-center gap-4 rounded-l px-5 py-5 text-center">
      <Icon className={over === 'unchecked' && !look.unavailable ? 'size-8 animate-breathe' : 'size-8'} aria-hidden />
      <div className="grid gap-1">
        <h2 className="text-l font-bold">{title}</h2>
        <p className="text-s opacity-85">{note}</p>
      </div>
      <div className="flex flex-wrap justify-center gap-2">
        {over !== 'held' && (
          <Button look={over === 'hit' ? 'veiled' : 'primary'} size="s" onClick={look.show}>
            {t('look.show')}
          </Button>
        )}
        {over !== 'unchecked' && (
          <>
            <Button look="primary" size="s" onClick={onNext}>
              {t('look.skip')}
            </Button>
            <Button look="veiled" size="s" onClick={onReport}>
              {t('bar.report')}
            </Button>
          </>
        )}
      </div>
    </div>
  )
}

/** The same words for eyes and for ears. */
export function useVeilWords(look: Look, over: Over, hold: Hold | null): { readonly title: string; readonly note: string } {
  const { t } = useTranslation()
  switch (over) {
    case 'held':
      return { title: t('moderation.theirs.title'), note: `${t(`moderation.reason.${hold?.reason ?? 'staff'}`)} ${t('moderation.theirs.goesOn')}` }
    case 'hit':
      return { title: t('look.hit'), note: t('look.hitNote') }
    case 'unchecked':
      return look.unavailable ? { title: t('look.unavailable'), note: t('look.unavailableNote') } : { title: t('look.unchecked'), note: t('look.uncheckedNote') }
  }
}
