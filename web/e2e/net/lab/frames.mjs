/** When the partner's picture moved, by the browser's own word (requestVideoFrameCallback). */
import { until } from '../../harness/until.mjs'

/** Runs in the page: from now on it remembers when each frame of the partner in sight came to the screen. */
export function watchFrames() {
  globalThis.omezleShown = []
  const followed = new WeakSet()
  const follow = (video) => {
    followed.add(video)
    const shown = (_, { presentationTime }) => {
      if (Number(getComputedStyle(video).opacity) > 0.5) globalThis.omezleShown.push(performance.timeOrigin + presentationTime)
      video.requestVideoFrameCallback(shown)
    }
    video.requestVideoFrameCallback(shown)
  }
  setInterval(() => {
    for (const video of document.querySelectorAll('video[data-testid^="remote-video"]')) if (!followed.has(video)) follow(video)
  }, 20)
}

/** Runs in the page: the times of the frames since then, in milliseconds since 1970. */
export function readFrames(since) {
  return globalThis.omezleShown.filter((time) => time >= since)
}

/** Waits for a frame that came later than that; returns how much later, in milliseconds. */
export async function firstFrame(visitor, since, within) {
  const [first] = await until(`${visitor.name} is shown a frame`, () => visitor.page.evaluate(readFrames, since), { accept: (frames) => frames.length > 0, within, every: 50 })
  return Math.round(first - since)
}

/** A picture stands still when it does for this long. What is buffered may be shown for a while before. */
const STILL_MS = 500
const BUFFERED_MS = 1_500

/** Waits until the picture has stood still after that and moves again; returns how much later that is, in milliseconds. */
export async function comeback(visitor, since, within) {
  const read = async () => {
    const times = [since, ...(await visitor.page.evaluate(readFrames, since))]
    return times.find((time, i) => i > 0 && times[i - 1] - since <= BUFFERED_MS && time - times[i - 1] >= STILL_MS) ?? null
  }
  const back = await until(`${visitor.name}'s picture stands still and comes back`, read, { within, every: 50 })
  return Math.round(back - since)
}

/** Waits until so much time has passed, then returns the number of frames in it and the gaps between them, the longest first. */
export async function gapsDuring(visitor, since, milliseconds) {
  const end = since + milliseconds
  await until(`${visitor.name} has watched for ${milliseconds / 1000} s`, () => Date.now() >= end, { within: milliseconds + 5_000, every: 250 })
  const frames = (await visitor.page.evaluate(readFrames, since)).filter((time) => time <= end)
  const times = [since, ...frames, end]
  const gaps = times.slice(1).map((time, i) => Math.round(time - times[i]))
  return { frames: frames.length, gaps: gaps.toSorted((a, b) => b - a) }
}
