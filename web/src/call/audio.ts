/** One AudioContext for two small jobs: how loud the microphone is, and a track of silence. */

export class AudioTools {
  private readonly create: () => AudioContext | null
  private context: AudioContext | null = null
  private meter: { readonly track: MediaStreamTrack; readonly source: MediaStreamAudioSourceNode; readonly analyser: AnalyserNode } | null = null
  private samples = new Float32Array(0)
  private silent: MediaStreamTrack | null = null

  /** create returns null where there is no AudioContext. */
  constructor(create: () => AudioContext | null) {
    this.create = create
  }

  /** Loudness of track now: 0 at -60 dB and below, 1 at full scale. */
  level(track: MediaStreamTrack | null): number {
    if (track === null) {
      this.stopMeter()
      return 0
    }
    if (this.meter?.track !== track) this.startMeter(track)
    if (this.meter === null) return 0
    this.meter.analyser.getFloatTimeDomainData(this.samples)
    let sum = 0
    for (const value of this.samples) sum += value * value
    const decibel = 10 * Math.log10(sum / this.samples.length + 1e-12)
    return Math.min(Math.max(decibel / 60 + 1, 0), 1)
  }

  /** A live track without sound, null where it cannot be made. */
  silence(): MediaStreamTrack | null {
    if (this.silent === null) this.silent = this.open()?.createMediaStreamDestination().stream.getAudioTracks()[0] ?? null
    return this.silent
  }

  /** Gives the context back; the next use opens a new one. */
  release(): void {
    this.stopMeter()
    this.silent?.stop()
    this.silent = null
    void this.context?.close().catch(() => undefined)
    this.context = null
  }

  private startMeter(track: MediaStreamTrack): void {
    this.stopMeter()
    const context = this.open()
    if (context === null) return
    const source = context.createMediaStreamSource(new MediaStream([track]))
    const analyser = context.createAnalyser()
    analyser.fftSize = 1024
    source.connect(analyser)
    this.samples = new Float32Array(analyser.fftSize)
    this.meter = { track, source, analyser }
  }

  private stopMeter(): void {
    this.meter?.source.disconnect()
    this.meter = null
  }

  private open(): AudioContext | null {
    if (this.context === null) {
      try {
        this.context = this.create()
      } catch {
        this.context = null // too many of them, or no sound hardware
      }
    }
    // Made before a gesture it sleeps; by now there may have been one.
    if (this.context?.state === 'suspended') void this.context.resume().catch(() => undefined)
    return this.context
  }
}
