/** The worker: one message after the other. */
import { Eye } from './eye'
import type { FromWorker, ToWorker } from './messages'

const say = (message: FromWorker): void => {
  self.postMessage(message, { transfer: [] })
}

const eye = new Eye(say)
let last = Promise.resolve()

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  last = last.then(() => (data.type === 'start' ? eye.start(data.model, data.chosen) : eye.look(data.id, data.picture))).catch((err: unknown) => say({ type: 'failed', why: String(err) }))
})
