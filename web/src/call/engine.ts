/**
 * The Call that the page gets: feeds the reducer with what happens and carries
 * out the effects it asks for. It decides nothing itself.
 */
import { prepareDescription, prepareLine } from './text'
import type { Call, CallActions, SendResult, Streams } from './call'
import type { Environment } from './environment'
import type { Effect, Event, Model, TimerName } from './events'
import { initialModel } from './initial'
import { LinkKeeper } from './link'
import { Media } from './media'
import type { ServerMessage, Welcome } from '../protocol/protocol.gen'
import { PairRun } from './pair-run'
import { Screen } from './screen'
import type { Tracks } from './peer'
import { Playback } from './playback'
import { reduce } from './reducer'
import { fetchConfig } from './session'
import type { CallState } from './state'
import { keys, loadPreferences, savePreferences, Store } from './storage'
import { Timers } from './timers'

const noTracks: Tracks = { audio: null, video: null }
/** When the service refuses a message without naming a time. */
const REFUSED_MS = 1_000

export class Engine implements Call {
  private readonly environment: Environment
  private readonly local: Store
  private readonly link: LinkKeeper
  private readonly media: Media
  private readonly screen: Screen
  private readonly localPlayback = new Playback()
  private readonly listeners = new Set<() => void>()
  private readonly timers: Timers<TimerName>
  private readonly events: Event[] = []
  private readonly stopWatching: () => void
  private model: Model
  private streams: Streams = { local: null }
  private current: PairRun | null = null
  private suspended = false
  private working = false
  /** Something that listeners have not been told of. */
  private changed = false
  private closed = false

  constructor(environment: Environment) {
    this.environment = environment
    this.local = new Store(environment.localStorage)
    const tab = new Store(environment.sessionStorage)
    // Where nothing can be stored the token lives as long as the page.
    let token = tab.get(keys.token)
    this.model = initialModel(loadPreferences(this.local), environment.speakerChoice)
    this.timers = new Timers(environment.clock, (timer) => {
      this.dispatch({ type: 'timer', timer })
    })
    const { clock, devices, secure, speakerChoice, audioContext } = environment
    this.screen = new Screen({
      onBlocked: (blocked) => {
        this.media.setPlaybackBlocked(blocked)
      },
      onFrames: (epoch, count) => this.current?.frames(epoch, count),
    })
    this.media = new Media({
      devices,
      secure,
      clock,
      speakerChoice,
      audioContext,
      chosen: () => {
        const { cameraId, microphoneId, speakerId } = this.model.state.preferences
        return { camera: cameraId, microphone: microphoneId, speaker: speakerId }
      },
      onState: (media) => {
        this.dispatch({ type: 'media', media })
      },
      onTracks: () => {
        this.sendTracks()
      },
      onLocal: (stream) => {
        this.localPlayback.setStream(stream)
        this.setStreams({ local: stream })
      },
      onSpeaker: (id) => {
        this.screen.setSpeaker(id)
      },
    })
    this.screen.setSpeaker(this.model.state.preferences.speakerId ?? '')
    this.link = new LinkKeeper({
      clock,
      random: environment.random,
      url: environment.socketURL,
      openWebSocket: environment.openWebSocket,
      fetch: environment.fetch,
      online: environment.online,
      token: {
        get: () => token,
        set: (value) => {
          token = value
          tab.set(keys.token, value)
        },
      },
      device: {
        get: () => this.local.get(keys.device),
        set: (value) => {
          this.local.set(keys.device, value)
        },
      },
      consent: () => {
        const { consent, adult } = this.model.state.preferences
        return { consent: consent ?? '', adult }
      },
      onLink: (link) => {
        this.dispatch({ type: 'link', link })
      },
      onWelcome: (welcome) => {
        this.dispatch({ type: 'welcome', welcome })
      },
      onMessage: (message) => {
        this.route(message)
      },
      onStopped: (stop) => {
        this.dispatch({ type: 'stopped', stop })
      },
    })
    this.stopWatching = environment.watchPage({
      wake: () => {
        this.link.wake()
      },
      leave: () => {
        this.link.close(true)
      },
    })
  }

  getState(): CallState {
    return this.model.state
  }

  getStreams(): Streams {
    return this.streams
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }

  microphoneLevel(): number {
    return this.media.level()
  }

  attachRemote(container: HTMLElement): () => void {
    return this.screen.attach(container)
  }

  attachLocal(element: HTMLMediaElement): () => void {
    return this.localPlayback.attach(element)
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.stopWatching()
    this.endPair()
    this.link.close(true)
    this.media.close()
    this.timers.close()
    this.listeners.clear()
  }

  private on(type: 'next' | 'undo_next' | 'stop' | 'cancel_auto_next' | 'dismiss_report' | 'dismiss_moved' | 'dismiss_moderation' | 'take_over'): () => void {
    return () => {
      this.dispatch({ type })
    }
  }

  readonly actions: CallActions = {
    loadService: () => void this.loadService(),
    start: (options) => {
      this.dispatch({ type: 'start', options })
    },
    next: this.on('next'),
    undoNext: this.on('undo_next'),
    stop: this.on('stop'),
    cancelAutoNext: this.on('cancel_auto_next'),
    sendText: (text) => this.sendText(text),
    typing: (active) => {
      this.dispatch({ type: 'typing', active })
    },
    react: (name) => {
      this.dispatch({ type: 'react', id: this.environment.newID(), name })
    },
    report: (options) => {
      const description = prepareDescription(options.description)
      this.dispatch({ type: 'report', id: this.environment.newID(), options: { ...options, description } })
    },
    block: ({ next }) => {
      this.dispatch({ type: 'block', id: this.environment.newID(), next })
    },
    dismissReport: this.on('dismiss_report'),
    dismissMoved: this.on('dismiss_moved'),
    sighted: (sighting) => {
      this.dispatch({ type: 'sighted', sighting })
    },
    dismissModeration: this.on('dismiss_moderation'),
    takeOver: this.on('take_over'),
    reconnect: () => {
      this.link.reconnect()
    },
    preview: ({ camera, microphone }) => void this.media.preview(camera, microphone),
    setCamera: (on) => void this.media.setCamera(on),
    setMicrophone: (on) => void this.media.setMicrophone(on),
    chooseCamera: (cameraId) => {
      this.dispatch({ type: 'preferences', change: { cameraId } })
      void this.media.choose('camera')
    },
    chooseMicrophone: (microphoneId) => {
      this.dispatch({ type: 'preferences', change: { microphoneId } })
      void this.media.choose('microphone')
    },
    chooseSpeaker: (speakerId) => {
      this.dispatch({ type: 'preferences', change: { speakerId } })
      this.media.setSpeaker(speakerId)
    },
    dismissMediaNotice: () => {
      this.media.dismissNotice()
    },
    play: () => {
      this.screen.play()
    },
    setPreferences: (change) => {
      this.dispatch({ type: 'preferences', change })
    },
  }

  private sendText(text: string): SendResult {
    const line = prepareLine(text)
    if (!line.ok) return line.why
    const { phase } = this.model.state
    if (this.current === null || (phase !== 'connecting' && phase !== 'talking')) return 'not_paired'
    if (!this.current.hasRoom()) return 'full'
    this.dispatch({ type: 'text', id: this.environment.newID(), text: line.text })
    return 'ok'
  }

  private async loadService(): Promise<void> {
    if (this.model.state.service.status === 'loading') return
    this.dispatch({ type: 'service', config: 'loading' })
    this.dispatch({ type: 'service', config: (await fetchConfig(this.environment.fetch)) ?? 'failed' })
  }

  /** Numbered messages go through the stream of their pair; the rest is the reducer's. */
  private route(message: Exclude<ServerMessage, Welcome>): void {
    if (message.type === 'moderation') this.current?.onModeration(message)
    switch (message.type) {
      case 'chat':
      case 'reaction':
      case 'media':
      case 'description':
      case 'candidate':
      case 'ack':
        if (this.current?.id === message.pair) this.current.receive(message)
        return
      case 'route':
      case 'sfu_answer':
      case 'bitrate':
      case 'path':
      case 'ice_servers':
        if (this.current?.id === message.pair) this.current.onWay(message)
        return
      case 'pong':
        return
      case 'error':
        if (message.seq !== undefined && (message.code === 'rate_limited' || message.code === 'unavailable' || message.code === 'internal')) {
          this.current?.refused(message.seq, message.retry_ms ?? REFUSED_MS)
        }
    }
    this.dispatch({ type: 'message', message })
  }

  /** Events are taken one after the other: an effect may cause the next one, but never inside this one. */
  private dispatch(event: Event): void {
    if (this.closed) return
    this.events.push(event)
    if (this.working) return
    this.working = true
    try {
      for (let next = this.events.shift(); next !== undefined; next = this.events.shift()) {
        const [model, effects] = reduce(this.model, next, this.environment.clock.now())
        this.changed ||= model.state !== this.model.state
        this.model = model
        for (const effect of effects) this.run(effect)
      }
    } finally {
      this.working = false
    }
    this.notify()
  }

  private run(effect: Effect): void {
    switch (effect.type) {
      case 'acquire':
        void this.acquire(effect.camera, effect.muted)
        return
      case 'release_media':
        this.media.release()
        return
      case 'open_link':
        this.link.open()
        return
      case 'close_link':
        this.link.close(false)
        return
      case 'send':
        this.link.send(effect.message)
        return
      case 'begin_pair':
        this.beginPair(effect)
        return
      case 'end_pair':
        this.endPair()
        return
      case 'push':
        this.current?.push(effect.body)
        return
      case 'pause_stream':
        this.current?.pause()
        return
      case 'resume_stream':
        this.current?.resume()
        return
      case 'settle_ways':
        this.current?.welcome(effect.matched)
        return
      case 'revive_peer':
        this.current?.revive()
        return
      case 'suspend':
        this.suspended = effect.on
        this.sendTracks()
        return
      case 'timer':
        this.timers.set(effect.timer, effect.ms)
        return
      case 'clear_timer':
        this.timers.clear(effect.timer)
        return
      case 'save_preferences':
        savePreferences(this.local, effect.preferences)
    }
  }

  private async acquire(camera: boolean, muted: boolean): Promise<void> {
    const outcome = await this.media.acquire(camera, muted)
    if (outcome !== null) this.dispatch({ type: 'acquired', ...outcome })
  }

  private beginPair({ matched, away }: Extract<Effect, { type: 'begin_pair' }>): void {
    this.endPair()
    this.current = new PairRun({
      matched,
      clock: this.environment.clock,
      createPeerConnection: this.environment.createPeerConnection,
      tracks: this.media.tracks(),
      screen: this.screen,
      send: (message) => this.link.send(message),
      online: () => this.environment.online() && this.model.state.link.state === 'open',
      dispatch: (event) => {
        this.dispatch(event)
      },
    })
    if (away) this.current.pause()
  }

  private endPair(): void {
    this.suspended = false
    this.current?.close()
    this.current = null
    this.screen.clear()
  }

  private sendTracks(): void {
    this.current?.setTracks(this.suspended ? noTracks : this.media.tracks())
  }

  private setStreams(streams: Streams): void {
    this.streams = streams
    this.changed = true
    if (!this.working) this.notify()
  }

  private notify(): void {
    if (!this.changed) return
    this.changed = false
    for (const listener of this.listeners) listener()
  }
}
