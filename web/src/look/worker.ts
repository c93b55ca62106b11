/** The worker: one message after the other; after a failure none. */
import { Eye } from './eye'
import type { FromWorker, ToWorker } from './messages'

const say = (message: FromWorker): void => {
  self.postMessage(message, { transfer: [] })
}

const eye = new Eye(say)
let last = Promise.resolve()

function act(message: ToWorker): Promise<void> {
  switch (message.type) {
    case 'start':
      return eye.start(message.model, message.backend)
    case 'look':
      return eye.look(message.id, message.picture)
    case 'time':
      return eye.time()
  }
}

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  last = last.then(() => act(data))
  last.catch((err: unknown) => say({ type: 'failed', why: String(err) }))
})
