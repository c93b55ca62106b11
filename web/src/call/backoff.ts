/** Waiting times between attempts: the first soon, then doubling, all jittered so that a restarted node is not stormed. */
const FIRST = 500
const BASE = 1_000
const MOST = 15_000

export class Backoff {
  private readonly random: () => number
  private attempts = 0

  /** random returns numbers in [0, 1). */
  constructor(random: () => number) {
    this.random = random
  }

  /** Milliseconds to wait before the next attempt. */
  next(): number {
    const attempt = this.attempts++
    if (attempt === 0) return Math.floor(this.random() * FIRST)
    const ceiling = Math.min(BASE * 2 ** (attempt - 1), MOST)
    return Math.floor(ceiling / 2 + this.random() * (ceiling / 2))
  }

  /** An attempt held: begin anew. */
  reset(): void {
    this.attempts = 0
  }
}
