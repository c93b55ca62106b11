import { useSyncExternalStore } from 'react'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

// public/before-paint.js reads the same key before the first paint.
const storageKey = 'omezle.theme'
const listeners = new Set<() => void>()

function currentTheme(): Theme {
  const chosen = document.documentElement.dataset['theme']
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system'
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Sets the colour scheme of the page and remembers it where storage is allowed. */
export function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  try {
    localStorage.setItem(storageKey, theme)
  } catch {
    // Not remembered in private mode; it still changes now.
  }
  for (const listener of listeners) listener()
}

/** The theme that was chosen; `system` follows the device. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, currentTheme)
}
