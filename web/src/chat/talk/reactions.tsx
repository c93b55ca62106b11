import { Hand, Heart, Laugh, type LucideIcon, PartyPopper, Smile, Sparkles, ThumbsUp } from 'lucide-react'
import { Popover } from 'radix-ui'
import { useTranslation } from 'react-i18next'

import { type ReactionName, reactionNameValues } from '../../protocol/protocol.gen'
import { Tip } from '../../ui/tip'
import { useActions, useCallState } from '../use-call'
import { roundButton } from './round-button'

export const reactionIcons: Record<ReactionName, LucideIcon> = { heart: Heart, laugh: Laugh, wow: Sparkles, clap: PartyPopper, wave: Hand, thumb_up: ThumbsUp }

/** Six small answers that need no words. */
export function ReactMenu() {
  const { t } = useTranslation()
  const actions = useActions()
  return (
    <Popover.Root>
      <Tip words={t('bar.react')}>
        <Popover.Trigger asChild>
          <button type="button" aria-label={t('bar.react')} className={roundButton}>
            <Smile className="size-5.5" aria-hidden />
          </button>
        </Popover.Trigger>
      </Tip>
      <Popover.Portal>
        <Popover.Content side="top" sideOffset={10} collisionPadding={12} aria-label={t('bar.react')} className="z-40 flex animate-arrive gap-1 rounded-full bg-surface p-1.5 text-ink shadow-high ring-1 ring-line">
          {reactionNameValues.map((name) => {
            const Icon = reactionIcons[name]
            return (
              <button
                key={name}
                type="button"
                aria-label={t(`reaction.${name}`)}
                title={t(`reaction.${name}`)}
                onClick={() => actions.react(name)}
                className="grid size-11 place-items-center rounded-full transition-transform duration-(--fast) hover:scale-115 hover:bg-accent-wash hover:text-accent-ink"
              >
                <Icon className="size-6" aria-hidden />
              </button>
            )
          })}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

/** Reactions of both, rising from their side of the stage. */
export function ShownReactions() {
  const { t } = useTranslation()
  const reactions = useCallState((state) => state.reactions)
  return (
    <div role="log" aria-live="polite" className="pointer-events-none absolute inset-x-0 bottom-16 h-0 phone:bottom-48">
      {reactions.map((reaction, index) => {
        const Icon = reactionIcons[reaction.name]
        return (
          <span
            key={reaction.id}
            style={{ insetInlineStart: reaction.from === 'partner' ? `${8 + ((index * 5) % 20)}%` : `${66 + ((index * 5) % 14)}%` }}
            className={`absolute bottom-0 grid size-14 animate-float-up place-items-center rounded-full shadow-high ${reaction.from === 'me' ? 'bg-surface text-accent-ink' : 'bg-accent text-on-accent'}`}
          >
            <Icon className="size-7" aria-hidden />
            <span className="sr-only">{t(`reaction.from_${reaction.from}`, { name: t(`reaction.${reaction.name}`) })}</span>
          </span>
        )
      })}
    </div>
  )
}
