/**
 * A way from here to a port on a namespace's loopback: a socket of the file system, which every namespace shares, and
 * a program inside that joins it to the port. This file is that program too: `node door.mjs SOCKET PORT`.
 */
import { connect, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

import { until } from '../../harness/until.mjs'

const file = fileURLToPath(import.meta.url)

export class Door {
  /** Opens the same port here as there. */
  static async open(namespace, port, { socket, log }) {
    const program = namespace.program(process.execPath, [file, socket, `${port}`], { log })
    const door = new Door(program)
    await until(`the door to port ${port} in ${namespace.name} is open`, () => program.output.includes('open'), { accept: (open) => open || program.over !== undefined })
    door.server = await listen(port, () => connect(socket))
    return door
  }

  constructor(program) {
    this.program = program
    this.server = null
  }

  async close() {
    this.server?.close()
    await this.program.stop('SIGKILL')
  }
}

function listen(where, onward) {
  const server = createServer((socket) => {
    const other = onward()
    socket.pipe(other).pipe(socket)
    for (const [one, two] of [[socket, other], [other, socket]]) {
      one.on('error', () => undefined) // 'close' follows, which is all that matters
      one.once('close', () => two.destroy())
    }
  })
  server.unref()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const ready = () => resolve(server)
    if (typeof where === 'number') server.listen(where, '127.0.0.1', ready)
    else server.listen(where, ready)
  })
}

if (process.argv[1] === file) {
  const [socket, port] = process.argv.slice(2)
  const server = await listen(socket, () => connect(Number(port), '127.0.0.1'))
  server.ref()
  console.log('open')
}
