import { createContext, type ReactNode, useCallback, useContext, useSyncExternalStore } from 'react'

import type { Call, CallActions, CallState, Streams } from '../call'

const CallContext = createContext<Call | null>(null)

/** Gives the one Call of the page to everything below. */
export function CallProvider({ call, children }: { readonly call: Call; readonly children: ReactNode }) {
  return <CallContext value={call}>{children}</CallContext>
}

/** The Call itself, for what is not state: attaching elements, the level meter. */
export function useCall(): Call {
  const call = useContext(CallContext)
  if (!call) throw new Error('useCall outside of CallProvider')
  return call
}

function useSubscribe(call: Call) {
  return useCallback((listener: () => void) => call.subscribe(listener), [call])
}

/** A part of the state; drawn again only when that part changes, so `select` must return a part and build nothing. */
export function useCallState<T>(select: (state: CallState) => T): T {
  const call = useCall()
  return useSyncExternalStore(useSubscribe(call), () => select(call.getState()))
}

/** The own and the partner's streams. */
export function useStreams(): Streams {
  const call = useCall()
  return useSyncExternalStore(useSubscribe(call), () => call.getStreams())
}

/** What the person can do. */
export function useActions(): CallActions {
  return useCall().actions
}
