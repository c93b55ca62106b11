/** Carries out what ways.ts decides: a connection and a look at its pulse for each way of a pair. */
import type { Bitrate, ClientMessage, ICEServersMessage, Matched, RouteStep } from '../protocol/protocol.gen'
import { limits } from '../protocol/protocol.gen'
import type { Clock } from './clock'
import { PartnerNegotiation, ServerNegotiation } from './negotiation'
import { Peer } from './peer'
import type { Tracks } from './peer'
import { FIRST_PULSE_MS, PULSE_MS, PulseReader, readBeat } from './pulse'
import type { Transport } from './state'
import type { PeerBody } from './stream'
import { beginWays, isBlank, reduceWays, transportOf } from './ways'
import type { Signal, Way, Ways, WaysEffect, WaysEvent } from './ways'

/** The part of Screen that is used. */
export interface ScreenLike {
  add(epoch: number, stream: MediaStream): void
  show(epoch: number): void
  remove(epoch: number): void
  isBlind(): boolean
}

/** What is worth telling of a pair's ways. */
export interface WaysView {
  readonly way: Way
  readonly transport: Transport
  readonly blank: boolean
}

export interface WaysRunOptions {
  readonly matched: Matched
  readonly clock: Clock
  readonly createPeerConnection: (configuration: RTCConfiguration) => RTCPeerConnection
  readonly tracks: Tracks
  readonly screen: ScreenLike
  /** To the service; false when the socket is closed. */
  readonly send: (message: ClientMessage) => boolean
  /** To the partner, numbered. */
  readonly push: (body: PeerBody) => boolean
  /** There is a network and a socket: silence means that a way is dead. */
  readonly online: () => boolean
  readonly onView: (view: WaysView) => void
}

interface Run {
  readonly way: Way
  readonly peer: Peer
  readonly pulse: PulseReader
  cancelPulse: (() => void) | null
}

export class WaysRun {
  private readonly options: WaysRunOptions
  private readonly runs = new Map<number, Run>()
  private readonly lingering = new Map<number, () => void>()
  private readonly events: WaysEvent[] = []
  private ways: Ways
  private tracks: Tracks
  private working = true
  private closed = false

  constructor(options: WaysRunOptions) {
    this.options = options
    this.tracks = options.tracks
    const [ways, effects] = beginWays(options.matched)
    this.ways = ways
    for (const effect of effects) this.run(effect)
    this.working = false
    this.work()
  }

  step(step: RouteStep): void {
    this.dispatch({ type: 'step', step })
  }

  /** The socket is back, and with it the service's word of which way is in use. */
  welcome(matched: Matched): void {
    this.dispatch({ type: 'welcome', matched })
    for (const { peer } of this.runs.values()) peer.again()
  }

  signal(signal: Signal): void {
    this.dispatch({ type: 'signal', signal })
  }

  /** What the partner says of their camera and microphone. */
  partner(camera: boolean, microphone: boolean): void {
    this.dispatch({ type: 'partner', camera, microphone })
  }

  frames(epoch: number, count: number): void {
    this.dispatch({ type: 'frames', epoch, count })
  }

  limit({ epoch, max_bps: bps }: Bitrate): void {
    this.runs.get(epoch)?.peer.limit('service', bps === 0 ? null : bps)
  }

  renew({ ice_servers: iceServers }: ICEServersMessage): void {
    for (const { way, peer } of this.runs.values()) if (way.route !== 'sfu') peer.setServers(iceServers)
  }

  revive(): void {
    this.runs.get(this.ways.inUse.epoch)?.peer.revive()
  }

  setTracks(tracks: Tracks): void {
    this.tracks = tracks
    for (const { peer } of this.runs.values()) peer.setTracks(tracks)
  }

  /** The statistics of what is seen and heard. */
  async stats(): Promise<RTCStatsReport | null> {
    return (await this.runs.get(this.ways.shown)?.peer.stats()) ?? null
  }

  close(): void {
    this.closed = true
    for (const epoch of this.runs.keys()) this.end(epoch)
    for (const cancel of this.lingering.values()) cancel()
    this.lingering.clear()
  }

  /** Events are taken one after the other: an effect may cause the next one, but never inside this one. */
  private dispatch(event: WaysEvent): void {
    if (this.closed) return
    this.events.push(event)
    this.work()
  }

  private work(): void {
    if (this.working) return
    this.working = true
    const before = this.ways
    try {
      for (let next = this.events.shift(); next !== undefined && !this.closed; next = this.events.shift()) {
        const [ways, effects] = reduceWays(this.ways, next)
        this.ways = ways
        for (const effect of effects) this.run(effect)
      }
    } finally {
      this.working = false
    }
    if (before !== this.ways && !this.closed) this.options.onView({ way: this.ways.inUse, transport: transportOf(this.ways), blank: isBlank(this.ways) })
  }

  private run(effect: WaysEffect): void {
    switch (effect.type) {
      case 'open':
        this.begin(effect)
        return
      case 'close':
        this.end(effect.epoch)
        return
      case 'deliver':
        this.runs.get(effect.signal.epoch ?? 1)?.peer.receive(effect.signal)
        return
      case 'say':
        this.options.send(effect.message)
        return
      case 'show':
        this.options.screen.show(effect.epoch)
        return
      case 'linger':
        this.linger(effect.epoch)
        return
      case 'cap':
        this.runs.get(effect.epoch)?.peer.limit('overlap', effect.bps)
    }
  }

  private begin({ way, iceServers }: Extract<WaysEffect, { type: 'open' }>): void {
    const { matched, clock, send, push, screen } = this.options
    const { epoch } = way
    const server = way.route === 'sfu'
    const polite = matched.polite && !server
    let peer: Peer
    try {
      peer = new Peer({
        create: this.options.createPeerConnection,
        iceServers,
        relayOnly: way.relayOnly,
        polite,
        negotiate: (on) => (server ? new ServerNegotiation(on, matched.pair, epoch, send) : new PartnerNegotiation(on, polite, epoch, push)),
        tracks: this.tracks,
        clock,
        onTransport: (transport) => {
          this.dispatch({ type: 'transport', epoch, transport })
        },
        onTrouble: () => {
          this.dispatch({ type: 'trouble', epoch, cause: 'ice' })
        },
        onRemote: (stream) => {
          screen.add(epoch, stream)
        },
      })
    } catch {
      // No WebRTC, or none any more: browsers bound their number.
      this.events.push({ type: 'transport', epoch, transport: 'failed' }, { type: 'trouble', epoch, cause: 'unsupported' })
      return
    }
    const run: Run = { way, peer, pulse: new PulseReader(), cancelPulse: null }
    this.runs.set(epoch, run)
    this.feel(run)
  }

  private end(epoch: number): void {
    this.lingering.get(epoch)?.()
    this.lingering.delete(epoch)
    const run = this.runs.get(epoch)
    if (run === undefined) return
    this.runs.delete(epoch)
    run.cancelPulse?.()
    run.peer.close()
    this.options.screen.remove(epoch)
  }

  private linger(epoch: number): void {
    if (this.lingering.has(epoch)) return
    const cancel = this.options.clock.after(limits.linger, () => {
      this.lingering.delete(epoch)
      this.dispatch({ type: 'lingered', epoch })
    })
    this.lingering.set(epoch, cancel)
  }

  /** Takes the pulse of a way now and then, as long as it lives. */
  private feel(run: Run): void {
    const { epoch } = run.way
    const proven = (epoch === this.ways.inUse.epoch ? this.ways.inUse : this.ways.prepared)?.told === 'ready'
    run.cancelPulse = this.options.clock.after(proven ? PULSE_MS : FIRST_PULSE_MS, () => void this.read(run))
  }

  private async read(run: Run): Promise<void> {
    const { epoch, route } = run.way
    const report = await run.peer.stats()
    if (this.runs.get(epoch) !== run) return
    this.feel(run)
    if (report === null) return
    const beat = readBeat(report, route, this.options.clock.now())
    const pulse = run.pulse.take(beat, this.options.online())
    // Where there is nothing to see the browser may not say when there is.
    const unseen = this.options.screen.isBlind() || (epoch === this.ways.inUse.epoch && isBlank(this.ways))
    if (unseen && beat.framesDecoded > 0) this.dispatch({ type: 'frames', epoch, count: beat.framesDecoded })
    if (pulse.via !== null && pulse.alive) this.dispatch({ type: 'alive', epoch, via: pulse.via, sound: pulse.sound })
    if (pulse.revived) run.peer.onRevived()
    if (pulse.stalled) {
      this.dispatch({ type: 'trouble', epoch, cause: 'stalled' })
      run.peer.onStalled()
    }
  }
}
