/** Media elements that show the own camera wherever it currently comes from, without sound. */

export class Playback {
  private readonly elements = new Set<HTMLMediaElement>()
  private stream: MediaStream | null = null

  /** Plays the stream in element from now on, until the returned function is called. */
  attach(element: HTMLMediaElement): () => void {
    element.muted = true
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

  private apply(element: HTMLMediaElement): void {
    if (element.srcObject !== this.stream) element.srcObject = this.stream
    // AbortError: a newer stream came in between, whose own play counts. Muted, it is always allowed.
    if (this.stream !== null) element.play().catch(() => undefined)
  }
}
