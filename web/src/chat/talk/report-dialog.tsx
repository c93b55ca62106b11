import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { limits, type ReportReason, reportReasonValues } from '../../protocol/protocol.gen'
import type { Still } from '../../look'
import { Button } from '../../ui/button'
import { Checkbox } from '../../ui/checkbox'
import { Dialog } from '../../ui/dialog'
import { useActions, useCallState } from '../use-call'

interface ReportDialogProps {
  /** The stranger's picture now, if there is one. */
  readonly picture: () => Still | null
  readonly onClose: () => void
}

/** Two clicks: what happened, and send. Blocking comes with it unless one says no. */
export function ReportDialog({ picture, onClose }: ReportDialogProps) {
  const { t } = useTranslation()
  const id = useId()
  const actions = useActions()
  const present = useCallState((state) => state.phase === 'talking' || state.phase === 'connecting')
  const pairId = useCallState((state) => state.reportable?.id ?? null)
  const [about] = useState(pairId)
  const [reason, setReason] = useState<ReportReason | null>(null)
  const [description, setDescription] = useState('')
  const [block, setBlock] = useState(true)
  // Taken when the question was asked; it stays in this browser unless one ticks the box.
  const [still] = useState(() => (present ? picture() : null))
  const [withStill, setWithStill] = useState(false)

  // Somebody new came while the question was open: it must not reach them.
  const moved = about !== pairId

  const send = () => {
    if (!reason || moved) return
    actions.report({ reason, description: description.trim(), block, next: block, ...(withStill && still && { still: still.data }) })
    onClose()
  }

  return (
    <Dialog title={t('report.title')} closeLabel={t('report.cancel')} onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        {!present && <p className="rounded-m bg-accent-wash p-3 text-s">{t('report.last')}</p>}
        <fieldset>
          <legend className="mb-2 font-semibold">{t('report.lead')}</legend>
          <div className="grid grid-cols-2 gap-2">
            {reportReasonValues.map((value) => (
              <label
                key={value}
                className="relative flex min-h-14 items-center rounded-m border border-edge px-3.5 py-2 leading-tight font-medium hover:bg-raised has-checked:border-accent has-checked:bg-accent-wash has-checked:inset-ring has-checked:inset-ring-accent has-focus-visible:outline-[2.5px] has-focus-visible:outline-offset-2 has-focus-visible:outline-focus"
              >
                <input type="radio" name="reason" value={value} checked={reason === value} onChange={() => setReason(value)} className="absolute inset-0 appearance-none outline-none" />
                <span className="relative">{t(`report.${value}`)}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <div className="grid gap-1.5">
          <label htmlFor={id} className="text-s font-medium text-quiet">
            {t('report.description')}
          </label>
          <textarea
            id={id}
            rows={2}
            value={description}
            maxLength={limits.maxDescription}
            dir="auto"
            onChange={(event) => setDescription(event.target.value)}
            className="field-sizing-content max-h-40 min-h-16 w-full resize-none rounded-m border border-edge bg-surface px-3 py-2"
          />
        </div>
        <Checkbox label={t('report.block')} checked={block} onChange={setBlock} />
        {still && <Checkbox label={t('report.still')} checked={withStill} onChange={setWithStill} />}
        {still && withStill && (
          <div className="flex items-center gap-3">
            <div className="h-18 w-24 shrink-0 overflow-hidden rounded-m bg-night">
              <img src={still.url} alt={t('report.stillAlt')} className="size-full scale-110 object-cover blur-sm" />
            </div>
            <p className="text-s text-quiet">{t('report.stillNote')}</p>
          </div>
        )}
        <p className="text-s text-quiet">{still && withStill ? t('report.sendsStill') : t('report.sends')}</p>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('report.cancel')}</Button>
          <Button type="submit" look="danger" disabled={reason === null || moved}>
            {t('report.send')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
