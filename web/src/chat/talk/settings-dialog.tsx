import { useTranslation } from 'react-i18next'

import { localeNames, locales, pickLocale, setLocale } from '../../i18n'
import { Dialog } from '../../ui/dialog'
import { Segmented } from '../../ui/segmented'
import { Select } from '../../ui/select'
import { Switch } from '../../ui/switch'
import { setTheme, useTheme } from '../../ui/theme'
import { DeviceSelect } from '../device-select'
import { useActions, useCallState } from '../use-call'

/** Devices, how calls go, and how the page looks. Everything takes effect at once. */
export function SettingsDialog({ onClose }: { readonly onClose: () => void }) {
  const { t, i18n } = useTranslation()
  const theme = useTheme()
  const actions = useActions()
  const preferences = useCallState((state) => state.preferences)
  const check = useCallState((state) => state.service.check)
  const speakerChoice = useCallState((state) => state.media.speakerChoice)
  return (
    <Dialog title={t('settings.title')} closeLabel={t('settings.close')} onClose={onClose}>
      <section className="grid gap-3">
        <h3 className="font-bold">{t('settings.devices')}</h3>
        <DeviceSelect kind="camera" />
        <DeviceSelect kind="microphone" />
        {speakerChoice && <DeviceSelect kind="speaker" />}
      </section>
      <section className="grid border-t border-line pt-4">
        <h3 className="mb-1 font-bold">{t('settings.call')}</h3>
        <Switch label={t('settings.autoNext')} checked={preferences.autoNext} onChange={(autoNext) => actions.setPreferences({ autoNext })} />
        <Switch label={t('settings.startWithCamera')} checked={preferences.startWithCamera} onChange={(startWithCamera) => actions.setPreferences({ startWithCamera })} />
        <Switch label={t('settings.startMuted')} checked={preferences.startMuted} onChange={(startMuted) => actions.setPreferences({ startMuted })} />
        {check.on && <Switch label={t('settings.blurFirst')} checked={preferences.blurFirst ?? check.blurFirst} onChange={(blurFirst) => actions.setPreferences({ blurFirst })} />}
      </section>
      <section className="grid gap-3 border-t border-line pt-4">
        <h3 className="font-bold">{t('settings.page')}</h3>
        <Segmented
          legend={t('settings.theme')}
          name="theme"
          value={theme}
          onChange={setTheme}
          options={[
            { value: 'system', label: t('settings.themeSystem') },
            { value: 'light', label: t('settings.themeLight') },
            { value: 'dark', label: t('settings.themeDark') },
          ]}
        />
        <Select
          label={t('settings.locale')}
          value={pickLocale([i18n.language])}
          onChange={(locale) => void setLocale(pickLocale([locale]))}
          options={locales.map((locale) => ({ value: locale, label: localeNames[locale] }))}
        />
      </section>
    </Dialog>
  )
}
