import { useTranslation } from 'react-i18next'

import { hueStyle } from '../hue'

/** Where a picture would be: the initial of a stranger in the colour of this pair. */
export function Initial({ hue, className = '' }: { readonly hue: number; readonly className?: string }) {
  const { t } = useTranslation()
  return (
    <span
      style={hueStyle(hue)}
      aria-hidden
      className={`grid aspect-square place-items-center rounded-full bg-(--hue-fill) text-[length:calc(var(--size)*0.42)] leading-none font-bold text-(--hue-ink) [width:var(--size)] ${className}`}
    >
      {t('talk.initial')}
    </span>
  )
}
