/** What the talk page does on a press, by button or by key. What a browser cannot do is null and has no button. */
export interface TalkCommands {
  readonly next: () => void
  readonly leave: () => void
  readonly microphone: () => void
  readonly camera: () => void
  readonly report: () => void
  readonly block: () => void
  readonly settings: () => void
  readonly help: () => void
  readonly fullScreen: (() => void) | null
  readonly pictureInPicture: (() => void) | null
}
