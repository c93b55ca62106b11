import '@testing-library/jest-dom/vitest'

import { cleanup, configure } from '@testing-library/react'
import { afterEach, beforeAll } from 'vitest'

import { initI18n } from '../i18n'

// What jsdom leaves out of a browser, as little of it as the page needs.
HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) {
  this.open = true
  this.querySelector<HTMLElement>('input, textarea, button')?.focus()
}
HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
  this.open = false
}
window.matchMedia ??= (query: string) => Object.assign(new EventTarget(), { matches: false, media: query }) as unknown as MediaQueryList
globalThis.ResizeObserver ??= class {
  observe() {
    // No layout, so nothing to observe.
  }
  unobserve() {
    // As above.
  }
  disconnect() {
    // As above.
  }
}
HTMLMediaElement.prototype.play = () => Promise.resolve()
Element.prototype.hasPointerCapture ??= () => false
Element.prototype.scrollIntoView ??= () => undefined

// A dialogue is fetched when it is first asked for, which takes its time on a busy machine.
configure({ asyncUtilTimeout: 20_000 })

beforeAll(async () => {
  await initI18n('en')
})

afterEach(() => {
  cleanup()
  localStorage.clear()
})
