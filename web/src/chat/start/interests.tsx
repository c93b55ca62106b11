import { X } from 'lucide-react'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { limits } from '../../protocol/protocol.gen'

interface InterestsProps {
  readonly value: readonly string[]
  readonly onChange: (value: readonly string[]) => void
}

/** Words that another person may share. Typed one after another, parted by Enter or a comma. */
export function Interests({ value, onChange }: InterestsProps) {
  const { t } = useTranslation()
  const id = useId()
  const [draft, setDraft] = useState('')
  const full = value.length >= limits.maxInterests

  const add = (text: string) => {
    const next = [...value]
    for (const part of text.split(/[,،;\n]/)) {
      const word = [...part.trim().toLocaleLowerCase()].slice(0, limits.maxInterest).join('')
      if (word && !next.includes(word) && next.length < limits.maxInterests) next.push(word)
    }
    if (next.length > value.length) onChange(next)
    setDraft('')
  }

  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-s font-medium text-quiet">
        {t('start.interests')} <span id={`${id}-hint`}>{full ? t('start.interestsFull') : t('start.interestsHint')}</span>
      </label>
      <div className="flex min-h-11 flex-wrap items-center gap-1.5 rounded-m border border-edge bg-surface p-1.5 has-[input:focus-visible]:outline-[2.5px] has-[input:focus-visible]:outline-offset-2 has-[input:focus-visible]:outline-focus">
        {value.map((word) => (
          <span key={word} className="flex h-8 max-w-full animate-appear items-center rounded-full bg-accent-wash ps-3 text-s font-semibold text-ink">
            <bdi className="truncate">{word}</bdi>
            <button
              type="button"
              aria-label={t('start.interestRemove', { name: word })}
              onClick={() => onChange(value.filter((other) => other !== word))}
              className="grid size-8 shrink-0 place-items-center rounded-full text-quiet hover:text-ink"
            >
              <X className="size-3.5" aria-hidden />
            </button>
          </span>
        ))}
        <input
          id={id}
          value={draft}
          disabled={full}
          autoCapitalize="none"
          autoComplete="off"
          enterKeyHint="done"
          aria-describedby={`${id}-hint`}
          placeholder={value.length === 0 ? t('start.interestPlaceholder') : ''}
          onChange={(event) => (/[,،;\n]/.test(event.target.value) ? add(event.target.value) : setDraft(event.target.value))}
          onBlur={() => add(draft)}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return
            if (event.key === 'Enter') {
              event.preventDefault()
              add(draft)
            } else if (event.key === 'Backspace' && draft === '') {
              onChange(value.slice(0, -1))
            }
          }}
          className="h-8 min-w-16 flex-1 bg-transparent px-2 outline-none placeholder:text-quiet"
        />
      </div>
    </div>
  )
}
