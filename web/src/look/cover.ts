/**
 * Whether the stranger's picture is blurred, as a pure function: (cover, event)
 * -> [cover, effects].
 *
 *   begin -> unchecked --- two clean frames, or show ---> shown
 *                |                                         |  ^
 *                +------------- a hit --> hit <-- a hit ---+  |
 *                                          +-- three clean ---+
 *                                              frames, or show
 *
 * A frame is a hit at `threshold`; under a hit it is clean only below `release`,
 * so that a picture on the border does not flicker. The viewer's choice to see a
 * hit holds until the pair is over; hits are told to the service all the same.
 */

/** Clean frames in a row that show a picture nobody has looked at yet. */
const CLEAN_FIRST = 2
/** Clean frames in a row that end a hit. */
const CLEAN_AFTER_HIT = 3

/** What a picture is scored as, each 0..1, together 1. In the order of the model's outputs. */
export const classes = ['Drawing', 'Hentai', 'Neutral', 'Porn', 'Sexy'] as const
export type ClassName = (typeof classes)[number]
export type Scores = Readonly<Record<ClassName, number>>

/** The classes that are blurred. */
const blurred = ['Porn', 'Hentai'] as const satisfies readonly ClassName[]

export interface Rules {
  readonly threshold: number
  readonly release: number
}

export interface Cover {
  readonly pair: string | null
  readonly rules: Rules
  /** Why the picture is blurred; null: it is shown. */
  readonly over: 'unchecked' | 'hit' | null
  /** There is no check in this browser now, so that only the viewer can uncover. */
  readonly unavailable: boolean
  /** Clean frames in a row. */
  readonly clean: number
  /** A hit was told to the service, and is not over. */
  readonly episode: boolean
  /** The viewer wants to see this stranger whatever the check says. */
  readonly chosen: boolean
}

export type CoverEvent =
  /** A stranger's picture is about to be seen. blurFirst: not before it was looked at. */
  | { readonly type: 'begin'; readonly pair: string; readonly rules: Rules; readonly blurFirst: boolean }
  | { readonly type: 'looked'; readonly pair: string; readonly scores: Scores }
  /** The check can, or cannot, be had. */
  | { readonly type: 'available'; readonly available: boolean }
  /** The viewer wants to see it. */
  | { readonly type: 'show' }
  | { readonly type: 'end' }

/** Tell the service what was seen. */
export interface Sighting {
  readonly pair: string
  readonly class: ClassName
  readonly score: number
  readonly scores: Scores
}

export const noCover: Cover = { pair: null, rules: { threshold: 1, release: 1 }, over: null, unavailable: false, clean: 0, episode: false, chosen: false }

export function reduceCover(cover: Cover, event: CoverEvent): readonly [Cover, readonly Sighting[]] {
  switch (event.type) {
    case 'begin': {
      const { pair, rules, blurFirst } = event
      // The same stranger, whose camera was off in between or whose check got other rules.
      if (pair === cover.pair) return [{ ...cover, rules }, []]
      return [{ ...noCover, pair, rules, over: blurFirst ? 'unchecked' : null, unavailable: cover.unavailable }, []]
    }
    case 'looked':
      return event.pair === cover.pair ? looked(cover, event.scores) : [cover, []]
    case 'available':
      return [{ ...cover, unavailable: !event.available }, []]
    case 'show':
      // Seeing what nobody has looked at is not yet seeing what was found.
      return [{ ...cover, over: null, chosen: cover.chosen || cover.over === 'hit' }, []]
    case 'end':
      return [{ ...noCover, unavailable: cover.unavailable }, []]
  }
}

function looked(cover: Cover, scores: Scores): readonly [Cover, readonly Sighting[]] {
  const name = worst(scores)
  const score = scores[name]
  const { pair, rules } = cover
  if (pair === null) return [cover, []]
  if (score >= rules.threshold) {
    const hit: Cover = { ...cover, over: cover.chosen ? null : 'hit', unavailable: false, clean: 0, episode: true }
    return [hit, cover.episode ? [] : [{ pair, class: name, score, scores }]]
  }
  const clean = !cover.episode || score < rules.release ? cover.clean + 1 : 0
  const over = cover.episode ? clean >= CLEAN_AFTER_HIT : clean >= CLEAN_FIRST
  return [{ ...cover, unavailable: false, clean, ...(over && { over: null, episode: false }) }, []]
}

function worst(scores: Scores): ClassName {
  return blurred.reduce<ClassName>((most, name) => (scores[name] > scores[most] ? name : most), blurred[0])
}
