/** A home router: translates addresses, lets through what its rules say, and can be a bad line. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { run } from '../../harness/process.mjs'
import { Namespace } from './namespace.mjs'

/**
 * @typedef {object} Rules
 * @property {'cone' | 'symmetric'} [nat] cone keeps a port for all partners, symmetric takes a new one for each
 * @property {boolean} [only443] nothing leaves but TCP to port 443
 * @property {boolean} [noUDP] no datagram passes any more, either way
 * @property {number} [loss] of packets each way, in percent
 * @property {number} [downlink] kbit/s towards the home
 */

export class Router {
  /**
   * Stands between a home and the internet.
   *
   * @param {{ role: string, dir: string, inside: string, outside: string }} settings inside and outside: its addresses
   */
  static async create({ role, dir, inside, outside }) {
    const namespace = await Namespace.create(role)
    const router = new Router(namespace, join(dir, `${role}.nft`), { inside, outside })
    await namespace.sysctl('net.ipv4.ip_forward', 1)
    return router
  }

  constructor(namespace, file, { inside, outside }) {
    this.namespace = namespace
    this.file = file
    this.inside = inside
    this.outside = outside
    this.rules = {}
  }

  /** Sets all rules anew: what is not named is open and faultless. Connections that exist stay known. */
  async set(rules = {}) {
    writeFileSync(this.file, table(rules))
    await this.namespace.exec('nft', '-f', this.file)
    if (this.rules.downlink !== rules.downlink) await this.limit(rules.downlink)
    this.rules = rules
  }

  /** Changes some of the rules. */
  change(rules) {
    return this.set({ ...this.rules, ...rules })
  }

  /** What its rules counted, for a person to read. */
  async counters() {
    const [file, ...args] = this.namespace.command('nft', 'list', 'ruleset')
    return (await run(file, args)).split('\n').filter((line) => line.includes('counter')).map((line) => line.trim())
  }

  async limit(kbps) {
    const tc = (...args) => run('tc', ['-n', this.namespace.name, 'qdisc', ...args])
    if (this.rules.downlink !== undefined) await tc('del', 'dev', 'lan', 'root')
    if (kbps !== undefined) await tc('add', 'dev', 'lan', 'root', 'tbf', 'rate', `${kbps}kbit`, 'burst', '4kb', 'latency', '200ms')
  }
}

/** @param {Rules} rules */
function table({ nat = 'cone', only443 = false, noUDP = false, loss = 0 }) {
  return `
table ip router
delete table ip router
table ip router {
  chain input {
    type filter hook input priority 0; policy accept;
    # Without this a port that a home uses would be given to the router itself, and the home would get another.
    iifname "wan" ct state new counter drop comment "to the router itself"
  }
  chain forward {
    type filter hook forward priority 0; policy drop;
    ${loss > 0 ? `numgen random mod 1000 < ${loss * 10} counter drop comment "lost"` : ''}
    ${noUDP ? 'meta l4proto udp counter drop comment "UDP is cut"' : ''}
    ct state established,related counter accept comment "known"
    iifname "lan" ${only443 ? 'tcp dport 443' : ''} counter accept comment "leaves"
    counter drop comment "refused"
  }
  chain postrouting {
    type nat hook postrouting priority 100;
    oifname "wan" counter masquerade ${nat === 'symmetric' ? 'fully-random' : ''} comment "${nat}"
  }
}
`
}
