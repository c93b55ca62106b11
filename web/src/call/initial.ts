/** Where a call begins. */
import type { Model } from './events'
import { noMedia } from './media'
import type { Check, Preferences } from './state'

/** Until the service says otherwise nothing is looked at. */
const noCheck: Check = { on: false, threshold: 1, release: 1, everyMs: 2_000, blurFirst: false, model: '' }

/** speakerChoice: this browser lets the speaker be chosen. */
export function initialModel(preferences: Preferences, speakerChoice: boolean): Model {
  return {
    state: {
      phase: 'idle',
      problem: null,
      link: { state: 'closed' },
      service: { status: 'unknown', consent: '', minimumAge: 18, modes: ['video', 'text'], version: '', check: noCheck, online: null, waiting: null },
      preferences,
      media: { ...noMedia, speakerChoice },
      chat: { lines: [], heldUntil: null },
      reactions: [],
      undo: null,
      report: null,
      reportable: null,
    },
    mode: preferences.mode,
    acquiring: false,
    leaving: null,
    reports: [],
    shownReport: null,
    typingSince: null,
    toldHideIP: false,
  }
}
