/** Time as the call logic sees it: passed in, so that tests own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Runs once after ms; the returned function cancels. */
  after(ms: number, run: () => void): () => void
}

/** The browser's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const id = setTimeout(run, ms)
    return () => {
      clearTimeout(id)
    }
  },
}
