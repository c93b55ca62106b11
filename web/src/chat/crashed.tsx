import { useTranslation } from 'react-i18next'

import { Button } from '../ui/button'

/** A part of the page broke. */
export function Crashed() {
  const { t } = useTranslation()
  return (
    <div role="alert" className="mx-auto grid min-h-dvh max-w-md content-center justify-items-start gap-5 px-6">
      <p className="text-l">{t('app.crashed')}</p>
      <Button look="primary" onClick={() => window.location.reload()}>
        {t('app.reload')}
      </Button>
    </div>
  )
}
