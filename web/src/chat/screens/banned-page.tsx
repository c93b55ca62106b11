import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Ban } from '../../call'
import { Button } from '../../ui/button'
import { Rules } from '../start/rules'
import { useSecondsUntil } from '../use-seconds'
import { NoticePage } from './notice-page'
import { timeLeft } from './time-left'

const known = ['nudity', 'staff'] as const

/** Kept out: why, until when, and what to quote when one objects. Nothing of the visitor is recorded here. */
export function BannedPage({ ban }: { readonly ban: Ban }) {
  const { t } = useTranslation()
  const reason = known.find((name) => name === ban.reason)
  return (
    <NoticePage title={t('banned.title')}>
      <p className="text-l text-quiet">{reason ? t(`banned.${reason}`) : (ban.detail ?? ban.reason ?? t('banned.body'))}</p>
      {ban.id !== null && <Term until={ban.until} />}
      {ban.id !== null && <Code code={ban.id} />}
      <p className="text-quiet">{t('banned.camera')}</p>
      <section className="grid gap-3 border-t border-line pt-5">
        <h2 className="font-bold">{t('banned.rules')}</h2>
        <Rules />
      </section>
    </NoticePage>
  )
}

function Term({ until }: { readonly until: number | null }) {
  const { t, i18n } = useTranslation()
  const seconds = useSecondsUntil(until)
  if (until === null || seconds === null) return <p className="font-semibold">{t('banned.forever')}</p>
  if (seconds === 0) {
    return (
      <div className="grid justify-items-start gap-3">
        <p role="status" className="font-semibold">
          {t('banned.over')}
        </p>
        <a href="/" className="inline-flex h-11 items-center rounded-full bg-accent px-5 font-semibold text-on-accent hover:bg-accent-strong">
          {t('banned.back')}
        </a>
      </div>
    )
  }
  const moment = new Intl.DateTimeFormat(i18n.language, { dateStyle: 'full', timeStyle: 'short' }).format(until)
  return (
    <p className="grid gap-1">
      <span className="font-semibold">
        {t('banned.until')} <time dateTime={new Date(until).toISOString()}>{moment}</time>
      </span>
      <span className="text-quiet">{t('banned.left', { time: timeLeft(seconds, i18n.language) })}</span>
    </p>
  )
}

function Code({ code }: { readonly code: string }) {
  const { t } = useTranslation()
  const [copied, setCopied] = useState(false)
  const copy = () => {
    // Where the page may not copy, the code can be marked.
    navigator.clipboard?.writeText(code).then(
      () => setCopied(true),
      () => setCopied(false),
    )
  }
  return (
    <div className="grid gap-2">
      <p className="text-s text-quiet">{t('banned.code')}</p>
      <div className="flex flex-wrap items-center gap-3">
        <code dir="ltr" className="rounded-s bg-raised px-3 py-2 font-mono text-m select-all">
          {code}
        </code>
        <Button size="s" onClick={copy}>
          <span role="status">{copied ? t('banned.copied') : t('banned.copy')}</span>
        </Button>
      </div>
    </div>
  )
}
