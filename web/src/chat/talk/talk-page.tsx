import { Flag } from 'lucide-react'
import { Tooltip } from 'radix-ui'
import { lazy, Suspense, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { still } from '../../look'
import { phoneQuery, useMediaQuery } from '../use-media-query'
import { useCall, useCallState } from '../use-call'
import { Announcer } from './announcer'
import { Bar } from './bar'
import { ChatPanel } from './chat-panel'
import type { TalkCommands } from './commands'
import { Notices } from './notices'
import { Stage } from './stage'
import { TopBar } from './top-bar'
import { UndoToast } from './undo-toast'
import { useBlock } from './use-block'
import { useKeys } from './use-keys'
import { useLook } from './use-look'
import { frontVideo, useFullScreen, usePictureInPicture, useVisualViewport } from './use-screen'
import { useUnread } from './use-unread'

const ReportDialog = lazy(() => import('./report-dialog').then((module) => ({ default: module.ReportDialog })))
const SettingsDialog = lazy(() => import('./settings-dialog').then((module) => ({ default: module.SettingsDialog })))
const KeysDialog = lazy(() => import('./keys-dialog').then((module) => ({ default: module.KeysDialog })))

/** From the search to the end of a conversation, and on to the next: one page that stays while its middle changes. */
export function TalkPage() {
  const { t } = useTranslation()
  const call = useCall()
  const mode = useCallState((state) => (state.phase === 'looking' ? state.search.mode : (state.reportable?.mode ?? state.preferences.mode)))
  const undoUntil = useCallState((state) => state.undo?.until ?? null)
  const reportable = useCallState((state) => state.reportable !== null)
  const page = useRef<HTMLDivElement>(null)
  const screen = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const phone = useMediaQuery(phoneQuery)
  const [sheet, setSheet] = useState(false)
  const [dialog, setDialog] = useState<'report' | 'settings' | 'keys' | null>(null)
  const fullScreen = useFullScreen(page)
  const pictureInPicture = usePictureInPicture(screen)
  const look = useLook(screen)
  const blocking = useBlock()
  useVisualViewport(page)

  const alone = mode === 'text'
  const chatOpen = alone || !phone || sheet
  const unread = useUnread(chatOpen)

  const openChat = () => {
    setSheet(true)
    // Once the sheet is no longer inert.
    requestAnimationFrame(() => field.current?.focus())
  }
  const commands: TalkCommands = {
    next: () => (blocking.blocking ? blocking.commit() : call.actions.next()),
    leave: () => {
      blocking.commit()
      call.actions.stop()
    },
    microphone: () => call.actions.setMicrophone(!call.getState().media.microphone.on),
    camera: () => call.actions.setCamera(!call.getState().media.camera.on),
    report: () => call.getState().reportable && setDialog('report'),
    block: blocking.block,
    settings: () => setDialog('settings'),
    help: () => setDialog('keys'),
    fullScreen: fullScreen.toggle,
    pictureInPicture: alone || look.over ? null : pictureInPicture,
  }
  useKeys({
    ...commands,
    microphone: alone ? ignore : commands.microphone,
    camera: alone ? ignore : commands.camera,
    fullScreen: commands.fullScreen ?? ignore,
    pictureInPicture: commands.pictureInPicture ?? ignore,
    write: openChat,
    undo: () => undoUntil !== null && blocking.undo(),
  })

  const close = () => setDialog(null)
  const over = (
    <>
      <div className="absolute inset-x-3 top-14 z-20 phone:top-[calc(var(--safe-top)+3.75rem)]">
        <Notices />
      </div>
      {undoUntil !== null && (
        <div className="absolute inset-x-0 bottom-5 z-20 grid justify-items-center phone:bottom-[calc(var(--safe-bottom)+5.5rem)]">
          <UndoToast key={undoUntil} kind={blocking.blocking ? 'block' : 'next'} until={undoUntil} onUndo={blocking.undo} />
        </div>
      )}
    </>
  )

  return (
    <Tooltip.Provider>
      <div
        ref={page}
        className={`fixed inset-x-0 top-(--view-top,0px) grid h-(--view-height,100dvh) grid-rows-[auto_minmax(0,1fr)_auto] gap-3 overflow-hidden bg-ground p-3 pt-2.5 ${alone ? 'phone:gap-0 phone:p-0' : 'phone:block phone:p-0'}`}
      >
        <TopBar />
        <main
          id="main"
          tabIndex={-1}
          data-sheet={phone && sheet ? '' : undefined}
          className={
            alone
              ? 'relative row-start-2 grid min-h-0 outline-none phone:pt-(--safe-top)'
              : 'relative row-start-2 grid min-h-0 grid-cols-[minmax(0,1fr)_clamp(17rem,27vw,23rem)] gap-3 outline-none phone:absolute phone:inset-0 phone:block'
          }
        >
          <h1 className="sr-only">{t('app.name')}</h1>
          {alone ? (
            over
          ) : (
            <Stage screen={screen} look={look} onNext={commands.next} onReport={commands.report}>
              {phone && reportable && (
                <button type="button" aria-label={t('bar.report')} onClick={commands.report} className="veiled absolute end-3 top-[calc(var(--safe-top)+0.75rem)] z-10 grid size-11 place-items-center rounded-full">
                  <Flag className="size-5" aria-hidden />
                </button>
              )}
              {over}
            </Stage>
          )}
          <ChatPanel field={field} alone={alone} open={chatOpen} onClose={() => setSheet(false)} onNext={commands.next} />
        </main>
        <Bar commands={commands} phone={phone} video={!alone} fullScreen={fullScreen.on} chat={phone && !alone ? { unread, open: openChat } : null} />
        <Announcer look={look} />
      </div>
      <Suspense fallback={null}>
        {dialog === 'report' && <ReportDialog picture={() => still(frontVideo(screen.current))} onClose={close} />}
        {dialog === 'settings' && <SettingsDialog onClose={close} />}
        {dialog === 'keys' && <KeysDialog onClose={close} />}
      </Suspense>
    </Tooltip.Provider>
  )
}

function ignore() {
  // The key has no use in this mode or browser.
}
