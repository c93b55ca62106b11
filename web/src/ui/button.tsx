import type { ButtonHTMLAttributes, Ref } from 'react'

const looks = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong disabled:bg-raised disabled:text-quiet',
  plain: 'bg-raised text-ink hover:bg-pressed disabled:text-quiet disabled:hover:bg-raised',
  ghost: 'text-ink hover:bg-raised disabled:text-quiet disabled:hover:bg-transparent',
  danger: 'bg-danger-fill text-on-danger hover:brightness-110 disabled:bg-raised disabled:text-quiet',
  veiled: 'veiled hover:brightness-125',
} as const

const sizes = {
  s: 'h-9 gap-1.5 px-3 text-s',
  m: 'h-11 gap-2 px-4 text-m',
  l: 'h-14 gap-2.5 px-7 text-l',
} as const

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: keyof typeof looks
  readonly size?: keyof typeof sizes
  readonly ref?: Ref<HTMLButtonElement>
}

/** A button with words. */
export function Button({ look = 'plain', size = 'm', className = '', ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={`inline-flex shrink-0 items-center justify-center rounded-full font-semibold whitespace-nowrap transition-colors duration-(--fast) active:translate-y-px ${looks[look]} ${sizes[size]} ${className}`}
      {...rest}
    />
  )
}
