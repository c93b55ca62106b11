import { useTranslation } from 'react-i18next'

import { useCallState } from '../use-call'

/** Says for screen readers, politely, what the middle of the page shows. */
export function Announcer() {
  const { t } = useTranslation()
  const phase = useCallState((state) => state.phase)
  const end = useCallState((state) => (state.phase === 'ended' ? state.end : null))
  const camera = useCallState((state) => state.phase === 'talking' && state.pair.mode === 'video' && state.partner.camera)
  const video = useCallState((state) => state.phase === 'talking' && state.pair.mode === 'video')
  const words = () => {
    switch (phase) {
      case 'looking':
        return t('talk.lookingTitle')
      case 'connecting':
        return t('talk.connectingTitle')
      case 'talking':
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
