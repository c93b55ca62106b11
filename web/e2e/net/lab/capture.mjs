/** Every packet that passes an interface, by tcpdump. */
import { readFileSync } from 'node:fs'

import { installed } from '../../harness/process.mjs'
import { until } from '../../harness/until.mjs'

export class Capture {
  static async start(namespace, device, file) {
    // -Z root: it would change to an account of its own, which may not write here.
    const args = ['-i', device, '-s', '0', '-U', '--immediate-mode', '-Z', 'root', '-w', file]
    const program = namespace.program(installed(['tcpdump'], 'tcpdump'), args, { log: `${file}.log` })
    await until('tcpdump listens', () => /listening on/.exec(program.output), { accept: (match) => match || program.over !== undefined })
    return new Capture(program, file)
  }

  constructor(program, file) {
    this.program = program
    this.file = file
  }

  stop() {
    return this.program.stop('SIGINT')
  }

  /** All of it as bytes, once it is stopped. */
  bytes() {
    return readFileSync(this.file)
  }
}
