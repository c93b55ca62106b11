/**
 * Where the partner is seen and heard: a stack of video elements, one for each
 * way. The one in front has the sound; those behind it play muted and unseen, but
 * in the document, so that their frames are decoded when they come to the front.
 * Never are two heard at once.
 */
import { FRAMES_ENOUGH } from './ways'

/** Element of a browser that lets the speaker be chosen. */
type WithSink = HTMLMediaElement & { setSinkId(id: string): Promise<void> }

export interface ScreenOptions {
  /** The browser refuses to play sound before a click. */
  readonly onBlocked: (blocked: boolean) => void
  /** So many frames of that way's stream were decoded; told up to FRAMES_ENOUGH. */
  readonly onFrames: (epoch: number, count: number) => void
}

interface Layer {
  readonly stream: MediaStream
  element: HTMLVideoElement | null
}

export class Screen {
  private readonly options: ScreenOptions
  private readonly layers = new Map<number, Layer>()
  private container: HTMLElement | null = null
  private front: number | null = null
  private speaker = ''

  constructor(options: ScreenOptions) {
    this.options = options
  }

  /** Puts the elements into container, in place of where they were, until the returned function is called. */
  attach(container: HTMLElement): () => void {
    this.detach()
    this.container = container
    for (const [epoch, layer] of this.layers) this.mount(epoch, layer)
    return () => {
      if (this.container === container) this.detach()
    }
  }

  /** Takes the stream of a way, unseen unless that way is in front. */
  add(epoch: number, stream: MediaStream): void {
    this.remove(epoch)
    const layer = { stream, element: null }
    this.layers.set(epoch, layer)
    this.mount(epoch, layer)
  }

  /** Shows and plays that way and no other, all in this moment. It may have no stream yet: then nothing is. */
  show(epoch: number): void {
    const before = this.front === null ? null : (this.layers.get(this.front)?.element ?? null)
    this.front = epoch
    for (const [number, { element }] of this.layers) if (element !== null) this.place(element, number === epoch)
    const element = this.layers.get(epoch)?.element ?? null
    if (element === null) return
    this.start(element)
    if (before !== null && before !== element && before.ownerDocument.pictureInPictureElement === before) {
      // Allowed without a press, since there is one already.
      element.requestPictureInPicture().catch(() => void before.ownerDocument.exitPictureInPicture().catch(() => undefined))
    }
  }

  remove(epoch: number): void {
    const layer = this.layers.get(epoch)
    this.layers.delete(epoch)
    if (layer !== undefined) unmount(layer)
  }

  /** The pair is over. */
  clear(): void {
    for (const epoch of this.layers.keys()) this.remove(epoch)
    this.front = null
  }

  /** Frames are not shown now, or cannot be counted: onFrames says nothing. */
  isBlind(): boolean {
    return this.container === null || this.container.ownerDocument.hidden || !('requestVideoFrameCallback' in HTMLVideoElement.prototype)
  }

  /** The empty id is the system's default. */
  setSpeaker(id: string): void {
    this.speaker = id
    for (const { element } of this.layers.values()) if (element !== null) void this.route(element)
  }

  /** Tries to play again; from a click it is allowed. */
  play(): void {
    for (const { element } of this.layers.values()) if (element !== null) this.start(element)
  }

  private mount(epoch: number, layer: Layer): void {
    if (this.container === null) return
    const element = this.container.ownerDocument.createElement('video')
    element.autoplay = true
    element.playsInline = true
    this.place(element, epoch === this.front)
    element.srcObject = layer.stream
    layer.element = element
    this.container.append(element)
    this.count(epoch, layer, element)
    void this.route(element)
    this.start(element)
  }

  private place(element: HTMLVideoElement, front: boolean): void {
    element.muted = !front
    element.style.zIndex = front ? '1' : '0'
    element.ariaHidden = front ? null : 'true'
    if (front) element.dataset['testid'] = 'remote-video'
    else delete element.dataset['testid']
  }

  private count(epoch: number, layer: Layer, element: HTMLVideoElement): void {
    if (!('requestVideoFrameCallback' in element)) return
    let count = 0
    const seen = () => {
      if (layer.element !== element) return
      count++
      this.options.onFrames(epoch, count)
      if (count < FRAMES_ENOUGH) element.requestVideoFrameCallback(seen)
    }
    element.requestVideoFrameCallback(seen)
  }

  private start(element: HTMLVideoElement): void {
    element.play().then(
      () => {
        if (!element.muted) this.options.onBlocked(false)
      },
      (err: unknown) => {
        // AbortError: it was taken away in between.
        if (err instanceof DOMException && err.name === 'NotAllowedError') this.options.onBlocked(true)
      },
    )
  }

  private async route(element: HTMLVideoElement): Promise<void> {
    if (!canChooseSpeaker(element)) return
    try {
      await element.setSinkId(this.speaker)
    } catch {
      // The speaker is gone: the element stays where it plays.
    }
  }

  private detach(): void {
    for (const layer of this.layers.values()) unmount(layer)
    this.container = null
  }
}

function unmount(layer: Layer): void {
  if (layer.element === null) return
  layer.element.srcObject = null
  layer.element.remove()
  layer.element = null
}

function canChooseSpeaker(element: HTMLMediaElement): element is WithSink {
  return 'setSinkId' in element
}
