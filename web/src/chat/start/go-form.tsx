import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Mode } from '../../protocol/protocol.gen'
import { Button } from '../../ui/button'
import { Checkbox } from '../../ui/checkbox'
import { useActions, useCallState } from '../use-call'
import { ProblemNote } from './problem-note'
import { Rules } from './rules'

/** The rules, the two words that are needed, and the one button. Who gave them before sees only the button. */
export function GoForm({ mode }: { readonly mode: Mode }) {
  const { t } = useTranslation()
  const id = useId()
  const actions = useActions()
  const phase = useCallState((state) => state.phase)
  const problem = useCallState((state) => (state.phase === 'idle' ? state.problem : null))
  const service = useCallState((state) => state.service)
  const preferences = useCallState((state) => state.preferences)

  const asked = problem?.code === 'consent' || problem?.code === 'adult'
  const known = !asked && preferences.adult && preferences.consent !== null && (service.status !== 'ready' || preferences.consent === service.consent)
  const renewed = preferences.consent !== null && service.status === 'ready' && preferences.consent !== service.consent
  const [adult, setAdult] = useState(preferences.adult)
  const [rules, setRules] = useState(false)
  const [missing, setMissing] = useState(false)
  const opening = phase === 'opening'
  const agreed = known || (adult && rules)

  const go = (wanted: Mode) => {
    if (!agreed) {
      setMissing(true)
      return
    }
    if (wanted !== preferences.mode) actions.setPreferences({ mode: wanted })
    actions.start({ mode: wanted, consent: service.consent || (preferences.consent ?? ''), adult: true })
  }

  return (
    <form
      className="grid gap-3 phone:gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (!opening) go(mode)
      }}
    >
      {known ? (
        <details className="group text-s">
          <summary className="w-fit cursor-pointer rounded-s py-1 text-quiet underline decoration-edge underline-offset-4 hover:text-ink">{t('rules.title')}</summary>
          <div className="pt-3">
            <Rules />
          </div>
        </details>
      ) : (
        <section aria-labelledby={`${id}-rules`} className="grid gap-3 border-t border-line pt-4">
          <h2 id={`${id}-rules`} className="font-bold">
            {t('rules.title')}
          </h2>
          {renewed && <p className="text-s text-accent-ink">{t('start.consentNew')}</p>}
          <Rules />
          <div className="grid">
            <Checkbox label={t('start.consentAdult', { age: service.minimumAge })} checked={adult} onChange={setAdult} invalid={missing && !adult} />
            <Checkbox label={t('start.consentRules')} checked={rules} onChange={setRules} invalid={missing && !rules} />
          </div>
        </section>
      )}

      <div role="status" className="empty:hidden">
        {missing && !agreed && <p className="text-s font-medium text-danger">{t('start.consentMissing')}</p>}
        {opening && mode === 'video' && <p className="text-s text-quiet">{t('start.permission')}</p>}
      </div>
      {service.status === 'failed' && !problem && <ProblemNote onRetry={() => actions.loadService()}>{t('start.serviceDown')}</ProblemNote>}
      {problem && <ProblemNote problem={problem} onRetry={() => go(mode)} onText={() => go('text')} />}

      <Button type="submit" look="primary" size="l" className="w-full shadow-low" aria-disabled={opening || undefined}>
        {opening ? t('start.opening') : t('start.go')}
      </Button>
      {mode === 'video' && !preferences.startWithCamera && <p className="-mt-1 text-center text-s text-quiet">{t('start.cameraLater')}</p>}
    </form>
  )
}
