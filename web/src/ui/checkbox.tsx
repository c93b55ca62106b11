import { Check } from 'lucide-react'
import { useId } from 'react'

interface CheckboxProps {
  readonly label: string
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
  /** Points at the words that say it is missing. */
  readonly invalid?: boolean
}

/** A box to tick, with its words as part of the target. */
export function Checkbox({ label, checked, onChange, invalid = false }: CheckboxProps) {
  const id = useId()
  return (
    <div className="flex items-center gap-3">
      <span className="relative grid size-6 shrink-0 place-items-center">
        <input
          id={id}
          type="checkbox"
          checked={checked}
          aria-invalid={invalid || undefined}
          onChange={(event) => onChange(event.target.checked)}
          className={`peer size-6 appearance-none rounded-[0.4rem] border-[1.5px] bg-surface checked:border-accent checked:bg-accent ${invalid ? 'border-danger' : 'border-edge'}`}
        />
        <Check className="pointer-events-none absolute size-4 text-on-accent opacity-0 peer-checked:opacity-100" strokeWidth={3.5} aria-hidden />
      </span>
      <label htmlFor={id} className="grow py-2">
        {label}
      </label>
    </div>
  )
}
