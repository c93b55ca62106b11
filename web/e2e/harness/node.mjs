/** Omezle itself: one node on free ports, with its files in a folder of its own. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { Program } from './process.mjs'
import { until } from './until.mjs'

/** A running node. */
export class OmezleNode {
  /**
   * Starts a node and returns when it serves.
   *
   * @param {string} binary
   * @param {string} dir for its data and its log
   * @param {Record<string, string>} [settings] OMEZLE_* without the prefix
   * @param {(file: string, ...args: string[]) => string[]} [command] the command line that runs it elsewhere
   */
  static async start(binary, dir, settings = {}, command = (...line) => line) {
    mkdirSync(dir, { recursive: true })
    const env = { PATH: process.env['PATH'] ?? '', OMEZLE_LISTEN: '127.0.0.1:0', OMEZLE_PRIVATE_LISTEN: '127.0.0.1:0', OMEZLE_DATA_DIR: join(dir, 'data') }
    for (const [key, value] of Object.entries(settings)) env[`OMEZLE_${key}`] = value
    const log = join(dir, 'node.log')
    const [file, ...args] = command(binary, 'serve')
    const node = new OmezleNode(new Program(file, args, { log, env, cwd: dir }), log)
    await until(`a node says where it is, or why it cannot start (see ${log})`, () => /Omezle is at (\S+)/.exec(node.program.output), {
      accept: (match) => match || node.program.over !== undefined,
      within: 30_000,
    })
    const [, url] = /Omezle is at (\S+)/.exec(node.program.output) ?? []
    const [, health] = /Health and metrics are at (\S+)/.exec(node.program.output) ?? []
    if (url === undefined || health === undefined) throw new Error(`the node did not start: ${node.program.output.slice(-2000)}`)
    node.origin = new URL(url).origin
    node.private = new URL(health).origin
    return node
  }

  constructor(program, log) {
    this.program = program
    this.log = log
    /** Where browsers find it. */
    this.origin = ''
    /** Where machines ask for its health. */
    this.private = ''
  }

  get port() {
    return Number(new URL(this.origin).port)
  }

  /** Whether a balancer should send it visitors. */
  async ready() {
    if (this.program.over !== undefined) return false
    try {
      return (await fetch(`${this.private}/readyz`, { signal: AbortSignal.timeout(1_000) })).ok
    } catch {
      return false
    }
  }

  /** What the public counts say: {active, waiting} or the like. */
  async stats() {
    return (await fetch(`${this.origin}/stats`, { signal: AbortSignal.timeout(2_000) })).json()
  }

  /** The value of a metric, named with its labels as in the text format; 0 for one that was never counted. */
  async metric(name) {
    const text = await (await fetch(`${this.private}/metrics`, { signal: AbortSignal.timeout(2_000) })).text()
    const line = text.split('\n').find((one) => one.startsWith(`${name} `))
    return line === undefined ? 0 : Number(line.slice(name.length + 1))
  }

  stop(signal = 'SIGTERM') {
    return this.program.stop(signal, 40_000)
  }
}
