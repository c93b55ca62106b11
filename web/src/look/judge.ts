/**
 * The page's side of the workers. It begins with the processor, so that nobody
 * waits for shaders. After the first looks a second worker tries the graphics card
 * beside it; the faster of the two stays, and the tab remembers which that is.
 */
import type { Clock } from '../call/clock'
import { classes, type Scores } from './cover'
import { type Backend, backends, type FromWorker, type ToWorker } from './messages'

/** Under this name the tab keeps which backend is faster. */
const KEY = 'omezle.look'
/** Looks before the other backend is tried. */
const LOOKS_FIRST = 3
/** The trial may take no longer, shaders included. */
const TRIAL_MS = 30_000
/** The graphics card must need at most this part of the processor's time to be worth its memory. */
const CLEARLY = 0.8

/** The part of a Worker that is used. */
export interface WorkerLike {
  postMessage(message: ToWorker, transfer: Transferable[]): void
  terminate(): void
  addEventListener(type: 'message', listener: (event: MessageEvent<FromWorker>) => void): void
  addEventListener(type: 'error', listener: (event: ErrorEvent) => void): void
}

export interface JudgeOptions {
  readonly clock: Clock
  readonly openWorker: () => WorkerLike
  /** Address of the model. */
  readonly model: string
  readonly memory: Pick<Storage, 'getItem' | 'setItem'>
}

/** What one look gave. */
export interface Looked {
  readonly scores: Scores
  /** The model that judged, with its version where the file says it. */
  readonly model: string
  readonly backend: Backend
  readonly tookMs: number
  /** That the worker holds; the same after every look. */
  readonly tensors: number
  /** Milliseconds of one run, once both were measured; null: that one cannot be had. */
  readonly compared: Readonly<Record<Backend, number | null>> | null
}

interface Running {
  readonly backend: Backend
  readonly worker: WorkerLike
  model: string
}

interface Waiting {
  readonly id: number
  readonly done: (looked: Looked) => void
  readonly failed: (err: Error) => void
}

export class Judge {
  private readonly options: JudgeOptions
  private running: Running | null = null
  private trial: Running | null = null
  private cancelTrial: (() => void) | null = null
  /** Backends that failed on this page. */
  private readonly broken = new Set<Backend>()
  private compared: Looked['compared'] = null
  private waiting: Waiting | null = null
  private looks = 0
  private ids = 0

  constructor(options: JudgeOptions) {
    this.options = options
  }

  /** Takes the picture away from the caller. Rejects when there is no look to be had; asking again starts anew. */
  look(picture: ImageBitmap): Promise<Looked> {
    return new Promise((done, failed) => {
      this.waiting?.failed(new Error('look: another picture'))
      const id = ++this.ids
      this.waiting = { id, done, failed }
      try {
        this.running ??= this.open(this.chosen() ?? backends.find((backend) => !this.broken.has(backend)) ?? 'wasm')
        this.running.worker.postMessage({ type: 'look', id, picture }, [picture])
      } catch (err) {
        this.fail(String(err))
      }
    })
  }

  close(): void {
    this.endTrial()
    this.fail('closed')
  }

  private open(backend: Backend): Running {
    const worker = this.options.openWorker()
    const running: Running = { backend, worker, model: '' }
    worker.addEventListener('message', ({ data }) => {
      this.take(running, data)
    })
    worker.addEventListener('error', ({ message }) => {
      this.take(running, { type: 'failed', why: message })
    })
    worker.postMessage({ type: 'start', model: this.options.model, backend }, [])
    return running
  }

  private take(from: Running, message: FromWorker): void {
    if (from !== this.running && from !== this.trial) return
    switch (message.type) {
      case 'ready':
        from.model = message.model
        this.broken.delete(from.backend)
        return
      case 'looked':
        this.looked(from, message)
        return
      case 'timed':
        this.timed(from, message.ms)
        return
      case 'failed':
        this.broken.add(from.backend)
        if (from === this.trial) this.endTrial()
        else this.fail(message.why)
    }
  }

  private looked({ backend, model }: Running, message: Extract<FromWorker, { type: 'looked' }>): void {
    if (this.waiting?.id !== message.id) return
    const { done } = this.waiting
    this.waiting = null
    this.looks++
    const { tookMs, tensors } = message
    const scores = Object.fromEntries(classes.map((name, i) => [name, message.scores[i] ?? 0])) as Record<(typeof classes)[number], number>
    done({ scores, model, backend, tookMs, tensors, compared: this.compared })
    if (this.looks === LOOKS_FIRST && backend === 'wasm' && this.chosen() === null) this.try()
  }

  /** Measures the processor, and then the graphics card. */
  private try(): void {
    this.compared = { wasm: null, webgl: null }
    this.running?.worker.postMessage({ type: 'time' }, [])
  }

  private timed(from: Running, ms: number): void {
    if (this.compared === null) return
    this.compared = { ...this.compared, [from.backend]: ms }
    if (from === this.running) {
      this.cancelTrial = this.options.clock.after(TRIAL_MS, () => {
        this.endTrial()
      })
      this.trial = this.open('webgl')
      this.trial.worker.postMessage({ type: 'time' }, [])
      return
    }
    const { wasm } = this.compared
    if (wasm !== null && ms < wasm * CLEARLY && this.waiting === null) {
      this.running?.worker.terminate()
      this.running = from
      this.trial = null
    }
    this.endTrial()
  }

  /** The trial is over: what runs now is what stays. */
  private endTrial(): void {
    this.cancelTrial?.()
    if (this.cancelTrial !== null) this.choose(this.running?.backend ?? null)
    this.cancelTrial = null
    this.trial?.worker.terminate()
    this.trial = null
  }

  private fail(why: string): void {
    this.running?.worker.terminate()
    this.running = null
    const { waiting } = this
    this.waiting = null
    waiting?.failed(new Error(`look: ${why}`))
    // Both failed: perhaps for a reason that passes, such as the network.
    if (backends.every((backend) => this.broken.has(backend))) this.broken.clear()
  }

  private chosen(): Backend | null {
    try {
      const kept = this.options.memory.getItem(KEY)
      return backends.find((backend) => backend === kept && !this.broken.has(backend)) ?? null
    } catch {
      return null
    }
  }

  private choose(backend: Backend | null): void {
    if (backend === null) return
    try {
      this.options.memory.setItem(KEY, backend)
    } catch {
      // Then every page measures for itself.
    }
  }
}
