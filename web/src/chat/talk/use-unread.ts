import { useState } from 'react'

import { useCallState } from '../use-call'

/** How many of the stranger's messages came since the chat was last in sight. */
export function useUnread(visible: boolean): number {
  const lines = useCallState((state) => state.chat.lines)
  const lastId = lines.at(-1)?.id ?? null
  const [seen, setSeen] = useState<string | null>(null)

  if (visible) {
    if (seen !== lastId) setSeen(lastId)
    return 0
  }
  const from = seen === null ? -1 : lines.findIndex((line) => line.id === seen)
  return lines.slice(from + 1).filter((line) => line.from === 'partner').length
}
