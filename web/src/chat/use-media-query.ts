import { useCallback, useSyncExternalStore } from 'react'

/** The same boundary as the phone: variant in base.css. */
export const phoneQuery = '(width < 48rem) or (height < 30rem)'

/** Whether a media query holds now. */
export function useMediaQuery(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = window.matchMedia(query)
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    [query],
  )
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches)
}
