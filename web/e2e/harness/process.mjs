/** Programs that the harness starts, and ends by their own handle. */
import { spawn } from 'node:child_process'
import { accessSync, constants, createWriteStream } from 'node:fs'
import { delimiter, join } from 'node:path'

/** How long a program may take to end after SIGTERM. */
const STOP_WITHIN = 15_000

/** Every program that still runs, for an exit that nobody foresaw. */
const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * A child process whose output goes to a file and, line by line, to listeners.
 */
export class Program {
  /**
   * @param {string} file
   * @param {string[]} args
   * @param {{ log: string, env?: NodeJS.ProcessEnv, uid?: number, gid?: number, cwd?: string }} options
   */
  constructor(file, args, { log, ...options }) {
    this.name = file
    this.output = ''
    const sink = createWriteStream(log, { flags: 'a' })
    this.child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
    running.add(this.child)
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (text) => {
        this.output += text
        sink.write(text)
      })
    }
    /** Ends with the program: its exit code, or the signal's name. */
    this.ended = new Promise((resolve) => {
      this.child.once('error', (err) => resolve(err.message))
      this.child.once('close', (code, signal) => resolve(code ?? signal))
    }).then((how) => {
      running.delete(this.child)
      sink.end()
      this.over = how
      return how
    })
  }

  /** Asks the program to end, insists after a while, and returns how it ended. */
  async stop(signal = 'SIGTERM', within = STOP_WITHIN) {
    this.child.kill(signal)
    const insist = setTimeout(() => this.child.kill('SIGKILL'), within)
    const how = await this.ended
    clearTimeout(insist)
    return how
  }
}

/**
 * Runs a program to its end and returns its output; fails with that output if it failed.
 */
export async function run(file, args, options = {}) {
  const { log = '/dev/null', ...rest } = options
  const program = new Program(file, args, { log, ...rest })
  const how = await program.ended
  if (how !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${how}:\n${program.output}`)
  return program.output
}

/**
 * The first of the programs that is installed, or an error with the line that installs it.
 *
 * @param {string[]} candidates absolute paths, or names to look up in PATH
 * @param {string} debianPackage
 */
export function installed(candidates, debianPackage) {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  for (const candidate of candidates) {
    const paths = candidate.includes('/') ? [candidate] : folders.map((folder) => join(folder, candidate))
    const found = paths.find(executable)
    if (found !== undefined) return found
  }
  throw new Error(`${candidates[0]} is missing; install it: apt-get install -y --no-install-recommends ${debianPackage}`)
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
