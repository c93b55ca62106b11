import { HeartHandshake, Lock, type LucideIcon, MegaphoneOff, Shirt, UserRoundCheck } from 'lucide-react'
import { useTranslation } from 'react-i18next'

const rules = [
  ['kind', HeartHandshake],
  ['adults', UserRoundCheck],
  ['nudity', Shirt],
  ['private', Lock],
  ['sell', MegaphoneOff],
] as const satisfies readonly (readonly [string, LucideIcon])[]

/** What everyone here agrees to. */
export function Rules() {
  const { t } = useTranslation()
  return (
    <ul className="grid gap-1.5 text-s phone:gap-2">
      {rules.map(([rule, Icon]) => (
        <li key={rule} className="flex items-start gap-2.5">
          <Icon className="mt-0.5 size-4 shrink-0 text-accent-ink" aria-hidden />
          {t(`rules.${rule}`)}
        </li>
      ))}
    </ul>
  )
}
