/** What the page and the worker say to one another. One picture is under way at a time. */

/** What calculates: the processor with SIMD, or the graphics card. */
export const backends = ['wasm', 'webgl'] as const
export type Backend = (typeof backends)[number]

/** Time of one look on each, null for one that there is not. */
export type Times = Readonly<Record<Backend, number | null>>

export type ToWorker =
  /** First of all. chosen: what an earlier page of this tab found to be faster. */
  | { readonly type: 'start'; readonly model: string; readonly chosen: Backend | null }
  | { readonly type: 'look'; readonly id: number; readonly picture: ImageBitmap }

export type FromWorker =
  | { readonly type: 'ready'; readonly backend: Backend; readonly model: string }
  /** Both were measured. */
  | { readonly type: 'measured'; readonly backend: Backend; readonly times: Times }
  | { readonly type: 'looked'; readonly id: number; readonly scores: readonly number[]; readonly backend: Backend; readonly tookMs: number; readonly tensors: number }
  /** There will be no look, for good. */
  | { readonly type: 'failed'; readonly why: string }
