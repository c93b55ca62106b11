/** The picture that a video element shows now. */

/**
 * Gives it, unless the page is hidden, the video does not play, or it stands still
 * since last time. Firefox counts no frames of a call, so that only its time tells.
 */
export function pictures(find: () => HTMLVideoElement | null): () => Promise<ImageBitmap | null> {
  let before: { readonly video: HTMLVideoElement; readonly frames: number; readonly time: number } | null = null
  return async () => {
    const video = find()
    if (video === null || document.hidden || video.paused || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return null
    const frames = video.getVideoPlaybackQuality().totalVideoFrames
    const time = video.currentTime
    if (before?.video === video && before.frames === frames && (frames > 0 || before.time === time)) return null
    before = { video, frames, time }
    return createImageBitmap(video)
  }
}
