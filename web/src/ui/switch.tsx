import { useId } from 'react'

interface SwitchProps {
  readonly label: string
  /** A few words more, below the label. */
  readonly note?: string
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
}

/** An on or off that takes effect at once. */
export function Switch({ label, note, checked, onChange }: SwitchProps) {
  const id = useId()
  return (
    <div className="flex min-h-11 items-center justify-between gap-4">
      <span className="grid py-2">
        <label id={`${id}-label`} htmlFor={id}>
          {label}
        </label>
        {note !== undefined && (
          <span id={`${id}-note`} className="text-s text-quiet">
            {note}
          </span>
        )}
      </span>
      <button
        id={id}
        type="button"
        role="switch"
        aria-checked={checked}
        aria-labelledby={`${id}-label`}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        onClick={() => onChange(!checked)}
        className={`relative h-7 w-12 shrink-0 rounded-full border transition-colors duration-(--fast) ${checked ? 'border-transparent bg-accent' : 'border-edge bg-raised'}`}
      >
        <span className={`absolute inset-y-0 my-auto size-5 rounded-full transition-[inset] duration-(--calm) ease-(--ease) ${checked ? 'start-6 bg-on-accent' : 'start-0.75 bg-quiet'}`} />
      </button>
    </div>
  )
}
