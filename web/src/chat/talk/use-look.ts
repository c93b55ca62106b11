import { createContext, type RefObject, useContext, useEffect, useMemo, useState } from 'react'

import { createWatch, noCover, type Seen } from '../../look'
import { useActions, useCallState } from '../use-call'
import { frontVideo } from './use-screen'

/** How a watch is made; another one where there is nothing to look at. */
export const WatchContext = createContext(createWatch)

/** Why the stranger's picture is not shown as it is. */
export type Over = 'unchecked' | 'hit' | 'held'

export interface Look {
  readonly over: Over | null
  /** This browser has no check: only the viewer can uncover. */
  readonly unavailable: boolean
  /** How it was looked at last, or why not, for whoever wants to know. */
  readonly account: Seen['last'] | Seen['trouble']
  /** The viewer wants to see it all the same. */
  readonly show: () => void
}

/** Watches the stranger's picture on the screen while there is one, in the viewer's own browser. */
export function useLook(screen: RefObject<HTMLDivElement | null>): Look {
  const make = useContext(WatchContext)
  const actions = useActions()
  const check = useCallState((state) => state.service.check)
  const wish = useCallState((state) => state.preferences.blurFirst)
  const pair = useCallState((state) => (state.phase === 'talking' && state.pair.mode === 'video' ? state.pair.id : null))
  const camera = useCallState((state) => state.phase === 'talking' && state.partner.camera)
  const held = useCallState((state) => state.phase === 'talking' && state.pair.held.partner !== null)
  const blurFirst = wish ?? check.blurFirst
  const [seen, setSeen] = useState<Seen>({ cover: noCover, last: null, trouble: null })
  const { on, model, threshold, release, everyMs } = check

  const watch = useMemo(
    () => (on ? make(() => frontVideo(screen.current), model, { onSeen: setSeen, onSighting: actions.sighted }) : null),
    [on, model, make, screen, actions],
  )
  useEffect(() => () => watch?.close(), [watch])

  useEffect(() => {
    if (!watch) return
    if (pair === null) watch.end()
    else if (camera && !held) watch.begin({ pair, rules: { threshold, release }, everyMs, blurFirst })
    else watch.pause()
  }, [watch, pair, camera, held, threshold, release, everyMs, blurFirst])

  const { cover, last, trouble } = seen
  // Before the watch has begun with this stranger, what it begins with.
  const own = cover.pair === pair ? cover.over : blurFirst ? 'unchecked' : null
  const over = pair === null || !camera ? null : held ? 'held' : on ? own : null
  return { over, unavailable: cover.unavailable, account: trouble ?? last, show: () => watch?.show() }
}
