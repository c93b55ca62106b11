import { useEffect, useState } from 'react'

/** Whole seconds left until a moment (milliseconds of Date.now()), never below 0; null without a moment. */
export function useSecondsUntil(at: number | null): number | null {
  const [now, setNow] = useState(() => Date.now())
  const left = at === null ? null : Math.max(0, Math.ceil((at - now) / 1000))

  useEffect(() => {
    if (at === null) return
    let timer = 0
    const tick = () => {
      const time = Date.now()
      setNow(time)
      if (time < at) timer = window.setTimeout(tick, (at - time) % 1000 || 1000)
    }
    tick()
    return () => window.clearTimeout(timer)
  }, [at])

  return left
}
