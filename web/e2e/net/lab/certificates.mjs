/** A certificate authority for one run, the nodes' certificate, and the databases in which browsers find the authority. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { run } from '../../harness/process.mjs'

export class Certificates {
  /** Makes an authority and a certificate for the name. */
  static async make(dir, name) {
    mkdirSync(dir, { recursive: true })
    const certificates = new Certificates(dir)
    const request = (...args) => run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', ...args])
    const { authority } = certificates
    const authorityKey = join(dir, 'authority.key')
    await request('-subj', '/CN=Omezle network laboratory', '-keyout', authorityKey, '-out', authority)
    // No authority itself: Firefox refuses such a server.
    const extensions = [`subjectAltName=DNS:${name}`, 'basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=serverAuth']
    await request('-subj', `/CN=${name}`, '-CA', authority, '-CAkey', authorityKey, '-keyout', certificates.key, '-out', certificates.certificate, ...extensions.flatMap((extension) => ['-addext', extension]))
    return certificates
  }

  constructor(dir) {
    this.authority = join(dir, 'authority.pem')
    this.certificate = join(dir, 'node.pem')
    this.key = join(dir, 'node.key')
  }

  /** Lets whoever reads the NSS database in dir believe the authority. */
  async trustIn(dir) {
    mkdirSync(dir, { recursive: true })
    const empty = join(dir, 'password')
    writeFileSync(empty, '\n')
    await run('certutil', ['-d', `sql:${dir}`, '-N', '-f', empty])
    await run('certutil', ['-d', `sql:${dir}`, '-A', '-f', empty, '-t', 'C,,', '-n', 'laboratory', '-i', this.authority])
  }
}
