import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { pictures } from './picture'

interface Playing {
  paused: boolean
  readyState: number
  videoWidth: number
  currentTime: number
  frames: number
}

function playing(change: Partial<Playing> = {}) {
  const video = { paused: false, readyState: 4, videoWidth: 640, currentTime: 1, frames: 30, ...change }
  return Object.assign(video, { getVideoPlaybackQuality: () => ({ totalVideoFrames: video.frames }) })
}

const taken = vi.fn<() => Promise<ImageBitmap>>()

beforeEach(() => {
  taken.mockClear()
  taken.mockResolvedValue({} as ImageBitmap)
  vi.stubGlobal('createImageBitmap', taken)
})
afterEach(() => {
  vi.unstubAllGlobals()
})

const over = (video: Playing | null) => pictures(() => video as unknown as HTMLVideoElement | null)

test('the picture of a video that plays is taken', async () => {
  expect(await over(playing())()).not.toBeNull()
})

test.each<[string, Playing | null]>([
  ['none', null],
  ['paused', playing({ paused: true })],
  ['without a frame', playing({ readyState: 1 })],
  ['without a size', playing({ videoWidth: 0 })],
])('of a video that is %s there is none', async (_, video) => {
  expect(await over(video)()).toBeNull()
  expect(taken).not.toHaveBeenCalled()
})

test('nobody looks while the page is hidden', async () => {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
  expect(await over(playing())()).toBeNull()
})

test('the same frame is taken once', async () => {
  const video = playing()
  const picture = over(video)
  await picture()
  video.currentTime++
  expect(await picture()).toBeNull()
  video.frames++
  expect(await picture()).not.toBeNull()
})

test('where frames are not counted the time tells', async () => {
  const video = playing({ frames: 0 })
  const picture = over(video)
  await picture()
  expect(await picture()).toBeNull()
  video.currentTime++
  expect(await picture()).not.toBeNull()
})
