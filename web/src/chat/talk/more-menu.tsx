import { Ban, Check, Ellipsis, EyeOff, Flag, Keyboard, type LucideIcon, Maximize, PictureInPicture2, Settings, Square } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useTranslation } from 'react-i18next'

import { type ReactionName, reactionNameValues } from '../../protocol/protocol.gen'
import { Key } from '../../ui/key'
import { Tip } from '../../ui/tip'
import { useActions, useCallState } from '../use-call'
import type { TalkCommands } from './commands'
import { reactionIcons } from './reactions'
import { roundButton } from './round-button'

interface MoreMenuProps {
  readonly commands: TalkCommands
  readonly phone: boolean
  readonly video: boolean
}

/** What is needed less often; on a phone, also what the bar has no room for. */
export function MoreMenu({ commands, phone, video }: MoreMenuProps) {
  const { t, i18n } = useTranslation()
  const actions = useActions()
  const reportable = useCallState((state) => state.reportable !== null)
  const hideIP = useCallState((state) => state.preferences.hideIP)
  const paired = useCallState((state) => state.phase === 'talking' || state.phase === 'connecting')
  return (
    <DropdownMenu.Root modal={false} dir={i18n.dir()}>
      <Tip words={t('bar.more')}>
        <DropdownMenu.Trigger asChild>
          <button type="button" aria-label={t('bar.more')} className={roundButton}>
            <Ellipsis className="size-5.5" aria-hidden />
          </button>
        </DropdownMenu.Trigger>
      </Tip>
      <DropdownMenu.Portal>
        <DropdownMenu.Content side="top" align="end" sideOffset={10} collisionPadding={12} className="z-40 min-w-60 animate-arrive rounded-l bg-surface p-1.5 text-ink shadow-high ring-1 ring-line">
          {phone && paired && (
            <>
              <DropdownMenu.Group className="flex">
                {reactionNameValues.map((name) => (
                  <ReactItem key={name} name={name} onSelect={() => actions.react(name)} />
                ))}
              </DropdownMenu.Group>
              <DropdownMenu.Separator className="m-1.5 h-px bg-line" />
            </>
          )}
          {phone && video && commands.pictureInPicture && <Item icon={PictureInPicture2} onSelect={commands.pictureInPicture} words={t('bar.pip')} />}
          {phone && commands.fullScreen && <Item icon={Maximize} onSelect={commands.fullScreen} words={t('bar.full')} />}
          {video && (
            <DropdownMenu.CheckboxItem
              checked={hideIP}
              onCheckedChange={(on) => actions.setPreferences({ hideIP: on })}
              className="flex h-11 cursor-pointer items-center gap-3 rounded-m px-3 outline-none data-highlighted:bg-raised"
            >
              <EyeOff className="size-4.5" aria-hidden />
              <span className="grow">{t('privacy.hideIP')}</span>
              <DropdownMenu.ItemIndicator>
                <Check className="size-4" strokeWidth={3} aria-hidden />
              </DropdownMenu.ItemIndicator>
            </DropdownMenu.CheckboxItem>
          )}
          <Item icon={Settings} onSelect={commands.settings} words={t('bar.settings')} />
          {!phone && <Item icon={Keyboard} onSelect={commands.help} words={t('bar.help')} shortcut="?" />}
          {phone && (
            <>
              <DropdownMenu.Separator className="m-1.5 h-px bg-line" />
              <Item icon={Flag} danger disabled={!reportable} onSelect={commands.report} words={t('bar.report')} />
              <Item icon={Ban} danger disabled={!reportable} onSelect={commands.block} words={t('bar.block')} />
              <DropdownMenu.Separator className="m-1.5 h-px bg-line" />
              <Item icon={Square} onSelect={() => actions.stop()} words={t('bar.stop')} />
            </>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

interface ItemProps {
  readonly icon: LucideIcon
  readonly words: string
  readonly shortcut?: string
  readonly danger?: boolean
  readonly disabled?: boolean
  readonly onSelect: () => void
}

function Item({ icon: Icon, words, shortcut, danger = false, disabled = false, onSelect }: ItemProps) {
  return (
    <DropdownMenu.Item
      disabled={disabled}
      onSelect={onSelect}
      className={`flex h-11 cursor-pointer items-center gap-3 rounded-m px-3 outline-none data-disabled:text-quiet data-highlighted:bg-raised ${danger ? 'text-danger' : ''}`}
    >
      <Icon className="size-4.5" aria-hidden />
      <span className="grow">{words}</span>
      {shortcut && <Key>{shortcut}</Key>}
    </DropdownMenu.Item>
  )
}

function ReactItem({ name, onSelect }: { readonly name: ReactionName; readonly onSelect: () => void }) {
  const { t } = useTranslation()
  const Icon = reactionIcons[name]
  return (
    <DropdownMenu.Item onSelect={onSelect} aria-label={t(`reaction.${name}`)} className="grid size-11 cursor-pointer place-items-center rounded-full outline-none data-highlighted:bg-accent-wash data-highlighted:text-accent-ink">
      <Icon className="size-6" aria-hidden />
    </DropdownMenu.Item>
  )
}
