import { X } from 'lucide-react'
import { type ReactNode, useEffect, useId, useRef } from 'react'

interface DialogProps {
  readonly title: string
  readonly closeLabel: string
  readonly onClose: () => void
  readonly children: ReactNode
  readonly wide?: boolean
}

/**
 * A modal question. The browser's own dialog keeps the focus inside, closes on Escape and hides
 * the rest of the page from screen readers, without a style element that the page's policy would refuse.
 */
export function Dialog({ title, closeLabel, onClose, children, wide = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()

  useEffect(() => {
    const dialog = ref.current
    if (!dialog) return
    const before = document.activeElement
    dialog.showModal()
    return () => {
      dialog.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])

  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a click beside the box closes it, as Escape does
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose()
      }}
      onKeyDown={(event) => event.stopPropagation()}
      className={`m-auto max-h-[calc(100dvh-1.5rem)] w-[calc(100vw-1.5rem)] animate-arrive overflow-y-auto overscroll-contain rounded-l bg-surface p-0 text-ink shadow-high phone:mb-3 ${wide ? 'max-w-2xl' : 'max-w-md'}`}
    >
      <div className="relative grid gap-5 p-6 phone:p-5">
        <h2 id={titleId} className="pe-10 text-xl font-bold">
          {title}
        </h2>
        {children}
        {/* Last in order, so that the first thing one can do has the focus. */}
        <button type="button" onClick={onClose} aria-label={closeLabel} className="absolute end-4 top-4.5 grid size-11 place-items-center rounded-full text-quiet hover:bg-raised hover:text-ink">
          <X className="size-5" aria-hidden />
        </button>
      </div>
    </dialog>
  )
}
