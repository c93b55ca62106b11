import { render } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { act, type ReactNode } from 'react'
import { vi } from 'vitest'

import type { CallActions, CallState } from '../call'
import { CallProvider } from '../chat/use-call'
import { fakeCall } from '../gallery/fake-call'

/** Draws a part of the page over a made-up call whose actions are spied on. */
export function draw(part: ReactNode, state: CallState) {
  const call = fakeCall(state, { local: null })
  const actions = call.actions as CallActions & Record<string, (...args: never[]) => unknown>
  for (const name of Object.keys(call.actions)) vi.spyOn(actions, name as keyof CallActions)
  const user = userEvent.setup({ delay: null })
  render(<CallProvider call={call}>{part}</CallProvider>)
  const set = (next: CallState) => act(() => call.set(next))
  return { call, actions: call.actions, user, set }
}
