import type { Clock } from '../clock'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** A clock that moves only when told to, and runs what is due in order. */
export class ManualClock implements Clock {
  private time: number
  private readonly timers = new Set<Timer>()

  constructor(start = 1_000_000) {
    this.time = start
  }

  now(): number {
    return this.time
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + ms, run }
    this.timers.add(timer)
    return () => {
      this.timers.delete(timer)
    }
  }

  /** How many timers wait: 0 when everything was released. */
  pending(): number {
    return this.timers.size
  }

  /** When the next timer is due, null if none. */
  nextDue(): number | null {
    let due: number | null = null
    for (const timer of this.timers) due = due === null ? timer.at : Math.min(due, timer.at)
    return due
  }

  advance(ms: number): void {
    const end = this.time + ms
    for (;;) {
      let first: Timer | null = null
      for (const timer of this.timers) if (timer.at <= end && (first === null || timer.at < first.at)) first = timer
      if (first === null) break
      this.timers.delete(first)
      this.time = Math.max(this.time, first.at)
      first.run()
    }
    this.time = end
  }
}
