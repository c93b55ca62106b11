import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

interface NoteProps {
  readonly icon: ReactNode
  readonly children: ReactNode
  readonly onClose?: () => void
}

/** One line about something that happened by itself. */
export function Note({ icon, children, onClose }: NoteProps) {
  const { t } = useTranslation()
  return (
    <div role="status" className="flex min-h-11 max-w-md animate-arrive items-center gap-3 rounded-l bg-surface py-2 ps-4 pe-4 text-s font-medium text-ink shadow-high">
      {icon}
      {children}
      {onClose && (
        <button type="button" onClick={onClose} aria-label={t('media.dismiss')} className="-me-2 grid size-9 shrink-0 place-items-center rounded-full text-quiet hover:bg-raised hover:text-ink">
          <X className="size-4" aria-hidden />
        </button>
      )}
    </div>
  )
}
