/** The page's side of the worker. */
import { classes, type Scores } from './cover'
import { type Backend, backends, type FromWorker, type ToWorker } from './messages'

/** Under this name the tab keeps which backend is faster. */
const KEY = 'omezle.look'

/** The part of a Worker that is used. */
export interface WorkerLike {
  postMessage(message: ToWorker, transfer: Transferable[]): void
  terminate(): void
  addEventListener(type: 'message', listener: (event: MessageEvent<FromWorker>) => void): void
  addEventListener(type: 'error', listener: (event: ErrorEvent) => void): void
}

export interface JudgeOptions {
  readonly openWorker: () => WorkerLike
  /** Address of the model on our own origin. */
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
}

/** Scores pictures, one at a time. Starts its worker with the first one, and again after it failed. */
export class Judge {
  private readonly options: JudgeOptions
  private worker: WorkerLike | null = null
  private model = ''
  private waiting: { readonly id: number; readonly done: (looked: Looked) => void; readonly failed: (err: Error) => void } | null = null
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
        this.worker ??= this.open()
        this.worker.postMessage({ type: 'look', id, picture }, [picture])
      } catch (err) {
        this.fail(String(err))
      }
    })
  }

  close(): void {
    this.fail('closed')
  }

  private open(): WorkerLike {
    const worker = this.options.openWorker()
    worker.addEventListener('message', ({ data }) => {
      if (this.worker === worker) this.take(data)
    })
    worker.addEventListener('error', ({ message }) => {
      if (this.worker === worker) this.fail(message)
    })
    worker.postMessage({ type: 'start', model: new URL(this.options.model, location.href).href, chosen: this.chosen() }, [])
    return worker
  }

  private take(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.model = message.model
        return
      case 'measured':
        this.choose(message.backend)
        return
      case 'failed':
        this.fail(message.why)
        return
      case 'looked': {
        if (this.waiting?.id !== message.id) return
        const { done } = this.waiting
        this.waiting = null
        const { backend, tookMs, tensors } = message
        const scores = Object.fromEntries(classes.map((name, i) => [name, message.scores[i] ?? 0])) as Record<(typeof classes)[number], number>
        done({ scores, model: this.model, backend, tookMs, tensors })
      }
    }
  }

  private fail(why: string): void {
    this.worker?.terminate()
    this.worker = null
    const { waiting } = this
    this.waiting = null
    // The graphics card may be what failed: the next worker finds out anew.
    this.choose(null)
    waiting?.failed(new Error(`look: ${why}`))
  }

  private chosen(): Backend | null {
    try {
      const kept = this.options.memory.getItem(KEY)
      return backends.find((backend) => backend === kept) ?? null
    } catch {
      return null
    }
  }

  private choose(backend: Backend | null): void {
    try {
      this.options.memory.setItem(KEY, backend ?? '')
    } catch {
      // Then every page measures for itself.
    }
  }
}
