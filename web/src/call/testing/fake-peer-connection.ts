/** As much of a browser's media as the tests need, and no more. */

/** A track that remembers how it was treated. */
export class FakeTrack extends EventTarget {
  readonly kind: 'audio' | 'video'
  readonly deviceId: string
  readyState: 'live' | 'ended' = 'live'
  contentHint = ''

  constructor(kind: 'audio' | 'video', deviceId: string = kind) {
    super()
    this.kind = kind
    this.deviceId = deviceId
  }

  getSettings(): MediaTrackSettings {
    return this.kind === 'video' ? { deviceId: this.deviceId, width: 640, height: 480 } : { deviceId: this.deviceId }
  }

  stop(): void {
    this.readyState = 'ended'
  }

  /** The device goes away. */
  unplug(): void {
    this.readyState = 'ended'
    this.dispatchEvent(new Event('ended'))
  }
}

export class FakeMediaStream {
  private readonly tracks: FakeTrack[]

  constructor(tracks: FakeTrack[] = []) {
    this.tracks = [...tracks]
  }

  getTracks(): FakeTrack[] {
    return this.tracks
  }

  getVideoTracks(): FakeTrack[] {
    return this.tracks.filter((track) => track.kind === 'video')
  }

  getAudioTracks(): FakeTrack[] {
    return this.tracks.filter((track) => track.kind === 'audio')
  }

  addTrack(track: FakeTrack): void {
    this.tracks.push(track)
  }
}

interface FakeTransceiver {
  direction: RTCRtpTransceiverDirection
  readonly receiver: { readonly track: FakeTrack }
  readonly sender: {
    track: FakeTrack | null
    replaceTrack(track: FakeTrack | null): Promise<void>
    getParameters(): { encodings: RTCRtpEncodingParameters[] }
    setParameters(parameters: { encodings: RTCRtpEncodingParameters[] }): Promise<void>
  }
}

/** RTCPeerConnection's signalling states (RFC 9429, 3.2) without any media. */
export class FakePeerConnection {
  onnegotiationneeded: (() => void) | null = null
  onicecandidate: ((event: { candidate: { toJSON(): RTCIceCandidateInit } | null }) => void) | null = null
  ontrack: ((event: { track: FakeTrack }) => void) | null = null
  onconnectionstatechange: (() => void) | null = null
  oniceconnectionstatechange: (() => void) | null = null
  signalingState: RTCSignalingState = 'stable'
  connectionState: RTCPeerConnectionState = 'new'
  iceConnectionState: RTCIceConnectionState = 'new'
  localDescription: RTCSessionDescriptionInit | null = null
  remoteDescription: RTCSessionDescriptionInit | null = null
  configuration: RTCConfiguration
  /** What getStats gives. */
  stats = new Map<string, unknown>()
  readonly added: (RTCIceCandidateInit | undefined)[] = []
  private readonly transceivers: FakeTransceiver[] = []
  private descriptions = 0

  constructor(configuration: RTCConfiguration) {
    this.configuration = configuration
  }

  /** The fake in the place where the code wants the real one. */
  static as(pc: FakePeerConnection): RTCPeerConnection {
    return pc as unknown as RTCPeerConnection
  }

  addTransceiver(trackOrKind: FakeTrack | 'audio' | 'video', init: { direction: RTCRtpTransceiverDirection }): void {
    const kind = typeof trackOrKind === 'string' ? trackOrKind : trackOrKind.kind
    this.transceive(kind, typeof trackOrKind === 'string' ? null : trackOrKind, init.direction)
    if (this.transceivers.length === 1) this.negotiate()
  }

  getTransceivers(): FakeTransceiver[] {
    return this.transceivers
  }

  setLocalDescription(): Promise<void> {
    const answer = this.signalingState === 'have-remote-offer'
    this.localDescription = { type: answer ? 'answer' : 'offer', sdp: `v=0\r\ns=${++this.descriptions}` }
    this.signalingState = answer ? 'stable' : 'have-local-offer'
    return Promise.resolve()
  }

  setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    if (description.sdp?.includes('unreadable') ?? false) return Promise.reject(new Error('OperationError'))
    this.remoteDescription = description
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable'
    if (description.type === 'offer' && this.transceivers.length === 0) {
      for (const kind of ['audio', 'video'] as const) this.transceive(kind, null, 'recvonly')
    }
    for (const { receiver } of this.transceivers) this.ontrack?.({ track: receiver.track })
    return Promise.resolve()
  }

  addIceCandidate(candidate?: RTCIceCandidateInit): Promise<void> {
    this.added.push(candidate)
    return Promise.resolve()
  }

  restartIce(): void {
    this.negotiate()
  }

  getStats(): Promise<Map<string, unknown>> {
    return Promise.resolve(this.stats)
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configuration = configuration
  }

  close(): void {
    this.signalingState = 'closed'
  }

  /** The browser found a candidate; null: no more. */
  gather(candidate: string | null): void {
    this.onicecandidate?.({ candidate: candidate === null ? null : { toJSON: () => ({ candidate, sdpMid: '0', sdpMLineIndex: 0 }) } })
  }

  become(state: RTCPeerConnectionState): void {
    this.connectionState = state
    this.onconnectionstatechange?.()
  }

  private negotiate(): void {
    queueMicrotask(() => this.onnegotiationneeded?.())
  }

  private transceive(kind: 'audio' | 'video', track: FakeTrack | null, direction: RTCRtpTransceiverDirection): void {
    let encodings: RTCRtpEncodingParameters[] = [{}]
    const sender: FakeTransceiver['sender'] = {
      track,
      getParameters: () => ({ encodings: encodings.map((encoding) => ({ ...encoding })) }),
      setParameters(parameters) {
        ;({ encodings } = parameters)
        return Promise.resolve()
      },
      replaceTrack(next) {
        sender.track = next
        return Promise.resolve()
      },
    }
    this.transceivers.push({ direction, receiver: { track: new FakeTrack(kind) }, sender })
  }
}
