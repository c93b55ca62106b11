import { Check as Tick, Copy, RotateCw } from 'lucide-react'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'

import { Check, type LineName, reportText, verdictOf } from '../../check'
import { Button } from '../../ui/button'
import { Masthead } from '../start/masthead'
import { CheckLine } from './check-line'
import { VerdictPanel } from './verdict-panel'

const parts = [
  ['service', ['service', 'socket']],
  ['devices', ['camera', 'microphone']],
  ['ways', ['direct', 'udp', 'tcp', 'tls', 'mediaUdp', 'mediaTcp']],
] as const satisfies readonly (readonly [string, readonly LineName[]])[]

/** What works from this browser, one line for each thing, and what it comes to. */
export function CheckPage({ check, userAgent }: { readonly check: Check; readonly userAgent: string }) {
  const { t } = useTranslation()
  const state = useSyncExternalStore(check.subscribe, check.getState)
  const verdict = verdictOf(state)

  useEffect(() => void check.start(), [check])

  return (
    <div className="mx-auto flex min-h-dvh max-w-3xl flex-col px-8 pt-[calc(var(--safe-top)+1.25rem)] pb-[calc(var(--safe-bottom)+2.5rem)] phone:px-5">
      <Masthead />
      <main id="main" tabIndex={-1} className="grid gap-8 py-10 outline-none phone:gap-6 phone:py-6">
        <div className="grid gap-3">
          <h1 className="text-2xl font-bold tracking-tight">{t('check.title')}</h1>
          <p className="max-w-[36rem] text-l text-quiet phone:text-m">{t('check.lead')}</p>
        </div>
        <VerdictPanel verdict={verdict} />
        {parts.map(([part, names]) => (
          <section key={part} aria-labelledby={`check-${part}`} className="grid gap-1">
            <h2 id={`check-${part}`} className="pb-1 text-l font-bold">
              {t(`check.part.${part}`)}
            </h2>
            <ul className="grid">
              {names.map((name) => (
                <CheckLine key={name} name={name} state={state} onAsk={name === 'camera' || name === 'microphone' ? () => void check.ask(name) : undefined} />
              ))}
            </ul>
          </section>
        ))}
        <Foot busy={verdict === 'running'} report={() => reportText(check.getState(), userAgent, Date.now())} onAgain={() => void check.start()} />
      </main>
    </div>
  )
}

interface FootProps {
  readonly busy: boolean
  readonly report: () => string
  readonly onAgain: () => void
}

/** What to do with the findings. */
function Foot({ busy, report, onAgain }: FootProps) {
  const { t } = useTranslation()
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no')
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(report())
      setCopied('yes')
    } catch {
      setCopied('failed') // not allowed, or not on an insecure page: the text below can be marked by hand
    }
  }
  return (
    <div className="grid gap-4 border-t border-line pt-6">
      <div className="flex flex-wrap items-center gap-2">
        <a href="/" className="inline-flex h-11 items-center rounded-full bg-accent px-5 font-semibold text-on-accent hover:bg-accent-strong">
          {t('check.home')}
        </a>
        <Button aria-disabled={busy || undefined} onClick={() => busy || onAgain()}>
          <RotateCw className="size-4" aria-hidden />
          {t('check.again')}
        </Button>
        <Button onClick={() => void copy()}>
          {copied === 'yes' ? <Tick className="size-4 text-good" aria-hidden /> : <Copy className="size-4" aria-hidden />}
          {copied === 'yes' ? t('check.copied') : t('check.copy')}
        </Button>
      </div>
      <p role="status" className="text-s text-quiet">
        {copied === 'failed' ? t('check.copyFailed') : t('check.copyHint')}
      </p>
      <details className="text-s" open={copied === 'failed'}>
        <summary className="w-fit cursor-pointer rounded-s py-1 text-quiet underline decoration-edge underline-offset-4 hover:text-ink">{t('check.report')}</summary>
        <pre dir="ltr" className="mt-2 rounded-m bg-raised p-4 text-xs leading-relaxed wrap-anywhere whitespace-pre-wrap">
          {report()}
        </pre>
      </details>
    </div>
  )
}
