/** A real Redis and a real PostgreSQL, started once when first asked for. */
import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { installed, Program, run } from './process.mjs'
import { until } from './until.mjs'

export class Stores {
  /** Starts both, with their files in a short-named folder (a socket's path has at most 107 bytes). */
  static async start() {
    const dir = mkdtempSync(join(tmpdir(), 'omezle-e2e-'))
    const stores = new Stores(dir)
    try {
      await stores.startRedis()
      await stores.startPostgres()
    } catch (err) {
      await stores.stop()
      throw err
    }
    return stores
  }

  constructor(dir) {
    this.dir = dir
    this.programs = []
    this.databases = 0
    process.once('exit', () => rmSync(this.dir, { recursive: true, force: true }))
  }

  async startRedis() {
    const port = await freePort()
    const server = new Program(installed(['redis-server'], 'redis-server'), ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', this.dir], {
      log: join(this.dir, 'redis.log'),
    })
    this.programs.push({ program: server, signal: 'SIGTERM' })
    await until('Redis accepts connections', () => server.output.includes('Ready to accept connections'), { within: 20_000 })
    this.redis = `redis://127.0.0.1:${port}`
  }

  async startPostgres() {
    const bin = postgresFolder()
    const as = unprivileged()
    const dir = join(this.dir, 'pg')
    mkdirSync(dir)
    if (as !== null) {
      chownSync(this.dir, as.uid, as.gid)
      chownSync(dir, as.uid, as.gid)
    }
    const options = { cwd: dir, env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' }, ...as }
    await run(join(bin, 'initdb'), ['-D', join(dir, 'data'), '-U', 'postgres', '--auth=trust', '--no-sync', '-E', 'UTF8'], options)
    const port = await freePort()
    // Nothing here is worth keeping, so nothing waits for the disk.
    const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'listen_addresses=127.0.0.1'].flatMap((setting) => ['-c', setting])
    const server = new Program(join(bin, 'postgres'), ['-D', join(dir, 'data'), '-p', `${port}`, '-k', dir, ...settings], { log: join(this.dir, 'postgres.log'), ...options })
    this.programs.push({ program: server, signal: 'SIGINT' }) // fast shutdown
    this.psql = installed(['psql', join(bin, 'psql')], 'postgresql')
    this.postgres = `postgres://postgres@127.0.0.1:${port}`
    await until('PostgreSQL accepts connections', () => this.query('postgres', 'select 1'), { within: 30_000 })
  }

  /** An empty database, by name and URL, and the URL of an empty Redis database. */
  async fresh() {
    this.databases++ // Redis has 16
    const name = `omezle_${this.databases}`
    await this.query('postgres', `create database ${name}`)
    return { name, url: `${this.postgres}/${name}?sslmode=disable`, redis: `${this.redis}/${this.databases}` }
  }

  /** The rows that a statement gives, each a list of texts. */
  async query(database, statement) {
    const output = await run(this.psql, ['-X', '-A', '-t', '-F', '\u001f', '-c', statement, `${this.postgres}/${database}?sslmode=disable`])
    return output.split('\n').filter((row) => row !== '').map((row) => row.split('\u001f'))
  }

  async stop() {
    for (const { program, signal } of this.programs.toReversed()) await program.stop(signal)
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/** A port that is free now. */
export async function freePort() {
  const server = createServer()
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address()
  await new Promise((resolve) => {
    server.close(resolve)
  })
  return port
}

function postgresFolder() {
  const root = '/usr/lib/postgresql'
  let versions = []
  try {
    versions = readdirSync(root).toSorted((a, b) => Number(b) - Number(a))
  } catch {
    // Not Debian's layout, or not installed: PATH decides.
  }
  const initdb = installed([...versions.map((version) => join(root, version, 'bin', 'initdb')), 'initdb'], 'postgresql')
  return join(initdb, '..')
}

/** PostgreSQL refuses to run as root: its own account then. */
function unprivileged() {
  if (process.getuid() !== 0) return null
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
