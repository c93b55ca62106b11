/** A real Redis among the nodes; each scenario has a database of its own there. */
import { join } from 'node:path'

import { installed } from '../../harness/process.mjs'
import { until } from '../../harness/until.mjs'

const PORT = 6379

export class Redis {
  static async start(namespace, dir) {
    const args = ['--port', `${PORT}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir]
    const program = namespace.program(installed(['redis-server'], 'redis-server'), args, { log: join(dir, 'redis.log') })
    await until('Redis accepts connections', () => program.output.includes('Ready to accept connections'), { within: 20_000 })
    return new Redis(program)
  }

  constructor(program) {
    this.program = program
    this.databases = 0
  }

  /** The URL of an empty database; Redis has 16. */
  fresh() {
    this.databases++
    return `redis://127.0.0.1:${PORT}/${this.databases}`
  }

  stop() {
    return this.program.stop()
  }
}
