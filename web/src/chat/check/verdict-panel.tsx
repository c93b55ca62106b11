import { CircleAlert, CircleCheck, CircleX } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import type { Verdict } from '../../check'
import { Mark } from '../../ui/mark'

const moods = {
  direct: 'good',
  directOnly: 'fair',
  relay: 'good',
  server: 'good',
  served: 'good',
  untold: 'fair',
  text: 'bad',
  down: 'bad',
} as const satisfies Record<Exclude<Verdict, 'running'>, string>

const icons = {
  good: <CircleCheck className="size-10 shrink-0 text-good" strokeWidth={1.75} aria-hidden />,
  fair: <CircleAlert className="size-10 shrink-0 text-accent-ink" strokeWidth={1.75} aria-hidden />,
  bad: <CircleX className="size-10 shrink-0 text-danger" strokeWidth={1.75} aria-hidden />,
}

/** What it comes to, said aloud when it is known. */
export function VerdictPanel({ verdict }: { readonly verdict: Verdict }) {
  const { t } = useTranslation()
  const mood = verdict === 'running' ? null : moods[verdict]
  return (
    <div
      role="status"
      data-verdict={verdict}
      className={`flex min-h-28 items-center gap-5 rounded-xl p-6 transition-colors duration-(--slow) phone:gap-4 phone:p-5 ${mood === 'bad' ? 'bg-danger-wash' : mood === 'fair' ? 'bg-accent-wash' : 'bg-raised'}`}
    >
      {mood === null ? <Mark mood="seeking" className="size-10 shrink-0" /> : icons[mood]}
      <div key={verdict} className="grid animate-appear gap-1">
        <p className="text-xl font-bold tracking-tight text-balance">{t(`check.verdict.${verdict}.title`)}</p>
        <p className="text-quiet">{t(`check.verdict.${verdict}.body`)}</p>
      </div>
    </div>
  )
}
