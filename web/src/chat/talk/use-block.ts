import { useCallback, useEffect, useRef, useState } from 'react'

import { useCall, useCallState } from '../use-call'

/** The block is sent this long before the time to undo runs out, while the pair is certainly still the same. */
const ahead = 250

/**
 * Blocking without a question, and with an undo: the press is a next() at once, so the stranger sees
 * and hears nothing more, and becomes a block just before that can no longer be taken back.
 */
export function useBlock() {
  const call = useCall()
  const undoUntil = useCallState((state) => state.undo?.until ?? null)
  const [pending, setPending] = useState<string | null>(null)
  const pendingRef = useRef<string | null>(null)

  const hold = useCallback((pair: string | null) => {
    pendingRef.current = pair
    setPending(pair)
  }, [])

  const commit = useCallback(() => {
    const pair = pendingRef.current
    if (pair === null) return
    hold(null)
    // Never the next person by mistake.
    if (call.getState().reportable?.id === pair) call.actions.block({ next: true })
  }, [call, hold])

  const block = useCallback(() => {
    const { reportable, undo, phase } = call.getState()
    if (!reportable) return
    if (pendingRef.current !== null) return commit()
    hold(reportable.id)
    if (phase === 'talking' || phase === 'connecting') {
      if (!undo) call.actions.next()
    }
    if (!call.getState().undo) commit()
  }, [call, commit, hold])

  const undo = useCallback(() => {
    hold(null)
    call.actions.undoNext()
  }, [call, hold])

  // Over by another way (the stranger left, the socket fell): the block still counts.
  useEffect(() => {
    if (pending !== null && undoUntil === null) commit()
  }, [pending, undoUntil, commit])

  useEffect(() => {
    if (pending === null || undoUntil === null) return
    const timer = window.setTimeout(commit, Math.max(0, undoUntil - Date.now() - ahead))
    return () => window.clearTimeout(timer)
  }, [pending, undoUntil, commit])

  useEffect(() => commit, [commit])

  return { blocking: pending !== null, block, undo, commit }
}
