import { MicOff, Unplug, Volume2 } from 'lucide-react'
import type { ReactNode, RefObject } from 'react'
import { useTranslation } from 'react-i18next'

import type { CallState, Talking } from '../../call'
import { Button } from '../../ui/button'
import { hueStyle } from '../hue'
import { useActions, useCallState } from '../use-call'
import { ConnectingView } from './connecting'
import { EndedView } from './ended'
import { Initial } from './initial'
import { Looking } from './looking'
import { QualityMeter } from './quality-meter'
import { ShownReactions } from './reactions'
import { RemoteVideo } from './remote-video'
import { RouteBadge } from './route-badge'
import { SelfView } from './self-view'
import type { Look } from './use-look'
import { Veil } from './veil'

interface StageProps {
  readonly screen: RefObject<HTMLDivElement | null>
  readonly look: Look
  readonly onNext: () => void
  readonly onReport: () => void
  /** What else stands on the stage: notices and, on a phone, the report button. */
  readonly children: ReactNode
}

/** Where the stranger is. Whatever happens, something here says so: it is never blank. */
export function Stage({ screen, look, onNext, onReport, children }: StageProps) {
  const { t } = useTranslation()
  const actions = useActions()
  const state = useCallState((whole) => whole)
  const pair = state.phase === 'connecting' || state.phase === 'talking' ? state.pair : null
  const talking = state.phase === 'talking' ? state : null
  const seen = talking !== null && talking.partner.camera && talking.transport !== 'failed' && !talking.pair.blank && state.undo === null
  const over = seen ? look.over : null
  const broken = talking !== null && !talking.pair.blank && (talking.partner.away || talking.transport === 'restarting')

  return (
    <section
      aria-label={t('talk.stage')}
      style={pair ? hueStyle(pair.hue) : undefined}
      className={`on-picture relative isolate grid min-h-0 min-w-0 place-items-center overflow-hidden rounded-l transition-colors duration-(--slow) phone:absolute phone:inset-0 phone:rounded-none ${pair ? (seen && over !== 'held' ? 'bg-night' : 'bg-(--hue-deep)') : 'bg-stage'}`}
    >
      <RemoteVideo ref={screen} shown={seen} over={over} dimmed={broken} account={look.account} />
      <div className="relative phone:pb-32">
        {over && talking ? <Veil look={look} over={over} hold={talking.pair.held.partner} onNext={onNext} onReport={onReport} /> : <Middle state={state} seen={seen} />}
      </div>
      {talking && broken && (
        <Notice>
          <Unplug className="size-5 shrink-0" aria-hidden />
          {talking.partner.away ? t('talk.away') : t('talk.restarting')}
        </Notice>
      )}

      {pair && (
        <div className="absolute inset-x-3 top-3 flex flex-wrap items-start gap-2 pe-14 desk:pe-0 phone:top-[calc(var(--safe-top)+0.75rem)]">
          <RouteBadge pair={pair} />
          {talking && <QualityMeter quality={talking.quality} />}
          {talking && !talking.partner.microphone && (
            <p className="veiled flex min-h-9 items-center gap-2 rounded-full px-3 text-s">
              <MicOff className="size-4" aria-hidden />
              {t('talk.micOff')}
            </p>
          )}
        </div>
      )}
      {talking && state.media.playbackBlocked && (
        <Button look="primary" className="absolute z-20 shadow-high" onClick={() => actions.play()}>
          <Volume2 className="size-5" aria-hidden />
          {t('media.play')}
        </Button>
      )}
      <ShownReactions />
      {state.phase !== 'ended' && <SelfView overPicture={pair !== null} />}
      {children}
    </section>
  )
}

function Middle({ state, seen }: { readonly state: CallState; readonly seen: boolean }) {
  switch (state.phase) {
    case 'looking':
      return <Looking search={state.search} />
    case 'connecting':
      return <ConnectingView state={state} />
    case 'talking':
      return seen ? null : <Unseen state={state} leaving={state.undo !== null} />
    case 'ended':
      return <EndedView end={state.end} />
    default:
      return null
  }
}

function Unseen({ state, leaving }: { readonly state: Talking; readonly leaving: boolean }) {
  const { t } = useTranslation()
  const failed = state.transport === 'failed'
  return (
    <div className="grid animate-slide-in justify-items-center gap-4 px-6 text-center text-on-veil">
      <Initial hue={state.pair.hue} className="[--size:9rem] phone:[--size:7rem]" />
      {failed ? (
        <div className="grid max-w-sm gap-1">
          <h2 className="text-l font-bold">{t('talk.failedTitle')}</h2>
          <p className="opacity-85">{t('talk.failed')}</p>
          <a href="/check" target="_blank" rel="noopener" className="mt-1 justify-self-center rounded-s py-1 underline underline-offset-4">
            {t('check.link')}
          </a>
        </div>
      ) : (
        !leaving && (
          <p role="status" className="max-w-sm opacity-85">
            {state.pair.blank ? t('talk.blank') : t('talk.cameraOff')}
          </p>
        )
      )}
    </div>
  )
}

function Notice({ children }: { readonly children: ReactNode }) {
  return (
    <p role="status" className="veiled absolute bottom-6 mx-6 flex animate-arrive items-center gap-2.5 rounded-full px-4 py-2.5 text-s font-medium phone:bottom-[calc(var(--safe-bottom)+16rem)]">
      {children}
    </p>
  )
}
