import { Camera, Mic, Volume2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import type { Device } from '../call'
import { Select } from '../ui/select'
import { useActions, useCallState } from './use-call'

const icons = { camera: Camera, microphone: Mic, speaker: Volume2 } as const

/** One list of devices; the same on the start page, in the settings and in a call. */
export function DeviceSelect({ kind, hideLabel = false }: { readonly kind: 'camera' | 'microphone' | 'speaker'; readonly hideLabel?: boolean }) {
  const { t } = useTranslation()
  const actions = useActions()
  const preferences = useCallState((state) => state.preferences)
  const devices = useCallState((state) => state.media.devices)
  const [list, chosen, choose] = {
    camera: [devices.cameras, preferences.cameraId, actions.chooseCamera] as const,
    microphone: [devices.microphones, preferences.microphoneId, actions.chooseMicrophone] as const,
    speaker: [devices.speakers, preferences.speakerId, actions.chooseSpeaker] as const,
  }[kind]
  const known: readonly Device[] = list.filter((device) => device.id !== '' && device.id !== 'default')
  const Icon = icons[kind]
  return (
    <Select
      label={t(`preview.${kind}`)}
      hideLabel={hideLabel}
      icon={<Icon className="size-4.5" aria-hidden />}
      value={known.some((device) => device.id === chosen) ? (chosen ?? '') : ''}
      onChange={(id) => choose(id === '' ? null : id)}
      options={[
        { value: '', label: t('preview.default') },
        ...known.map((device, index) => ({
          value: device.id,
          label: device.label || t('preview.unnamed', { kind: t(`preview.${kind}`), number: index + 1 }),
        })),
      ]}
    />
  )
}
