import { ArrowUp } from 'lucide-react'
import { type RefObject, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { limits } from '../../protocol/protocol.gen'
import { useActions, useCallState } from '../use-call'

interface ComposerProps {
  readonly field: RefObject<HTMLTextAreaElement | null>
  readonly enabled: boolean
}

/** Where one writes. Enter sends, Shift and Enter makes a line. */
export function Composer({ field, enabled }: ComposerProps) {
  const { t } = useTranslation()
  const id = useId()
  const actions = useActions()
  const held = useCallState((state) => state.chat.heldUntil)
  const [text, setText] = useState('')
  const [full, setFull] = useState(false)
  const over = [...text.trim()].length - limits.maxText
  const ready = enabled && over <= 0 && text.trim() !== ''

  const change = (value: string) => {
    setText(value)
    setFull(false)
    actions.typing(value.trim() !== '')
  }
  const send = () => {
    if (!ready) return
    const result = actions.sendText(text.trim())
    if (result === 'ok') setText('')
    setFull(result === 'full')
    field.current?.focus()
  }

  const note = over > 0 ? t('chat.tooLong', { count: over }) : full ? t('chat.full') : held !== null ? t('chat.held') : ''
  return (
    <form
      className="grid gap-1.5 p-3 pt-1"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <p id={`${id}-note`} role="status" className={`px-2 text-s empty:hidden ${over > 0 ? 'text-danger' : 'text-quiet'}`}>
        {note}
      </p>
      <div className="flex items-end gap-1.5 rounded-[1.6rem] border border-edge bg-surface p-1 has-disabled:border-line has-[textarea:focus-visible]:outline-[2.5px] has-[textarea:focus-visible]:outline-offset-2 has-[textarea:focus-visible]:outline-focus">
        <label htmlFor={id} className="sr-only">
          {t('chat.field')}
        </label>
        <textarea
          id={id}
          ref={field}
          rows={1}
          value={text}
          disabled={!enabled}
          dir="auto"
          enterKeyHint="send"
          aria-describedby={`${id}-note`}
          aria-invalid={over > 0 || undefined}
          placeholder={t('chat.placeholder')}
          onChange={(event) => change(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
              event.preventDefault()
              send()
            }
          }}
          className="field-sizing-content max-h-32 min-h-11 w-full min-w-0 resize-none bg-transparent px-3.5 py-2.5 outline-none placeholder:text-quiet"
        />
        <button type="submit" disabled={!ready} aria-label={t('chat.send')} className="grid size-11 shrink-0 place-items-center rounded-full bg-accent text-on-accent transition-colors hover:bg-accent-strong disabled:bg-raised disabled:text-quiet">
          <ArrowUp className="size-5" strokeWidth={2.4} aria-hidden />
        </button>
      </div>
    </form>
  )
}
