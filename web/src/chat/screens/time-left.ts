const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** A length of time in words, in its two largest units. */
export function timeLeft(seconds: number, locale: string): string {
  const first = Math.max(
    0,
    units.findIndex(([, size]) => seconds >= size),
  )
  let left = seconds
  const parts = units.slice(first, first + 2).map(([unit, size]) => {
    const count = Math.floor(left / size)
    left -= count * size
    return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count)
  })
  return new Intl.ListFormat(locale, { type: 'unit', style: 'long' }).format(parts)
}
