import { Undo2 } from 'lucide-react'
import { type CSSProperties, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useSecondsUntil } from '../use-seconds'

interface UndoToastProps {
  readonly kind: 'next' | 'block'
  readonly until: number
  readonly onUndo: () => void
}

/** Two seconds to take it back; the bar runs out with them. */
export function UndoToast({ kind, until, onUndo }: UndoToastProps) {
  const { t } = useTranslation()
  const [lasts] = useState(() => Math.max(0, until - Date.now()))
  const left = useSecondsUntil(until)
  if (left === 0) return null
  return (
    <div role="status" className="relative flex animate-arrive items-center gap-3 overflow-hidden rounded-full bg-ink py-1.5 ps-5 pe-1.5 text-ground shadow-high">
      <span className="text-s font-medium">{t(`undo.${kind}`)}</span>
      <button type="button" onClick={onUndo} className="flex h-9 items-center gap-1.5 rounded-full bg-accent px-4 text-s font-bold text-on-accent hover:bg-accent-strong">
        <Undo2 className="size-4" aria-hidden />
        {t('undo.button')}
      </button>
      <span
        aria-hidden
        style={{ '--lasts': `${lasts}ms` } as CSSProperties}
        className="run-out absolute inset-x-0 bottom-0 h-1 origin-left [animation:run-out_var(--lasts)_linear_forwards] bg-accent rtl:origin-right"
      />
    </div>
  )
}
