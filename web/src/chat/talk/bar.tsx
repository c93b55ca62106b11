import { Ban, Flag, Maximize, MessageCircle, Mic, MicOff, Minimize, PictureInPicture2, SkipForward, Square, Video, VideoOff } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import { Button } from '../../ui/button'
import { Key } from '../../ui/key'
import { Tip } from '../../ui/tip'
import { useActions, useCallState } from '../use-call'
import { MoreMenu } from './more-menu'
import { ReactMenu } from './reactions'
import { roundButton, roundButtonOff } from './round-button'
import type { TalkCommands } from './commands'

interface BarProps {
  readonly commands: TalkCommands
  readonly phone: boolean
  readonly video: boolean
  readonly fullScreen: boolean
  /** The chat is away and has so many new lines; null where it is always in sight. */
  readonly chat: { readonly unread: number; readonly open: () => void } | null
}

/** Everything one can do, each with its key. On a phone the rare ones are under More. */
export function Bar({ commands, phone, video, fullScreen, chat }: BarProps) {
  const { t } = useTranslation()
  const actions = useActions()
  const media = useCallState((state) => state.media)
  const reportable = useCallState((state) => state.reportable !== null)
  const looking = useCallState((state) => state.phase === 'looking')
  // Then the middle of the page offers the next one: one amber button is enough.
  const ended = useCallState((state) => state.phase === 'ended')
  const paired = useCallState((state) => state.phase === 'talking' || state.phase === 'connecting')

  const stopFirst = phone && looking
  return (
    <section
      aria-label={t('bar.label')}
      data-alone={video ? undefined : ''}
      className="row-start-3 flex desk:data-alone:mx-auto desk:data-alone:w-full desk:data-alone:max-w-3xl items-center gap-2 phone:justify-center phone:px-4 phone:pt-3 phone:data-alone:bg-surface phone:not-data-alone:absolute phone:not-data-alone:inset-x-0 phone:not-data-alone:bottom-0 phone:not-data-alone:z-20 phone:pb-[calc(var(--safe-bottom)+0.875rem)]"
    >
      {!stopFirst && (
        <Button look={ended ? 'plain' : 'primary'} className="h-12! px-5!" disabled={looking} onClick={commands.next} aria-keyshortcuts="Escape">
          <SkipForward className="size-5 rtl:-scale-x-100" aria-hidden />
          {t('bar.next')}
          {!phone && <Key onInk={!ended}>Esc</Key>}
        </Button>
      )}
      {(!phone || stopFirst) && (
        <Button className="h-12!" onClick={() => actions.stop()}>
          <Square className="size-4" aria-hidden />
          {t('bar.stop')}
        </Button>
      )}

      {video && (
        <>
          <span className="mx-1 h-7 w-px bg-line phone:hidden" />
          <Tip words={media.microphone.on ? t('bar.micOn') : t('bar.micOff')} shortcut="M">
            <button
              type="button"
              aria-label={media.microphone.on ? t('bar.micOn') : t('bar.micOff')}
              aria-keyshortcuts="M"
              aria-busy={media.microphone.pending}
              onClick={commands.microphone}
              className={media.microphone.on ? roundButton : roundButtonOff}
            >
              {media.microphone.on ? <Mic className="size-5.5" aria-hidden /> : <MicOff className="size-5.5" aria-hidden />}
            </button>
          </Tip>
          <Tip words={media.camera.on ? t('bar.cameraOn') : t('bar.cameraOff')} shortcut="V">
            <button
              type="button"
              aria-label={media.camera.on ? t('bar.cameraOn') : t('bar.cameraOff')}
              aria-keyshortcuts="V"
              aria-busy={media.camera.pending}
              onClick={commands.camera}
              className={media.camera.on ? roundButton : roundButtonOff}
            >
              {media.camera.on ? <Video className="size-5.5" aria-hidden /> : <VideoOff className="size-5.5" aria-hidden />}
            </button>
          </Tip>
        </>
      )}
      {!phone && paired && <ReactMenu />}

      <span className="grow phone:hidden" />

      {!phone && video && commands.pictureInPicture && (
        <Tip words={t('bar.pip')} shortcut="P">
          <button type="button" aria-label={t('bar.pip')} aria-keyshortcuts="P" onClick={commands.pictureInPicture} className={roundButton}>
            <PictureInPicture2 className="size-5.5" aria-hidden />
          </button>
        </Tip>
      )}
      {!phone && commands.fullScreen && (
        <Tip words={fullScreen ? t('bar.fullExit') : t('bar.full')} shortcut="F">
          <button type="button" aria-label={fullScreen ? t('bar.fullExit') : t('bar.full')} aria-keyshortcuts="F" onClick={commands.fullScreen} className={roundButton}>
            {fullScreen ? <Minimize className="size-5.5" aria-hidden /> : <Maximize className="size-5.5" aria-hidden />}
          </button>
        </Tip>
      )}
      {chat && (
        <button
          type="button"
          aria-label={chat.unread > 0 ? t('bar.chatUnread', { count: chat.unread }) : t('bar.chat')}
          onClick={chat.open}
          className={`relative ${roundButton}`}
        >
          <MessageCircle className="size-5.5" aria-hidden />
          {chat.unread > 0 && (
            <span aria-hidden className="absolute -end-0.5 -top-0.5 grid h-5.5 min-w-5.5 animate-arrive place-items-center rounded-full bg-accent px-1 text-xs font-bold text-on-accent">
              {chat.unread > 99 ? '99+' : chat.unread}
            </span>
          )}
        </button>
      )}
      {phone && !video && (
        <button type="button" aria-label={t('bar.report')} disabled={!reportable} onClick={commands.report} className={roundButton}>
          <Flag className="size-5" aria-hidden />
        </button>
      )}
      <MoreMenu commands={commands} phone={phone} video={video} />
      {!phone && (
        <>
          <span className="mx-1 h-7 w-px bg-line" />
          <Tip words={t('bar.report')} shortcut="R">
            <Button look="ghost" className="h-12!" disabled={!reportable} onClick={commands.report} aria-keyshortcuts="R">
              <Flag className="size-4.5" aria-hidden />
              {t('bar.report')}
            </Button>
          </Tip>
          <Tip words={t('bar.block')} shortcut="B">
            <Button look="ghost" className="h-12!" disabled={!reportable} onClick={commands.block} aria-keyshortcuts="B">
              <Ban className="size-4.5" aria-hidden />
              {t('bar.block')}
            </Button>
          </Tip>
        </>
      )}
    </section>
  )
}
