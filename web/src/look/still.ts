/** A small picture of the stranger for a report, made only when the viewer says so. */
import { limits } from '../protocol/protocol.gen'

const WIDEST = 320
/** From good to poor, until it is small enough. */
const qualities = [0.8, 0.6, 0.4, 0.2]

export interface Still {
  /** JPEG in base64, as the report carries it. */
  readonly data: string
  /** The same as an address, for an <img>. */
  readonly url: string
}

/** What the video shows now, or null when it shows nothing. */
export function still(video: HTMLVideoElement | null): Still | null {
  if (video === null || video.videoWidth === 0 || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null
  const canvas = document.createElement('canvas')
  const scale = Math.min(1, WIDEST / Math.max(video.videoWidth, video.videoHeight))
  canvas.width = Math.max(1, Math.round(video.videoWidth * scale))
  canvas.height = Math.max(1, Math.round(video.videoHeight * scale))
  canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height)
  for (const quality of qualities) {
    const url = canvas.toDataURL('image/jpeg', quality)
    const data = url.slice(url.indexOf(',') + 1)
    if ((data.length / 4) * 3 <= limits.maxStill && url.startsWith('data:image/jpeg')) return { data, url }
  }
  return null
}
