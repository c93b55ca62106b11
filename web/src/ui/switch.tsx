import { useId } from 'react'

interface SwitchProps {
  readonly label: string
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
}

/** An on or off that takes effect at once. */
export function Switch({ label, checked, onChange }: SwitchProps) {
  const id = useId()
  return (
    <div className="flex min-h-11 items-center justify-between gap-4">
      <label id={`${id}-label`} htmlFor={id} className="py-2">
        {label}
      </label>
      <button
        id={id}
        type="button"
        role="switch"
        aria-checked={checked}
        aria-labelledby={`${id}-label`}
        onClick={() => onChange(!checked)}
        className={`relative h-7 w-12 shrink-0 rounded-full border transition-colors duration-(--fast) ${checked ? 'border-transparent bg-accent' : 'border-edge bg-raised'}`}
      >
        <span className={`absolute inset-y-0 my-auto size-5 rounded-full transition-[inset] duration-(--calm) ease-(--ease) ${checked ? 'start-6 bg-on-accent' : 'start-0.75 bg-quiet'}`} />
      </button>
    </div>
  )
}
