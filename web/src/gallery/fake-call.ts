import type { Call, CallActions, CallState, Preferences, Streams } from '../call'

interface FakeCall extends Call {
  set(state: CallState): void
}

/** A Call without a service: it shows what it is given, and preferences can be changed. */
export function fakeCall(first: CallState, streams: Streams, remote: MediaStream | null = null): FakeCall {
  let state = first
  const listeners = new Set<() => void>()
  const set = (next: CallState) => {
    state = next
    for (const listener of listeners) listener()
  }
  const ignore = () => undefined
  const actions: CallActions = {
    loadService: ignore,
    start: ignore,
    next: () => set({ ...state, undo: { until: Date.now() + 2000 } }),
    undoNext: () => set({ ...state, undo: null }),
    stop: ignore,
    cancelAutoNext: ignore,
    sendText: () => 'ok',
    typing: ignore,
    react: (name) => set({ ...state, reactions: [...state.reactions, { id: `${Date.now()}`, from: 'me', name, at: Date.now() }] }),
    report: ignore,
    block: ignore,
    dismissReport: () => set({ ...state, report: null }),
    dismissMoved: ignore,
    sighted: ignore,
    dismissModeration: () => (state.phase === 'talking' ? set({ ...state, pair: { ...state.pair, word: null } }) : undefined),
    takeOver: ignore,
    reconnect: ignore,
    preview: ignore,
    setCamera: (on) => set({ ...state, media: { ...state.media, camera: { ...state.media.camera, on } } }),
    setMicrophone: (on) => set({ ...state, media: { ...state.media, microphone: { ...state.media.microphone, on } } }),
    chooseCamera: ignore,
    chooseMicrophone: ignore,
    chooseSpeaker: ignore,
    dismissMediaNotice: ignore,
    play: ignore,
    setPreferences: (change: Partial<Preferences>) => set({ ...state, preferences: { ...state.preferences, ...change } }),
  }
  const show = (element: HTMLMediaElement, stream: MediaStream | null) => {
    element.srcObject = stream
    return () => {
      element.srcObject = null
    }
  }
  return {
    getState: () => state,
    getStreams: () => streams,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    actions,
    microphoneLevel: () => 0.25 + 0.2 * Math.sin(Date.now() / 200),
    attachRemote: (container) => {
      const element = document.createElement('video')
      Object.assign(element, { autoplay: true, muted: true, playsInline: true, srcObject: remote })
      element.dataset['testid'] = 'remote-video'
      container.append(element)
      return () => element.remove()
    },
    attachLocal: (element) => show(element, streams.local),
    close: ignore,
    set,
  }
}
