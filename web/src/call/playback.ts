/** Media elements that show a stream wherever it currently comes from. */

/** Element of a browser that lets the speaker be chosen. */
type WithSink = HTMLMediaElement & { setSinkId(id: string): Promise<void> }

export class Playback {
  private readonly elements = new Set<HTMLMediaElement>()
  private readonly onBlocked: (blocked: boolean) => void
  private stream: MediaStream | null = null
  private speaker = ''

  constructor(onBlocked: (blocked: boolean) => void) {
    this.onBlocked = onBlocked
  }

  /** Plays the stream in element from now on, until the returned function is called. */
  attach(element: HTMLMediaElement): () => void {
    this.elements.add(element)
    this.apply(element)
    return () => {
      this.elements.delete(element)
      element.srcObject = null
    }
  }

  setStream(stream: MediaStream | null): void {
    if (this.stream === stream) return
    this.stream = stream
    for (const element of this.elements) this.apply(element)
  }

  /** The empty id is the system's default. */
  setSpeaker(id: string): void {
    this.speaker = id
    for (const element of this.elements) void this.route(element)
  }

  /** Tries to play again; from a click it is allowed. */
  play(): void {
    for (const element of this.elements) this.start(element)
  }

  private apply(element: HTMLMediaElement): void {
    if (element.srcObject !== this.stream) element.srcObject = this.stream
    if (this.stream === null) return
    void this.route(element)
    this.start(element)
  }

  private start(element: HTMLMediaElement): void {
    element.play().then(
      () => {
        this.onBlocked(false)
      },
      (err: unknown) => {
        // AbortError: a newer stream came in between, whose own play counts.
        if (err instanceof DOMException && err.name === 'NotAllowedError') this.onBlocked(true)
      },
    )
  }

  private async route(element: HTMLMediaElement): Promise<void> {
    if (!canChooseSpeaker(element)) return
    try {
      await element.setSinkId(this.speaker)
    } catch {
      // The speaker is gone: the element stays where it plays.
    }
  }
}

function canChooseSpeaker(element: HTMLMediaElement): element is WithSink {
  return 'setSinkId' in element
}
