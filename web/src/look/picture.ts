/** The picture that a video element shows now. */

/** Gives it once: null while the page is hidden, the video does not play, or it shows the same frame as last time. */
export function pictures(find: () => HTMLVideoElement | null): () => Promise<ImageBitmap | null> {
  let before: { readonly video: HTMLVideoElement; readonly frames: number } | null = null
  return async () => {
    const video = find()
    if (video === null || document.hidden || video.paused || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return null
    const frames = video.getVideoPlaybackQuality().totalVideoFrames
    if (before?.video === video && before.frames === frames) return null
    before = { video, frames }
    return createImageBitmap(video)
  }
}
