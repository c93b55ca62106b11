/**
 * Functions that run inside the page and look at what a person would see and
 * hear. Each is sent as text, so none uses anything outside of itself.
 */

/**
 * What a video shows now: its size, the colour of its ground, where the white
 * square is (0 left, 1 right, null when there is none), and how many frames it
 * has shown since it was first looked at. Null without a picture.
 */
export function seeVideo(testId) {
  const video = document.querySelector(`[data-testid="${testId}"]`)
  if (!(video instanceof HTMLVideoElement) || video.videoWidth === 0 || video.readyState < 2) return null
  if (video.omezleFrames === undefined) {
    video.omezleFrames = 0
    const count = () => {
      video.omezleFrames++
      video.requestVideoFrameCallback(count)
    }
    video.requestVideoFrameCallback(count)
  }
  const canvas = document.createElement('canvas')
  canvas.width = 64
  canvas.height = 48
  const context = canvas.getContext('2d', { willReadFrequently: true })
  context.drawImage(video, 0, 0, canvas.width, canvas.height)
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
  const sum = [0, 0, 0]
  let ground = 0
  let square = 0
  let squareX = 0
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [data[i], data[i + 1], data[i + 2]]
    if (Math.min(r, g, b) > 170) {
      square++
      squareX += (i / 4) % canvas.width
    } else {
      ground++
      sum[0] += r
      sum[1] += g
      sum[2] += b
    }
  }
  const [red, green, blue] = sum.map((value) => Math.round(value / Math.max(ground, 1)))
  const colour = red > 100 && red > 2 * blue && red > 2 * green ? 'red' : blue > 100 && blue > 2 * red && blue > 2 * green ? 'blue' : 'other'
  return {
    colour,
    rgb: [red, green, blue],
    square: square > 20 ? Number((squareX / square / canvas.width).toFixed(2)) : null,
    width: video.videoWidth,
    height: video.videoHeight,
    frames: video.omezleFrames,
    hidden: Number(getComputedStyle(video).opacity) < 0.5,
  }
}

/**
 * Listens to the partner for so many milliseconds: the loudest note in hertz and
 * its level in dB (0 is full scale; -100 and below is silence). It is recorded
 * and looked at afterwards, because Firefox runs no AudioContext on a machine
 * without a sound card.
 */
export async function hearPartner(milliseconds) {
  const video = document.querySelector('[data-testid="remote-video"]')
  const [track] = video?.srcObject?.getAudioTracks() ?? []
  if (track === undefined) return { hertz: 0, decibel: -999, why: 'no sound track' }
  const recorder = new MediaRecorder(new MediaStream([track]))
  const recording = new Promise((resolve, reject) => {
    recorder.addEventListener('dataavailable', ({ data }) => resolve(data), { once: true })
    recorder.addEventListener('error', () => reject(new Error('the sound could not be recorded')), { once: true })
  })
  recorder.start()
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  recorder.stop()
  const { samples, sampleRate } = await decode(await recording)

  // The loudest tenth of a second, and the strongest of its notes.
  const size = Math.round(sampleRate / 10)
  let begin = 0
  let most = -1
  for (let at = 0; at + size <= samples.length; at += size / 2) {
    let energy = 0
    for (let i = at; i < at + size; i++) energy += samples[Math.trunc(i)] ** 2
    if (energy > most) [most, begin] = [energy, Math.trunc(at)]
  }
  const loudest = { hertz: 0, decibel: -999 }
  for (let hertz = 100; hertz <= 2_000; hertz += 10) {
    let [re, im] = [0, 0]
    for (let i = 0; i < size; i++) {
      const window = 1 - Math.cos((2 * Math.PI * i) / size)
      const turn = (2 * Math.PI * hertz * i) / sampleRate
      re += window * (samples[begin + i] ?? 0) * Math.cos(turn)
      im += window * (samples[begin + i] ?? 0) * Math.sin(turn)
    }
    const decibel = Math.round(20 * Math.log10((2 * Math.hypot(re, im)) / size + 1e-9))
    if (decibel > loudest.decibel) Object.assign(loudest, { hertz, decibel })
  }
  return loudest

  async function decode(blob) {
    const buffer = await new OfflineAudioContext(1, 1, 48_000).decodeAudioData(await blob.arrayBuffer())
    return { samples: buffer.getChannelData(0), sampleRate: buffer.sampleRate }
  }
}

/**
 * How the partner's picture is kept from the viewer: why, whether the video is
 * blurred or not drawn at all, how many frames came (not in Firefox), and what the
 * check says of its last look.
 */
export function readCover() {
  const screen = document.querySelector('[data-testid="remote-video"]')?.parentElement
  if (screen === null || screen === undefined) return null
  const videos = [...screen.querySelectorAll('video')].map((video) => getComputedStyle(video))
  return {
    over: screen.dataset.over ?? null,
    blurred: videos.every(({ filter }) => filter.includes('blur')),
    drawn: videos.some(({ opacity }) => Number(opacity) > 0),
    frames: [...screen.querySelectorAll('video')].reduce((sum, video) => sum + video.getVideoPlaybackQuality().totalVideoFrames, 0),
    look: screen.dataset.look === undefined ? null : JSON.parse(screen.dataset.look),
  }
}

/** The messages in view, oldest first: who wrote them and what. */
export function readChat() {
  const lines = document.querySelectorAll('[role="log"] ol > li')
  return Array.from(lines, (line) => ({
    from: line.querySelector('span')?.textContent === 'You' ? 'me' : 'partner',
    text: line.querySelector('p')?.textContent ?? '',
    note: line.querySelector('p + span')?.textContent ?? '',
  }))
}

/** Everything a person can read on the page now. */
export function readPage() {
  return document.body.innerText
}

/** What goes on, by the page's own word. */
export function readPhase() {
  return document.querySelector('[data-phase]')?.getAttribute('data-phase') ?? 'none'
}

/** How the RTCPeerConnections that the page ever made stand. */
export function readPeers() {
  return (globalThis.omezlePeers ?? []).map((peer) => peer.connectionState)
}

/**
 * Runs before the page's own scripts: remembers its RTCPeerConnections, and
 * what its content security policy refused.
 */
export function watchPage() {
  globalThis.omezlePeers = []
  globalThis.omezleRefused = []
  document.addEventListener('securitypolicyviolation', (event) => {
    globalThis.omezleRefused.push(`${event.violatedDirective} refused ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`)
  })
  globalThis.RTCPeerConnection = new Proxy(globalThis.RTCPeerConnection, {
    construct(target, args, self) {
      const peer = Reflect.construct(target, args, self)
      globalThis.omezlePeers.push(peer)
      return peer
    },
  })
}

/** Runs after watchPage: the visitor's network lets nothing through but relays, and there is none. */
export function closeNetwork() {
  globalThis.RTCPeerConnection = new Proxy(globalThis.RTCPeerConnection, {
    construct: (target, [configuration], self) => Reflect.construct(target, [{ ...configuration, iceTransportPolicy: 'relay' }], self),
  })
}

/** What the policy refused since the page was opened. */
export function readRefused() {
  return globalThis.omezleRefused ?? []
}

/** Whether the page is wider than what it is seen through, and by what. */
export function readOverflow() {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth
  if (wide <= 0) return null
  const culprit = Array.from(document.body.querySelectorAll('*')).find((element) => {
    const box = element.getBoundingClientRect()
    return box.right > innerWidth + 1 || box.left < -1
  })
  return `${wide} px too wide, by <${culprit?.tagName.toLowerCase()} class="${culprit?.getAttribute('class') ?? ''}">`
}
