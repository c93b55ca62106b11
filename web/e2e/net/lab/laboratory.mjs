/**
 * A small internet on this machine:
 *
 *     red ---- red's router ----\
 *                                internet (a bridge), where the nodes are
 *     blue ---- blue's router --/
 *
 * Each is a namespace. The nodes' addresses are public ones of the range for
 * documentation: libwebrtc ignores candidates on a private address with port 443.
 */
import { Namespace, sweep } from './namespace.mjs'
import { Router } from './router.mjs'

/** The first node's name and address; further nodes have the next addresses. */
export const host = 'omezle.test'
export const addresses = ['203.0.113.1', '203.0.113.2', '203.0.113.3']
/** Everybody's public addresses. */
export const internet = '203.0.113.0/24'

/** Who lives where: numbers that occur nowhere else. */
const homes = {
  red: { home: '192.168.171.77', router: '192.168.171.1', outside: '203.0.113.171' },
  blue: { home: '192.168.182.88', router: '192.168.182.1', outside: '203.0.113.182' },
}

export class Laboratory {
  /** Builds all of it; the rules' files are kept in dir. */
  static async build(dir) {
    sweep()
    const laboratory = new Laboratory()
    try {
      await laboratory.construct(dir)
    } catch (err) {
      laboratory.demolish()
      throw err
    }
    return laboratory
  }

  constructor() {
    /** @type {Namespace | null} */
    this.server = null
    /** @type {Record<string, Namespace>} where a person's browser runs */
    this.homes = {}
    /** @type {Record<string, Router>} the way of each person out of there */
    this.routers = {}
  }

  async construct(dir) {
    this.server = await Namespace.create('server')
    this.server.hosts({ [host]: addresses[0] })
    await this.server.ip('link', 'add', 'internet', 'type', 'bridge')
    for (const address of addresses) await this.server.ip('address', 'add', `${address}/24`, 'dev', 'internet')
    await this.server.ip('link', 'set', 'internet', 'up')
    for (const [person, { home, router: inside, outside }] of Object.entries(homes)) {
      const router = await Router.create({ role: `${person}-router`, dir, inside, outside })
      this.routers[person] = router
      await this.server.ip('link', 'add', person, 'type', 'veth', 'peer', 'name', 'wan', 'netns', router.namespace.name)
      await this.server.ip('link', 'set', person, 'master', 'internet', 'up')
      await router.namespace.ip('address', 'add', `${outside}/24`, 'dev', 'wan')
      await router.namespace.ip('link', 'set', 'wan', 'up')

      const namespace = await Namespace.create(person)
      this.homes[person] = namespace
      await namespace.ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'lan', 'netns', router.namespace.name)
      await router.namespace.ip('address', 'add', `${inside}/24`, 'dev', 'lan')
      await router.namespace.ip('link', 'set', 'lan', 'up')
      await namespace.ip('address', 'add', `${home}/24`, 'dev', 'eth0')
      await namespace.ip('link', 'set', 'eth0', 'up')
      await namespace.ip('route', 'add', 'default', 'via', inside)
      namespace.hosts({ [host]: addresses[0] })
      await router.set()
    }
  }

  /** Every address that leads to a person. */
  addressesOf(person) {
    const { home, outside } = homes[person]
    return [home, outside]
  }

  /** Gives all routers the same rules, or each person's by name. */
  async set(rules = {}) {
    for (const [person, router] of Object.entries(this.routers)) await router.set(rules[person] ?? {})
  }

  /** What all routers counted. */
  async counters() {
    const all = []
    for (const [person, router] of Object.entries(this.routers)) for (const line of await router.counters()) all.push(`${person}'s router: ${line}`)
    return all
  }

  demolish() {
    for (const namespace of [...Object.values(this.homes), ...Object.values(this.routers).map((router) => router.namespace), this.server]) namespace?.remove()
  }
}
