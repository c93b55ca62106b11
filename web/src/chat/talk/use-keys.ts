import { useEffect, useRef } from 'react'

/** What keys do while the talk page is shown. */
export interface KeyActions {
  readonly next: () => void
  readonly leave: () => void
  readonly write: () => void
  readonly undo: () => void
  readonly microphone: () => void
  readonly camera: () => void
  readonly report: () => void
  readonly block: () => void
  readonly fullScreen: () => void
  readonly pictureInPicture: () => void
  readonly help: () => void
}

const letters: Record<string, keyof KeyActions> = {
  KeyM: 'microphone',
  KeyV: 'camera',
  KeyR: 'report',
  KeyB: 'block',
  KeyF: 'fullScreen',
  KeyP: 'pictureInPicture',
}

/** Two presses of Escape within this leave the call. */
const twiceWithin = 1000

const openLayers = 'dialog[open], [role="menu"], [role="dialog"]'
const writing = 'input, textarea, select, [contenteditable="true"]'

/**
 * One key for each action. Letters are taken by their place on the keyboard (event.code), so they
 * work in every script. Off while one writes, except Escape: with an empty field it acts, with
 * text in it it only leaves the field.
 */
export function useKeys(actions: KeyActions): void {
  const latest = useRef(actions)
  useEffect(() => {
    latest.current = actions
  })

  useEffect(() => {
    let escapedAt = Number.NEGATIVE_INFINITY

    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing || event.altKey || event.metaKey) return
      // A dialogue or a menu has its own use for keys.
      if (document.querySelector(openLayers)) return
      const target = event.target instanceof Element ? event.target.closest(writing) : null
      const act = latest.current

      if (event.key === 'Escape') {
        if (target instanceof HTMLTextAreaElement && target.value.trim() !== '') {
          target.blur()
          return
        }
        if (event.repeat) return
        if (event.timeStamp - escapedAt <= twiceWithin) {
          escapedAt = Number.NEGATIVE_INFINITY
          act.leave()
        } else {
          escapedAt = event.timeStamp
          act.next()
        }
        return
      }
      if (target || event.repeat) return
      if (event.ctrlKey) {
        if (event.code === 'KeyZ') act.undo()
        return
      }
      if (event.key === '?') act.help()
      else if (event.key === 'Enter' && (event.target === document.body || event.target === document.documentElement)) {
        event.preventDefault()
        act.write()
      } else {
        const name = letters[event.code]
        if (name) {
          event.preventDefault()
          act[name]()
        }
      }
    }
    // Captured, so that a hint that closes on Escape does not swallow it.
    window.addEventListener('keydown', onKey, true)
    return () => window.removeEventListener('keydown', onKey, true)
  }, [])
}
