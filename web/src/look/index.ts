/**
 * The check in the viewer's own browser: whether the stranger's picture may be
 * seen. Nothing leaves the browser but the word that something was found.
 *
 *   video -> picture -> judge -> (worker: eye -> network on wasm or webgl) -> scores
 *                                                             watch -> cover (pure) -> blurred or not, sighting
 *
 * The worker, TensorFlow.js and the model are fetched when the first stranger is
 * about to be seen, all of them from our own origin. watch drives it, cover
 * decides, pace keeps it from taking more than a fifth of a slow device's time.
 */
import { systemClock } from '../call/clock'
import { Judge } from './judge'
import { pictures } from './picture'
import { Watch, type WatchOptions } from './watch'

export { noCover } from './cover'
export { still, type Still } from './still'
export type { Seen } from './watch'

/** What the page may do with a watch. */
export type Watching = Pick<Watch, 'begin' | 'pause' | 'end' | 'show' | 'close'>

/** A watch over the video that find gives. */
export function createWatch(find: () => HTMLVideoElement | null, model: string, on: Pick<WatchOptions, 'onSeen' | 'onSighting'>): Watching {
  const judge = new Judge({
    clock: systemClock,
    openWorker: () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'look' }),
    model: new URL(model, location.href).href,
    memory: { getItem: (key) => sessionStorage.getItem(key), setItem: (key, value) => sessionStorage.setItem(key, value) },
  })
  return new Watch({ clock: systemClock, picture: pictures(find), judge, ...on })
}
