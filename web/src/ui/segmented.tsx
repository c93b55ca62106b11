import type { ReactNode } from 'react'

interface SegmentedProps<T extends string> {
  readonly legend: string
  readonly name: string
  readonly value: T
  readonly onChange: (value: T) => void
  readonly options: readonly { readonly value: T; readonly label: string; readonly icon?: ReactNode; readonly disabled?: boolean }[]
  readonly hideLegend?: boolean
}

/** One of a few, all in sight. Radio buttons underneath, so arrow keys and screen readers know it. */
export function Segmented<T extends string>({ legend, name, value, onChange, options, hideLegend = false }: SegmentedProps<T>) {
  return (
    <fieldset className="grid gap-1.5">
      <legend className={hideLegend ? 'sr-only' : 'mb-1.5 text-s font-medium text-quiet'}>{legend}</legend>
      <div className="flex gap-1 rounded-full bg-raised p-1">
        {options.map((option) => (
          <label
            key={option.value}
            className="relative flex h-11 flex-1 items-center justify-center gap-2 rounded-full px-3 font-semibold text-quiet transition-colors duration-(--fast) hover:text-ink has-checked:bg-lifted has-checked:text-ink has-checked:shadow-low has-focus-visible:outline-[2.5px] has-focus-visible:outline-offset-2 has-focus-visible:outline-focus has-disabled:opacity-50"
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              disabled={option.disabled}
              onChange={() => onChange(option.value)}
              className="absolute inset-0 appearance-none outline-none"
            />
            {option.icon}
            <span className="relative">{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
