import { type createWatch, noCover } from '../look'

/** A watch that looks at nothing and shows what a scene is about. */
export function fakeWatch(scene: string): typeof createWatch {
  return (_find, _model, { onSeen }) => {
    let cover = { ...noCover, over: scene === 'hit' ? ('hit' as const) : ('unchecked' as const), unavailable: scene === 'unavailable' }
    const tell = (change: Partial<typeof noCover>) => {
      cover = { ...cover, ...change } as typeof cover
      onSeen({ cover, last: null, trouble: null })
    }
    return {
      begin: ({ pair }) => tell({ pair }),
      pause: () => undefined,
      end: () => tell({ pair: null }),
      show: () => tell({ over: null }),
      close: () => undefined,
    }
  }
}
