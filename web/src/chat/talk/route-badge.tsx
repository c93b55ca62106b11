import { ArrowLeftRight, EyeOff, type LucideIcon, Server, Shield } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import type { Pair } from '../../call'

const icons = { p2p: ArrowLeftRight, turn: Shield, turnHidden: EyeOff, sfu: Server } satisfies Record<string, LucideIcon>

/** Which way sound and picture take, and who can see what by it. Always in sight. */
export function RouteBadge({ pair }: { readonly pair: Pair }) {
  const { t } = useTranslation()
  const way = pair.route === 'turn' && pair.relayOnly ? 'turnHidden' : pair.route
  const Icon = icons[way]
  return (
    <p className="veiled flex min-h-9 max-w-full items-center gap-2 rounded-full px-3 py-1 text-s">
      <Icon className="size-4 shrink-0" aria-hidden />
      <span>
        <strong className="font-semibold">{t(`route.${pair.route}`)}</strong>
        <span className="opacity-85"> · {t(`route.note.${way}`)}</span>
      </span>
    </p>
  )
}
