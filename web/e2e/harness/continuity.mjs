/**
 * Whether picture and sound go on without a gap while they change their way.
 * Functions that run inside the page; each is sent as text, so none uses
 * anything outside of itself.
 */

/**
 * Begins to note, for the video in front: when frames are presented, when another
 * one comes to the front, and what is heard, which is the sound of that one alone
 * unless another one is not muted. The sound is recorded and looked at afterwards,
 * because Firefox runs no AudioContext on a machine without a sound card.
 */
export function watchContinuity() {
  const screen = document.querySelector('[data-testid="remote-video"]').parentElement
  const notes = { frames: [], swaps: [], recordings: [], over: false }
  globalThis.omezleContinuity = notes
  const tracks = new Map()
  const noted = new WeakSet()

  const look = () => {
    for (const video of screen.querySelectorAll('video')) {
      if (!noted.has(video)) {
        noted.add(video)
        const seen = (now, { presentationTime }) => {
          if (video.dataset.testid === 'remote-video') notes.frames.push(presentationTime)
          if (!notes.over) video.requestVideoFrameCallback(seen)
        }
        video.requestVideoFrameCallback(seen)
      }
      const [track] = video.srcObject?.getAudioTracks() ?? []
      if (track === undefined) continue
      const known = tracks.get(track)
      if (known !== undefined) {
        if (known.heard.at(-1)[1] === video.muted) known.heard.push([performance.now(), !video.muted])
        continue
      }
      // Once a track it is recorded, from its first look to the end.
      const recording = { heard: [[performance.now(), !video.muted]], from: performance.now(), parts: [] }
      tracks.set(track, recording)
      const recorder = new MediaRecorder(new MediaStream([track]))
      recorder.addEventListener('start', () => {
        recording.from = performance.now()
      })
      recording.end = () =>
        new Promise((resolve) => {
          recorder.addEventListener('dataavailable', ({ data }) => recording.parts.push(data))
          recorder.addEventListener('stop', resolve)
          if (recorder.state === 'inactive') resolve()
          else recorder.stop()
        })
      // Its track ends with the way; what was recorded until then stays.
      recorder.addEventListener('dataavailable', ({ data }) => {
        if (recorder.state === 'inactive') recording.parts.push(data)
      })
      recorder.start()
      notes.recordings.push(recording)
    }
  }
  const observer = new MutationObserver((changes) => {
    if (changes.some(({ type, target }) => type === 'attributes' && target.dataset.testid === 'remote-video')) notes.swaps.push(performance.now())
    look()
  })
  observer.observe(screen, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-testid'] })
  // The sound of a way comes with its second track, of which no element tells.
  const looking = setInterval(look, 20)
  notes.stop = () => {
    notes.over = true
    observer.disconnect()
    clearInterval(looking)
  }
  look()
}

/**
 * Ends it, and says what was noted: of the picture and the sound the longest time
 * without any in ms, and how often the front changed; and at each change the
 * longest times near it.
 */
export async function readContinuity() {
  const notes = globalThis.omezleContinuity
  notes.stop()
  const ended = performance.now()
  const frames = notes.frames.toSorted((a, b) => a - b)
  const freezes = frames.slice(1).map((at, i) => ({ at, ms: at - frames[i] }))

  // What was heard, in steps of 5 ms: the loudest of all that played then.
  const step = 5
  const begun = Math.min(...notes.recordings.map(({ from }) => from))
  const levels = new Float32Array(Math.ceil((ended - begun) / step)).fill(-100)
  let unread = 0
  for (const recording of notes.recordings) {
    await recording.end()
    let sound
    try {
      sound = await new OfflineAudioContext(1, 1, 48_000).decodeAudioData(await new Blob(recording.parts).arrayBuffer())
    } catch {
      unread++
      continue
    }
    const samples = sound.getChannelData(0)
    const size = (sound.sampleRate * step) / 1_000
    for (let i = 0; (i + 1) * size <= samples.length; i++) {
      const at = recording.from + i * step
      if (recording.heard.findLast(([since]) => since <= at)?.[1] !== true) continue
      let energy = 0
      for (let j = Math.floor(i * size); j < (i + 1) * size; j++) energy += samples[j] ** 2
      const index = Math.floor((at - begun) / step)
      levels[index] = Math.max(levels[index], 10 * Math.log10(energy / size + 1e-12))
    }
  }
  const gaps = []
  let silent = 0
  levels.forEach((level, i) => {
    if (level < -55) silent += step
    else {
      if (silent > 0) gaps.push({ at: begun + i * step, ms: silent })
      silent = 0
    }
  })
  const most = (list) => Math.round(Math.max(0, ...list.map(({ ms }) => ms)))
  const near = (swap) => (it) => it.at > swap - 700 && it.at - it.ms < swap + 1_500
  return {
    frames: frames.length,
    heardMs: levels.filter((level) => level >= -55).length * step,
    freeze: most(freezes),
    gap: most(gaps.filter(({ at }) => at > begun + 500 && at < ended - 500)),
    swaps: notes.swaps.map((swap) => ({ freeze: most(freezes.filter(near(swap))), gap: most(gaps.filter(near(swap))) })),
    unread,
  }
}
