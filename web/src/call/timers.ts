/** Timers by name: setting one again begins its wait anew. */
import type { Clock } from './clock'

export class Timers<Name extends string> {
  private readonly clock: Clock
  private readonly due: (name: Name) => void
  private readonly waiting = new Map<Name, () => void>()

  constructor(clock: Clock, due: (name: Name) => void) {
    this.clock = clock
    this.due = due
  }

  set(name: Name, ms: number): void {
    this.clear(name)
    const cancel = this.clock.after(ms, () => {
      this.waiting.delete(name)
      this.due(name)
    })
    this.waiting.set(name, cancel)
  }

  clear(name: Name): void {
    this.waiting.get(name)?.()
    this.waiting.delete(name)
  }

  close(): void {
    for (const cancel of this.waiting.values()) cancel()
    this.waiting.clear()
  }
}
