/** What the page and a worker say to one another. One picture is under way at a time. */

/** What calculates: the processor with SIMD, or the graphics card. */
export const backends = ['wasm', 'webgl'] as const
export type Backend = (typeof backends)[number]

export type ToWorker =
  /** First of all. */
  | { readonly type: 'start'; readonly model: string; readonly backend: Backend }
  | { readonly type: 'look'; readonly id: number; readonly picture: ImageBitmap }
  /** How long does a look take? */
  | { readonly type: 'time' }

export type FromWorker =
  | { readonly type: 'ready'; readonly model: string }
  | { readonly type: 'looked'; readonly id: number; readonly scores: readonly number[]; readonly tookMs: number; readonly tensors: number }
  | { readonly type: 'timed'; readonly ms: number }
  /** There will be no look by this worker, for good. */
  | { readonly type: 'failed'; readonly why: string }
