import { ArrowLeftRight, type LucideIcon, Server, Shield } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import type { Route } from '../../protocol/protocol.gen'

const icons: Record<Route, LucideIcon> = { p2p: ArrowLeftRight, turn: Shield, sfu: Server }

/** Which way sound and picture take, and who can see what by it. Always in sight. */
export function RouteBadge({ route }: { readonly route: Route }) {
  const { t } = useTranslation()
  const Icon = icons[route]
  return (
    <p className="veiled flex min-h-9 max-w-full items-center gap-2 rounded-full px-3 py-1 text-s">
      <Icon className="size-4 shrink-0" aria-hidden />
      <span>
        <strong className="font-semibold">{t(`route.${route}`)}</strong>
        <span className="opacity-85"> · {t(`route.${route}Note`)}</span>
      </span>
    </p>
  )
}
