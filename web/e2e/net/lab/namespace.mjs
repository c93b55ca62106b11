/**
 * A network namespace of our own, with what runs in it. Its name tells the
 * process that made it, so that the next run finds what a crash left behind;
 * nothing else on the machine is touched.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Program, run } from '../../harness/process.mjs'

const PREFIX = 'omezle-net-'
/** `ip netns exec` shows these files in place of those of /etc. */
const FILES = '/etc/netns'

const existing = new Set()
process.on('exit', () => {
  for (const namespace of existing) demolish(namespace)
})

export class Namespace {
  /** @param {string} role what it is for: part of its name */
  static async create(role) {
    const namespace = new Namespace(`${PREFIX}${process.pid}-${role}`)
    existing.add(namespace.name)
    await run('ip', ['netns', 'add', namespace.name])
    await namespace.ip('link', 'set', 'lo', 'up')
    await namespace.sysctl('net.ipv6.conf.all.disable_ipv6', 1)
    await namespace.sysctl('net.ipv6.conf.default.disable_ipv6', 1)
    return namespace
  }

  constructor(name) {
    this.name = name
  }

  /** The command line that runs in here; it becomes the program, so signals reach that. */
  command(file, ...args) {
    return ['ip', 'netns', 'exec', this.name, file, ...args]
  }

  /** Starts a program in here. */
  program(file, args, options) {
    const [first, ...rest] = this.command(file, ...args)
    return new Program(first, rest, options)
  }

  /** Runs a program in here to its end and returns its output. */
  exec(file, ...args) {
    const [first, ...rest] = this.command(file, ...args)
    return run(first, rest)
  }

  ip(...args) {
    return run('ip', ['-n', this.name, ...args])
  }

  sysctl(name, value) {
    return this.exec('sh', '-c', `echo ${value} > /proc/sys/${name.replaceAll('.', '/')}`)
  }

  /** What names mean in here: an address for each. Chromium's WebRTC looks for the name with a dot at its end. */
  hosts(names) {
    const dir = join(FILES, this.name)
    mkdirSync(dir, { recursive: true })
    writeFileSync(join(dir, 'hosts'), ['127.0.0.1 localhost', ...Object.entries(names).map(([name, address]) => `${address} ${name} ${name}.`), ''].join('\n'))
    writeFileSync(join(dir, 'resolv.conf'), '') // there is nobody to ask
  }

  remove() {
    demolish(this.name)
    existing.delete(this.name)
  }
}

/** Removes the namespaces of runs that are over but did not come to it. */
export function sweep() {
  for (const name of namespaces()) {
    const [, pid] = /^omezle-net-(\d+)-/.exec(name) ?? []
    if (pid !== undefined && !alive(Number(pid))) demolish(name)
  }
}

/** A namespace lives on while anything runs in it: that is ended first. */
function demolish(name) {
  if (namespaces().includes(name)) {
    for (const pid of execFileSync('ip', ['netns', 'pids', name], { encoding: 'utf8' }).split('\n').filter(Boolean)) kill(Number(pid))
    execFileSync('ip', ['netns', 'delete', name])
  }
  rmSync(join(FILES, name), { recursive: true, force: true })
}

function namespaces() {
  try {
    return readdirSync('/run/netns').filter((name) => name.startsWith(PREFIX))
  } catch {
    return [] // this machine never had one
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (err) {
    return err.code === 'EPERM'
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended in between.
  }
}
