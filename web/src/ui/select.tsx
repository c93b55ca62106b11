import { ChevronDown } from 'lucide-react'
import { type ReactNode, useId } from 'react'

interface SelectProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly options: readonly { readonly value: string; readonly label: string }[]
  /** Before the words, in the field. */
  readonly icon?: ReactNode
  readonly hideLabel?: boolean
  readonly disabled?: boolean
}

/** The browser's own list in our clothes: on a phone nothing is easier to use. */
export function Select({ label, value, onChange, options, icon, hideLabel = false, disabled = false }: SelectProps) {
  const id = useId()
  return (
    <div className="grid min-w-0 gap-1.5">
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'text-s font-medium text-quiet'}>
        {label}
      </label>
      <div className="relative">
        {icon && <span className="pointer-events-none absolute inset-y-0 start-3 grid place-items-center text-quiet">{icon}</span>}
        <select
          id={id}
          value={value}
          disabled={disabled}
          onChange={(event) => onChange(event.target.value)}
          className={`h-11 w-full appearance-none truncate rounded-m border border-edge bg-surface pe-9 text-m disabled:border-line disabled:text-quiet ${icon ? 'ps-10' : 'ps-3'}`}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
        <ChevronDown className="pointer-events-none absolute inset-y-0 end-3 my-auto size-4 text-quiet" aria-hidden />
      </div>
    </div>
  )
}
