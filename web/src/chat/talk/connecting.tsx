import { useTranslation } from 'react-i18next'

import type { Connecting } from '../../call'
import { Mark } from '../../ui/mark'
import { Initial } from './initial'

/** Matched, no picture yet: who it is by colour, and after two seconds which way is tried. */
export function ConnectingView({ state }: { readonly state: Connecting }) {
  const { t } = useTranslation()
  return (
    <div className="grid animate-slide-in justify-items-center gap-5 px-6 text-center text-on-veil">
      <div className="relative grid place-items-center [--size:7.5rem]">
        <Initial hue={state.pair.hue} />
        <Mark mood="near" className="absolute size-60 [&_path:first-child]:stroke-on-veil" />
      </div>
      <div className="mt-12 grid gap-1">
        <h2 className="text-xl font-bold">{t('talk.connectingTitle')}</h2>
        <p className="opacity-80">{state.connecting.slow ? t(`talk.trying.${state.connecting.trying}`) : t('talk.connecting')}</p>
        <p className="text-s opacity-80">{t('talk.writeAlready')}</p>
      </div>
    </div>
  )
}
