import { Tooltip } from 'radix-ui'
import type { ReactElement } from 'react'

import { Key } from './key'

interface TipProps {
  /** The control that the words belong to; it has its own accessible name. */
  readonly children: ReactElement
  readonly words: string
  /** The key that does the same. */
  readonly shortcut?: string | undefined
}

/** What a control does and its key, on hover and on focus. */
export function Tip({ children, words, shortcut }: TipProps) {
  return (
    <Tooltip.Root delayDuration={350}>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          sideOffset={8}
          collisionPadding={8}
          className="z-50 flex animate-appear items-center gap-2 rounded-s bg-ink px-2.5 py-1.5 text-s font-medium text-ground shadow-high"
        >
          {words}
          {shortcut && <Key onInk>{shortcut}</Key>}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}
