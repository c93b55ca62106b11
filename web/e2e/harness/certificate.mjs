/** Addresses of this machine that browsers use for media, and a certificate for one. */
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'

import { installed, run } from './process.mjs'

/** This machine's addresses but loopback. */
export function ownAddresses() {
  return Object.values(networkInterfaces())
    .flat()
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
}

/** One of them. Browsers leave loopback out when they look for ways. */
export function outsideAddress() {
  const [address] = ownAddresses()
  if (address === undefined) throw new Error('this machine has no address but loopback, and browsers do not look for ways there')
  return address
}

/** Makes a certificate for an address, signed by itself; returns its two files as settings of a node. */
export async function selfSigned(dir, address) {
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
  await run(installed(['openssl'], 'openssl'), [
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=omezle -addext'.split(' '),
    `subjectAltName=IP:${address}`,
    '-keyout',
    key,
    '-out',
    cert,
  ])
  return { TLS_CERT: cert, TLS_KEY: key }
}
