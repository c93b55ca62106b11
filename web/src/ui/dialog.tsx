import { X } from 'lucide-react'
import { type ReactNode, useEffect, useId, useRef } from 'react'

const controls = 'a, button, input, select, textarea'

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
 * What is too high for the window scrolls under the title, and an edge that hides something shows it.
 */
export function Dialog({ title, closeLabel, onClose, children, wide = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const body = useRef<HTMLDivElement>(null)
  const titleId = useId()

  useEffect(() => {
    const dialog = ref.current
    if (!dialog) return
    const before = document.activeElement
    dialog.showModal()
    // Some browsers give the focus to a body that scrolls: it belongs to the first thing one can do.
    if (document.activeElement === body.current) body.current?.querySelector<HTMLElement>(controls)?.focus()
    return () => {
      dialog.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])

  useEffect(() => {
    const box = body.current
    if (!box) return
    const sizes = new ResizeObserver(() => markEdges(box))
    sizes.observe(box)
    if (box.firstElementChild) sizes.observe(box.firstElementChild)
    return () => sizes.disconnect()
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
      className={`group/dialog m-auto max-h-[calc(100dvh-1.5rem)] w-[calc(100vw-1.5rem)] animate-arrive flex-col overflow-hidden rounded-l bg-surface p-0 text-ink shadow-high open:flex phone:mb-3 ${wide ? 'max-w-2xl' : 'max-w-md'}`}
    >
      <h2
        id={titleId}
        className="relative z-10 shrink-0 border-b border-transparent px-6 pt-6 pb-3 pe-16 text-xl font-bold transition-colors duration-(--fast) group-data-above/dialog:border-edge phone:px-5 phone:pt-5 phone:pe-16"
      >
        {title}
      </h2>
      <div ref={body} onScroll={(event) => markEdges(event.currentTarget)} className="min-h-0 overflow-y-auto overscroll-contain -outline-offset-4!">
        <div className="grid gap-5 px-6 pt-2 pb-6 phone:px-5 phone:pb-5">{children}</div>
      </div>
      <div
        aria-hidden
        className="pointer-events-none absolute inset-x-0 bottom-0 h-16 border-b border-edge bg-linear-to-t from-surface from-20% to-transparent opacity-0 transition-opacity duration-(--fast) group-data-below/dialog:opacity-100"
      />
      {/* Last in order, so that the first thing one can do has the focus. */}
      <button type="button" onClick={onClose} aria-label={closeLabel} className="absolute end-4 top-4.5 z-10 grid size-11 place-items-center rounded-full text-quiet hover:bg-raised hover:text-ink">
        <X className="size-5" aria-hidden />
      </button>
    </dialog>
  )
}

/** Marks on the dialogue at which edges its body goes on, without drawing anything anew at each step of a scroll. */
function markEdges(body: HTMLElement) {
  const dialog = body.closest('dialog')
  const above = body.scrollTop > 0
  const below = body.scrollTop + body.clientHeight < body.scrollHeight - 1
  dialog?.toggleAttribute('data-above', above)
  dialog?.toggleAttribute('data-below', below)
  // Where nothing inside takes the focus, the keys that scroll need the body to take it.
  if ((above || below) && !body.querySelector(controls)) body.tabIndex = 0
  else body.removeAttribute('tabindex')
}
