/** The binary under test. */
import { join, resolve } from 'node:path'

import { run } from './process.mjs'

const web = resolve(import.meta.dirname, '..', '..')

/** OMEZLE_BINARY, or client and server built from this tree into dir. */
export async function build(dir) {
  const given = process.env['OMEZLE_BINARY']
  if (given !== undefined && given !== '') return resolve(given)
  const binary = join(dir, 'omezle')
  await run('npm', ['run', 'build'], { cwd: web })
  await run('go', ['build', '-o', binary, './cmd/omezle'], { cwd: join(web, '..') })
  return binary
}
