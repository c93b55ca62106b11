/** What stands between a browser and the nodes: a TCP front that can lose its connections, or move them. */
import { connect, createServer } from 'node:net'

export class Front {
  /**
   * Listens on a free port. pick names the port of the node for each new
   * connection; null, or a node that refuses, closes the connection.
   *
   * @param {() => number | null | Promise<number | null>} pick
   */
  static async start(pick) {
    const front = new Front(pick)
    await new Promise((resolve, reject) => {
      front.server.once('error', reject)
      front.server.listen(0, '127.0.0.1', resolve)
    })
    front.origin = `http://127.0.0.1:${front.server.address().port}`
    return front
  }

  constructor(pick) {
    this.pick = pick
    this.origin = ''
    this.sockets = new Set()
    this.closed = false
    this.server = createServer((socket) => void this.join(socket))
  }

  /** Resets every connection, and every new one, until mend. */
  cut() {
    this.closed = true
    for (const socket of this.sockets) socket.resetAndDestroy()
  }

  mend() {
    this.closed = false
  }

  async stop() {
    this.cut()
    await new Promise((resolve) => {
      this.server.close(resolve)
    })
  }

  async join(socket) {
    this.hold(socket)
    if (this.closed) {
      socket.resetAndDestroy()
      return
    }
    const port = await this.pick()
    if (port === null || this.closed || socket.destroyed) {
      socket.destroy()
      return
    }
    const node = connect(port, '127.0.0.1')
    this.hold(node)
    socket.pipe(node).pipe(socket)
    socket.once('close', () => node.destroy())
    node.once('close', () => socket.destroy())
  }

  hold(socket) {
    this.sockets.add(socket)
    socket.on('error', () => undefined) // 'close' follows, which is all that matters
    socket.once('close', () => this.sockets.delete(socket))
  }
}
