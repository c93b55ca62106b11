/** How the two halves of the mark stand: together, looking for one another, or almost there. */
export type MarkMood = 'still' | 'seeking' | 'near'

const turns = {
  still: ['', ''],
  seeking: ['[animation:seek_5.2s_var(--ease)_infinite]', '[animation:seek-back_5.2s_var(--ease)_infinite]'],
  near: ['[--gap:1.4px] [animation:near_1.2s_ease-in-out_infinite]', '[--gap:-1.4px] [animation:near_1.2s_ease-in-out_infinite]'],
} as const

/** Two halves that make one ring: the sign of the service, and its sign of looking. Decoration only. */
export function Mark({ mood = 'still', className = '' }: { readonly mood?: MarkMood; readonly className?: string }) {
  const [first, second] = turns[mood]
  return (
    <svg viewBox="0 0 32 32" fill="none" strokeWidth={mood === 'still' ? 5.5 : 3.2} strokeLinecap="round" aria-hidden className={className}>
      <path className={`origin-center stroke-ink ${first}`} d="M13.6 5.3A11 11 0 0 0 13.6 26.7" />
      <path className={`origin-center stroke-accent ${second}`} d="M18.4 5.3A11 11 0 0 1 18.4 26.7" />
    </svg>
  )
}
