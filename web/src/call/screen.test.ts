import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Screen } from './screen'
import { FRAMES_ENOUGH } from './ways'

const settle = () => new Promise((resolve) => setImmediate(resolve))
const stream = (name: string) => ({ name }) as unknown as MediaStream

/** Callbacks of requestVideoFrameCallback by element. */
let waiting: Map<HTMLVideoElement, () => void>
let allowed: boolean

beforeEach(() => {
  waiting = new Map()
  allowed = true
  Object.assign(HTMLVideoElement.prototype, {
    requestVideoFrameCallback(this: HTMLVideoElement, run: () => void) {
      waiting.set(this, run)
    },
    setSinkId(this: HTMLVideoElement, id: string) {
      this.dataset['speaker'] = id
      return Promise.resolve()
    },
  })
  vi.spyOn(HTMLMediaElement.prototype, 'play').mockImplementation(() => (allowed ? Promise.resolve() : Promise.reject(new DOMException('', 'NotAllowedError'))))
  return () => {
    Reflect.deleteProperty(HTMLVideoElement.prototype, 'requestVideoFrameCallback')
    Reflect.deleteProperty(HTMLVideoElement.prototype, 'setSinkId')
  }
})

function screen() {
  const frames: [number, number][] = []
  const blocked: boolean[] = []
  const made = new Screen({ onFrames: (epoch, count) => frames.push([epoch, count]), onBlocked: (is) => blocked.push(is) })
  const container = document.createElement('div')
  document.body.append(container)
  const detach = made.attach(container)
  const videos = () => Array.from(container.querySelectorAll('video'), (video) => ({
    stream: (video.srcObject as unknown as { name: string } | null)?.name,
    front: video.dataset['testid'] === 'remote-video' && video.style.zIndex === '1' && video.ariaHidden === null,
    muted: video.muted,
  }))
  const video = (index: number) => container.querySelectorAll('video')[index] as HTMLVideoElement
  const frame = (index: number) => {
    const run = waiting.get(video(index))
    waiting.delete(video(index))
    run?.()
  }
  return { screen: made, container, detach, frames, blocked, videos, video, frame }
}

describe('the screen', () => {
  it('shows and plays the way in front, and lets another one run unseen and unheard', () => {
    const { screen: s, videos } = screen()
    s.show(1)
    s.add(1, stream('old'))
    s.add(2, stream('new'))
    expect(videos()).toEqual([
      { stream: 'old', front: true, muted: false },
      { stream: 'new', front: false, muted: true },
    ])
  })

  it('swaps picture and sound in one moment', () => {
    const { screen: s, videos } = screen()
    s.show(1)
    s.add(1, stream('old'))
    s.add(2, stream('new'))
    s.show(2)
    expect(videos()).toEqual([
      { stream: 'old', front: false, muted: true },
      { stream: 'new', front: true, muted: false },
    ])
    s.remove(1)
    expect(videos()).toEqual([{ stream: 'new', front: true, muted: false }])
  })

  it('shows nothing of a way that has no stream yet, and that one as soon as it comes', () => {
    const { screen: s, videos } = screen()
    s.show(1)
    s.add(1, stream('old'))
    s.show(2)
    expect(videos()).toEqual([{ stream: 'old', front: false, muted: true }])
    s.add(2, stream('new'))
    expect(videos()[1]).toEqual({ stream: 'new', front: true, muted: false })
  })

  it('tells the first frames of each way, and then no more', () => {
    const { screen: s, frames, frame } = screen()
    s.show(1)
    s.add(1, stream('old'))
    s.add(2, stream('new'))
    for (let i = 0; i < FRAMES_ENOUGH + 2; i++) frame(1)
    expect(frames).toEqual(Array.from({ length: FRAMES_ENOUGH }, (_, i) => [2, i + 1]))
    s.remove(1)
    expect(frames).toHaveLength(FRAMES_ENOUGH)
  })

  it('moves to another place with everything in it, and leaves the old one empty', () => {
    const { screen: s, container, detach, videos } = screen()
    s.show(1)
    s.add(1, stream('old'))
    const other = document.createElement('div')
    const leave = s.attach(other)
    expect(videos()).toEqual([])
    expect(other.childElementCount).toBe(1)
    detach() // of the place before: too late to matter
    expect(other.childElementCount).toBe(1)
    leave()
    expect(other.childElementCount).toBe(0)
    expect(s.isBlind()).toBe(true)
    s.attach(container)
    s.clear()
    expect(videos()).toEqual([])
  })

  it('plays on the chosen speaker, in what comes later too', () => {
    const { screen: s, video } = screen()
    s.show(1)
    s.add(1, stream('old'))
    s.setSpeaker('spk1')
    s.add(2, stream('new'))
    expect([video(0), video(1)].map((element) => element.dataset['speaker'])).toEqual(['spk1', 'spk1'])
  })

  it('says when the browser wants a click first, and when it was given', async () => {
    const { screen: s, blocked } = screen()
    allowed = false
    s.show(1)
    s.add(1, stream('old'))
    await settle()
    allowed = true
    s.play()
    await settle()
    expect(blocked).toEqual([true, false])
  })

  it('takes picture in picture along', async () => {
    const { screen: s, video } = screen()
    s.show(1)
    s.add(1, stream('old'))
    s.add(2, stream('new'))
    const request = vi.fn<() => Promise<void>>(() => Promise.resolve())
    Object.assign(video(1), { requestPictureInPicture: request })
    Object.defineProperty(document, 'pictureInPictureElement', { value: video(0), configurable: true })
    s.show(2)
    expect(request).toHaveBeenCalledOnce()
    Reflect.deleteProperty(document, 'pictureInPictureElement')
  })

  it('is blind in a page that nobody sees', () => {
    const { screen: s } = screen()
    expect(s.isBlind()).toBe(false)
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
    expect(s.isBlind()).toBe(true)
  })
})
