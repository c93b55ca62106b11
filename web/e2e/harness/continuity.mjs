/**
 * Whether picture and sound go on without a gap while they change their way.
 * Functions that run inside the page; each is sent as text, so none uses
 * anything outside of itself.
 */

/**
 * Begins to note, for the video in front: when frames are presented, when another
 * one comes to the front, and what is heard. What is heard is the sum of all
 * streams whose elements are not muted, each counted while its element is so.
 */
export async function watchContinuity({ sound }) {
  const screen = document.querySelector('[data-testid="remote-video"]').parentElement
  const notes = { frames: [], swaps: [], samples: null, from: performance.now() }
  globalThis.omezleContinuity = notes
  const context = sound ? new AudioContext({ sampleRate: 48_000 }) : null
  const heard = context?.createAnalyser()
  const gains = new Map()

  const look = () => {
    for (const video of screen.querySelectorAll('video')) {
      if (!video.omezleNoted) {
        video.omezleNoted = true
        const seen = (now, { presentationTime }) => {
          if (video.dataset.testid === 'remote-video') notes.frames.push(presentationTime)
          if (!notes.over) video.requestVideoFrameCallback(seen)
        }
        video.requestVideoFrameCallback(seen)
      }
      if (context === null || video.srcObject === null || video.srcObject.getAudioTracks().length === 0) continue
      if (!gains.has(video)) {
        const gain = context.createGain()
        context.createMediaStreamSource(video.srcObject).connect(gain).connect(heard)
        gains.set(video, gain)
      }
      gains.get(video).gain.value = video.muted ? 0 : 1
    }
  }
  new MutationObserver((changes) => {
    if (changes.some(({ type, target }) => type === 'attributes' && target.dataset.testid === 'remote-video')) notes.swaps.push(performance.now())
    look()
  }).observe(screen, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-testid'] })
  // The sound of a way comes with its second track, of which no element tells.
  const looking = setInterval(look, 20)
  notes.stop = () => {
    notes.over = true
    clearInterval(looking)
  }
  look()
  if (context === null) return

  // The analyser keeps two thirds of a second: what is new in it is taken five times a second.
  await context.resume()
  heard.fftSize = 32_768
  const window = new Float32Array(heard.fftSize)
  const levels = []
  const size = 240 // 5 ms
  let taken = context.currentTime
  let rest = []
  notes.lost = 0
  const take = () => {
    const now = context.currentTime
    heard.getFloatTimeDomainData(window)
    let fresh = Math.round((now - taken) * context.sampleRate)
    if (fresh > window.length) {
      notes.lost += fresh - window.length
      fresh = window.length
    }
    taken = now
    rest.push(...window.subarray(window.length - fresh))
    for (; rest.length >= size; rest = rest.slice(size)) {
      let energy = 0
      for (let i = 0; i < size; i++) energy += rest[i] ** 2
      levels.push(10 * Math.log10(energy / size + 1e-12))
    }
  }
  const taking = setInterval(take, 200)
  notes.levels = levels
  const { stop } = notes
  notes.stop = () => {
    stop()
    clearInterval(taking)
    void context.close()
  }
}

/** What was noted so far, and starts anew: the longest time without a frame in ms, without sound in ms, and how often the front changed. */
export function readContinuity() {
  const notes = globalThis.omezleContinuity
  const frames = notes.frames.toSorted((a, b) => a - b)
  let freeze = 0
  for (let i = 1; i < frames.length; i++) freeze = Math.max(freeze, frames[i] - frames[i - 1])
  let gap = 0
  let silent = 0
  for (const level of notes.levels ?? []) {
    silent = level < -55 ? silent + 5 : 0
    gap = Math.max(gap, silent)
  }
  const read = { freeze: Math.round(freeze), frames: frames.length, gap, heard: (notes.levels ?? []).length * 5, swaps: notes.swaps.length, lost: notes.lost ?? 0 }
  notes.frames = frames.slice(-1)
  notes.swaps = []
  if (notes.levels !== undefined) notes.levels.length = 0
  return read
}
