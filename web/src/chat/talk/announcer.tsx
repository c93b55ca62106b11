import { useTranslation } from 'react-i18next'

import { useCallState } from '../use-call'
import type { Look } from './use-look'
import { useVeilWords } from './veil'

/** Says for screen readers, politely, what the middle of the page shows. */
export function Announcer({ look }: { readonly look: Look }) {
  const { t } = useTranslation()
  const phase = useCallState((state) => state.phase)
  const end = useCallState((state) => (state.phase === 'ended' ? state.end : null))
  const camera = useCallState((state) => state.phase === 'talking' && state.pair.mode === 'video' && state.partner.camera)
  const video = useCallState((state) => state.phase === 'talking' && state.pair.mode === 'video')
  const hold = useCallState((state) => (state.phase === 'talking' ? state.pair.held.partner : null))
  const veil = useVeilWords(look, look.over ?? 'unchecked', hold)
  const words = () => {
    switch (phase) {
      case 'looking':
        return t('talk.lookingTitle')
      case 'connecting':
        return t('talk.connectingTitle')
      case 'talking':
        if (look.over !== null) return `${veil.title}. ${veil.note}`
        return video && !camera ? `${t('talk.connectingTitle')}. ${t('talk.cameraOff')}` : t('talk.connectingTitle')
      case 'ended':
        return end ? t(`ended.${end.self ? 'self' : 'other'}.${end.reason}`) : ''
      default:
        return ''
    }
  }
  return (
    <p role="status" className="sr-only">
      {words()}
    </p>
  )
}
