import { useTranslation } from 'react-i18next'

import { Dialog } from '../../ui/dialog'
import { Key } from '../../ui/key'

const list = [
  [['Esc'], 'esc'],
  [['Esc', 'Esc'], 'escTwice'],
  [['Enter'], 'enter'],
  [['Ctrl', 'Z'], 'undo'],
  [['M'], 'm'],
  [['V'], 'v'],
  [['R'], 'r'],
  [['B'], 'b'],
  [['F'], 'f'],
  [['P'], 'p'],
  [['?'], 'help'],
] as const

/** Every key and what it does. */
export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Dialog title={t('keys.title')} closeLabel={t('keys.close')} onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-5 gap-y-2.5">
        {list.map(([keys, what]) => (
          <div key={what} className="contents">
            <dt className="flex gap-1">
              {keys.map((key, index) => (
                <Key key={`${what}-${index}`}>{key}</Key>
              ))}
            </dt>
            <dd>{t(`keys.${what}`)}</dd>
          </div>
        ))}
      </dl>
      <p className="text-s text-quiet">{t('keys.note')}</p>
    </Dialog>
  )
}
