/** How the two halves of the mark stand: one ring, looking for one another, almost there, or parted. */
type MarkMood = 'still' | 'seeking' | 'near' | 'apart'

const moods = {
  still: { width: 5.5, first: '', second: '' },
  seeking: { width: 3.4, first: '[animation:seek_5.2s_var(--ease)_infinite]', second: '[--scale:0.62] [animation:seek-back_5.2s_var(--ease)_infinite]' },
  near: { width: 2.2, first: '[--gap:-1.2px] [animation:near_1.4s_ease-in-out_infinite]', second: '[--gap:1.2px] [animation:near_1.4s_ease-in-out_infinite]' },
  apart: { width: 4, first: '-translate-x-[2.5px] -rotate-6', second: 'translate-x-[2.5px] -rotate-6' },
} as const

/** Two halves that make one ring: the sign of the service, and its sign of looking. Decoration only. */
export function Mark({ mood = 'still', className = '' }: { readonly mood?: MarkMood; readonly className?: string }) {
  const { width, first, second } = moods[mood]
  return (
    <svg viewBox="0 0 32 32" fill="none" strokeWidth={width} strokeLinecap="round" overflow="visible" aria-hidden className={className}>
      <path className={`origin-center stroke-ink ${first}`} d="M12.2 5.6A11 11 0 0 0 12.2 26.4" />
      <path className={`origin-center stroke-accent ${second}`} d="M19.8 5.6A11 11 0 0 1 19.8 26.4" />
    </svg>
  )
}
