/**
 * Functions that run inside the page and look at what a person would see and
 * hear. Each is sent as text, so none uses anything outside of itself.
 */

/**
 * What a video shows now: its size, the colour of its ground, where the white
 * square is (0 left, 1 right, null when there is none), and how many frames it
 * has shown. Null without a picture.
 */
export function seeVideo(testId) {
  const video = document.querySelector(`[data-testid="${testId}"]`)
  if (!(video instanceof HTMLVideoElement) || video.videoWidth === 0 || video.readyState < 2) return null
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
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
    hidden: Number(getComputedStyle(video).opacity) < 0.5,
  }
}

/**
 * Listens to the partner for so many milliseconds: the loudest note in hertz and
 * its level in dB (0 is full scale; -100 and below is silence).
 */
export async function hearPartner(milliseconds) {
  const video = document.querySelector('[data-testid="remote-video"]')
  const [track] = video?.srcObject?.getAudioTracks() ?? []
  if (track === undefined) return { hertz: 0, decibel: -999, why: 'no sound track' }
  const context = (globalThis.omezleListener ??= new AudioContext())
  await context.resume()
  const source = context.createMediaStreamSource(new MediaStream([track]))
  const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0, minDecibels: -140 })
  source.connect(analyser)
  const bins = new Float32Array(analyser.frequencyBinCount)
  const loudest = { hertz: 0, decibel: -999 }
  const end = performance.now() + milliseconds
  while (performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 40))
    analyser.getFloatFrequencyData(bins)
    // Below 100 Hz there is only the filter's own hum.
    for (let i = Math.ceil((100 * analyser.fftSize) / context.sampleRate); i < bins.length; i++) {
      if (bins[i] > loudest.decibel) {
        loudest.decibel = Math.round(bins[i])
        loudest.hertz = Math.round((i * context.sampleRate) / analyser.fftSize)
      }
    }
  }
  source.disconnect()
  return loudest
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
