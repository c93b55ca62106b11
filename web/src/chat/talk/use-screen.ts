import { type RefObject, useCallback, useEffect, useState } from 'react'

/** Full screen of an element; `toggle` is null where the browser has none (iPhones). */
export function useFullScreen(ref: RefObject<HTMLElement | null>) {
  const [on, setOn] = useState(false)
  useEffect(() => {
    const read = () => setOn(document.fullscreenElement !== null)
    document.addEventListener('fullscreenchange', read)
    return () => document.removeEventListener('fullscreenchange', read)
  }, [])
  const toggle = useCallback(() => {
    const done = document.fullscreenElement ? document.exitFullscreen() : ref.current?.requestFullscreen()
    // Refused without a press by the person, or by the page that embeds this one: nothing to repair.
    done?.catch(() => undefined)
  }, [ref])
  return { on, toggle: document.fullscreenEnabled ? toggle : null }
}

/** The video that is seen, among those of a switch under way. */
export function frontVideo(within: HTMLElement | null): HTMLVideoElement | null {
  return within?.querySelector('video:not([aria-hidden])') ?? null
}

/** Picture in picture of the video in front within an element; null where the browser offers it by itself (Firefox) or not at all. */
export function usePictureInPicture(ref: RefObject<HTMLElement | null>) {
  const toggle = useCallback(() => {
    const done = document.pictureInPictureElement ? document.exitPictureInPicture() : frontVideo(ref.current)?.requestPictureInPicture()
    // A video without a picture yet has none to show.
    done?.catch(() => undefined)
  }, [ref])
  return document.pictureInPictureEnabled ? toggle : null
}

/**
 * Keeps --view-height and --view-top at what a phone's keyboard leaves free, so that the page
 * shrinks instead of being covered. Browsers that shrink it themselves report the same.
 */
export function useVisualViewport(ref: RefObject<HTMLElement | null>) {
  useEffect(() => {
    const view = window.visualViewport
    const element = ref.current
    if (!view || !element) return
    const fit = () => {
      // A pinched page is being looked at closely: its size stays.
      if (view.scale > 1.01) return
      element.style.setProperty('--view-height', `${view.height}px`)
      element.style.setProperty('--view-top', `${view.offsetTop}px`)
    }
    fit()
    view.addEventListener('resize', fit)
    view.addEventListener('scroll', fit)
    return () => {
      view.removeEventListener('resize', fit)
      view.removeEventListener('scroll', fit)
    }
  }, [ref])
}
