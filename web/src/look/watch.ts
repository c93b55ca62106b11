/**
 * Looks at the stranger's picture from time to time and covers it: drives the
 * judge, feeds the reducer, and says when something changes. One look at a time,
 * none while nothing is to be seen.
 */
import type { Clock } from '../call/clock'
import { type Cover, noCover, reduceCover, type CoverEvent, type Rules, type Sighting } from './cover'
import type { Judge, Looked } from './judge'
import { intervalMs, noPace, paced } from './pace'

/** When the first look takes so long, the viewer is told not to wait for it. */
const LATE_MS = 8_000
/** A judge that failed is asked again then. */
const AGAIN_MS = 10_000

export interface Plan {
  readonly pair: string
  readonly rules: Rules
  /** Between two looks, where the device bears it. */
  readonly everyMs: number
  readonly blurFirst: boolean
}

/** A hit, for the service. */
export interface Told extends Sighting {
  readonly model: string
}

/** What the page draws, and what helps to find out why. */
export interface Seen {
  readonly cover: Cover
  readonly last: (Omit<Looked, 'scores'> & { readonly everyMs: number; readonly looks: number }) | null
  /** Why the last look came to nothing. */
  readonly trouble: string | null
}

export interface WatchOptions {
  readonly clock: Clock
  /** The picture now, at its own size; null while there is none, it is not seen, or it stands still. */
  readonly picture: () => Promise<ImageBitmap | null>
  readonly judge: Pick<Judge, 'look' | 'close'>
  readonly onSeen: (seen: Seen) => void
  readonly onSighting: (told: Told) => void
}

export class Watch {
  private readonly options: WatchOptions
  private plan: Plan | null = null
  private seen: Seen = { cover: noCover, last: null, trouble: null }
  private pace = noPace
  private looks = 0
  /** Ends the turn that waits or looks. */
  private cancel: (() => void) | null = null
  private cancelLate: (() => void) | null = null
  /** Tells a turn that it is of a plan that is over. */
  private turn = 0

  constructor(options: WatchOptions) {
    this.options = options
  }

  /** The stranger of that pair is about to be seen. */
  begin(plan: Plan): void {
    this.stop()
    this.plan = plan
    const { pair, rules, blurFirst } = plan
    this.take({ type: 'begin', pair, rules, blurFirst })
    void this.look(this.turn)
  }

  /** Nothing is seen of them now; the pair may go on. */
  pause(): void {
    this.stop()
    this.plan = null
  }

  /** The pair is over. */
  end(): void {
    this.pause()
    this.take({ type: 'end' })
  }

  /** The viewer wants to see the picture. */
  show(): void {
    this.take({ type: 'show' })
  }

  close(): void {
    this.pause()
    this.options.judge.close()
  }

  private stop(): void {
    this.turn++
    this.cancel?.()
    this.cancelLate?.()
    this.cancel = this.cancelLate = null
  }

  private async look(turn: number): Promise<void> {
    const { clock, picture, judge } = this.options
    const from = clock.now()
    let failed = false
    const bitmap = await picture().catch(() => null)
    if (turn !== this.turn) {
      bitmap?.close()
      return
    }
    if (bitmap !== null) {
      if (this.looks === 0) this.cancelLate ??= clock.after(LATE_MS, () => this.take({ type: 'available', available: false }))
      const looked = await judge.look(bitmap).catch((err: unknown) => String(err))
      if (turn !== this.turn) return
      failed = typeof looked === 'string'
      this.seen = { ...this.seen, trouble: typeof looked === 'string' ? looked : null }
      if (typeof looked === 'string') this.take({ type: 'available', available: false })
      else this.judged(looked)
    }
    const { plan } = this
    if (plan === null) return
    const wait = failed ? AGAIN_MS : this.every(plan, this.seen.cover) - (clock.now() - from)
    this.cancel = clock.after(Math.max(0, wait), () => void this.look(turn))
  }

  private every(plan: Plan, cover: Cover): number {
    return intervalMs(this.pace, plan.everyMs, cover.over === 'unchecked')
  }

  private judged({ scores, ...looked }: Looked): void {
    const { plan } = this
    if (plan === null) return
    this.cancelLate?.()
    this.cancelLate = null
    this.pace = paced(this.pace, looked.tookMs)
    this.looks++
    this.take({ type: 'looked', pair: plan.pair, scores }, looked)
  }

  private take(event: CoverEvent, looked?: Omit<Looked, 'scores'>): void {
    const [cover, sightings] = reduceCover(this.seen.cover, event)
    const last = looked === undefined || this.plan === null ? this.seen.last : { ...looked, everyMs: this.every(this.plan, cover), looks: this.looks }
    this.seen = { ...this.seen, cover, last }
    this.options.onSeen(this.seen)
    for (const sighting of sightings) this.options.onSighting({ ...sighting, model: looked?.model ?? '' })
  }
}
