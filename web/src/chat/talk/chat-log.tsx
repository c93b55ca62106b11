import { ArrowDown } from 'lucide-react'
import { useCallback, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Pair } from '../../call'
import { languageName } from '../talk-languages'
import { hueStyle } from '../hue'
import { useCallState } from '../use-call'
import { Line } from './chat-line'

/** Near enough to the end to be carried along by a new message. */
const nearEnd = 80

/** What was said, newest at the end, which stays in sight unless one has scrolled back. */
export function ChatLog({ pair }: { readonly pair: Pair | null }) {
  const { t } = useTranslation()
  const lines = useCallState((state) => state.chat.lines)
  const typing = useCallState((state) => (state.phase === 'talking' || state.phase === 'connecting') && state.partner.typing)
  const box = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  const [behind, setBehind] = useState(false)

  const toEnd = useCallback(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight
    setBehind(false)
  }, [])
  const follow = useCallback(() => {
    if (atEnd.current) toEnd()
  }, [toEnd])
  const lastId = lines.at(-1)?.id
  const lastFrom = lines.at(-1)?.from
  const shownId = useRef(lastId)
  useLayoutEffect(() => {
    const added = lastId !== shownId.current
    shownId.current = lastId
    if (atEnd.current || (added && lastFrom === 'me')) toEnd()
    else if (added) setBehind(true)
  }, [lastId, lastFrom, toEnd])

  const lastMine = lines.findLast((line) => line.from === 'me')?.id
  return (
    <div className="relative min-h-0 grow">
      {/* Scrolled by keys too, so it can take the focus. */}
      <div
        ref={box}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        role="log"
        aria-label={t('chat.log')}
        aria-relevant="additions"
        style={pair ? hueStyle(pair.hue) : undefined}
        onScroll={(event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget
          atEnd.current = scrollHeight - scrollTop - clientHeight < nearEnd
          if (atEnd.current) setBehind(false)
        }}
        className="flex size-full flex-col overflow-y-auto overscroll-contain px-4 pb-3 -outline-offset-2"
      >
        {pair ? <Opening pair={pair} /> : <p className="m-auto text-center text-s text-quiet">{t('chat.emptyLooking')}</p>}
        <ol className={pair ? 'mt-auto' : 'hidden'}>
          {lines.map((line, index) => (
            <Line key={line.id} line={line} first={lines[index - 1]?.from !== line.from} showStatus={line.id === lastMine} />
          ))}
        </ol>
        {typing && <TypingDots onShown={follow} />}
      </div>
      {behind && (
        <button type="button" onClick={toEnd} className="absolute inset-x-0 bottom-2 mx-auto flex h-9 w-fit animate-arrive items-center gap-1.5 rounded-full bg-ink px-3.5 text-s font-semibold text-ground shadow-high">
          <ArrowDown className="size-4" aria-hidden />
          {t('chat.newLines')}
        </button>
      )}
    </div>
  )
}

function TypingDots({ onShown }: { readonly onShown: () => void }) {
  const { t } = useTranslation()
  useLayoutEffect(onShown, [onShown])
  return (
    <p className="mt-2 flex h-9 w-fit shrink-0 items-center gap-1 rounded-l rounded-es-s bg-raised px-3.5">
      <span className="sr-only">{t('chat.typing')}</span>
      {[0, 150, 300].map((delay) => (
        <span key={delay} aria-hidden style={{ animationDelay: `${delay}ms` }} className="size-1.5 [animation:dot_1.2s_infinite] rounded-full bg-quiet" />
      ))}
    </p>
  )
}

/** What is known about the two before the first word. */
function Opening({ pair }: { readonly pair: Pair }) {
  const { t, i18n } = useTranslation()
  const facts = [
    pair.shared.length > 0 && t('talk.share', { list: new Intl.ListFormat(i18n.language).format(pair.shared) }),
    pair.language !== null && pair.language !== '' && t('talk.language', { language: languageName(pair.language, i18n.language) }),
    pair.rematch && t('talk.rematch'),
  ].filter((fact) => fact !== false)
  return (
    <div className="grid shrink-0 gap-1 pt-4 text-s text-quiet">
      {facts.map((fact) => (
        <p key={fact} className="font-semibold text-ink">
          {fact}
        </p>
      ))}
      <p>{t('chat.empty')}</p>
    </div>
  )
}
