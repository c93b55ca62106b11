/** What the laboratory's scenarios have: the harness's workshop and world, with everything where it belongs on the small internet. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { people, writeCamera, writeMicrophone } from '../../harness/devices.mjs'
import { FirefoxPage } from '../../harness/firefox.mjs'
import { OmezleNode } from '../../harness/node.mjs'
import { operatorToken } from '../../harness/operator.mjs'
import { run } from '../../harness/process.mjs'
import { Workshop, World } from '../../harness/world.mjs'
import { chromiumAt, firefoxAt } from './browsers.mjs'
import { Capture } from './capture.mjs'
import { Certificates } from './certificates.mjs'
import { addresses, host, internet, Laboratory } from './laboratory.mjs'
import { watchFrames } from './frames.mjs'
import { Redis } from './redis.mjs'
import { readPairs } from './ways.mjs'

/** How much of a node's log is shown at once; all of it is kept. */
const LOG_TAIL = 15

/** As many frames as cameras give; the grain of a busy one wants more than a megabit a second. */
const cameras = {
  smooth: { width: 320, height: 240, fps: 30, grain: 0 },
  busy: { width: 640, height: 480, fps: 15, grain: 12 },
}

/** What all scenarios share: the internet and a browser in each home. */
export class NetWorkshop extends Workshop {
  constructor() {
    super()
    this.laboratory = null
    this.certificates = null
    this.ownRedis = null
  }

  async prepare() {
    await super.prepare()
    this.laboratory = await Laboratory.build(this.dir)
    this.certificates = await Certificates.make(join(this.dir, 'tls'), host)
  }

  /** @param {string} browser a person's name, and which of their cameras after a dash */
  launch(browser) {
    const [person] = browser.split('-')
    return chromiumAt(this.laboratory.homes[person], this.files(browser), this.certificates, join(this.dir, `chromium-${browser}`))
  }

  files(browser) {
    const [person, camera = 'smooth'] = browser.split('-')
    const files = { camera: join(this.dir, `${browser}.y4m`), microphone: join(this.dir, `${person}.wav`) }
    if (!existsSync(files.camera)) writeCamera(files.camera, people[person], cameras[camera])
    if (!existsSync(files.microphone)) writeMicrophone(files.microphone, people[person])
    return files
  }

  /** A real Redis that all nodes reach. */
  redis() {
    this.ownRedis ??= Redis.start(this.laboratory.server, this.dir)
    return this.ownRedis
  }

  async close() {
    await super.close()
    if (this.ownRedis !== null) await (await this.ownRedis.catch(() => null))?.stop()
    this.laboratory?.demolish()
  }
}

/** What one scenario has. */
export class NetWorld extends World {
  firefoxBrowser = null

  get laboratory() {
    return this.workshop.laboratory
  }

  /**
   * Starts a node on the internet, each at an address of its own: pages, websockets and all kinds of TURN at 443, and TURN over UDP.
   *
   * @param {Record<string, string>} [settings] OMEZLE_* without the prefix
   */
  async node(settings = {}) {
    const address = addresses[this.nodes.length]
    const { certificates, laboratory, binary } = this.workshop
    const node = await OmezleNode.start(
      binary,
      join(this.dir, `node-${this.nodes.length + 1}`),
      {
        LISTEN: `${address}:443`,
        ROLES: 'signaling,turn',
        TLS_CERT: certificates.certificate,
        TLS_KEY: certificates.key,
        TURN_PUBLIC_IP: address,
        TURN_HOST: host,
        TURN_LISTEN_UDP: `${address}:3478`,
        // The laboratory's internet is a range that the real one does not route.
        TURN_ALLOW_PEERS: internet,
        OPERATOR_TOKEN: operatorToken,
        // Lines are measured here, on a processor that the browsers' own check would take a part of.
        CLIENT_CHECK_ON: 'false',
        ...settings,
      },
      (...line) => laboratory.server.command(...line),
    )
    node.origin = `https://${host}`
    this.nodes.push(node)
    return node
  }

  /** Puts a ready policy into force, as the operator would who is at the first node. */
  async policy(ready) {
    const { certificates, laboratory, binary } = this.workshop
    const [file, ...args] = laboratory.server.command(binary, 'policy', 'set', '--ready', ready, '--note', 'the test says so')
    await run(file, args, { env: { ...process.env, OMEZLE_URL: `https://${host}`, OMEZLE_OPERATOR_TOKEN: operatorToken, SSL_CERT_FILE: certificates.authority } })
  }

  /** Settings of nodes that find one another. */
  async together() {
    const redis = await this.workshop.redis()
    return { REDIS_URL: redis.fresh(), SECRET: 'only for this laboratory, and only today' }
  }

  /** Somebody in their home with Chromium, on the start page; camera: one of theirs. */
  async person(name, node, { camera = 'smooth', ...settings } = {}) {
    return this.watch(await this.visitor(camera === 'smooth' ? name : `${name}-${camera}`, node.origin, { as: name, ...settings }))
  }

  /** The same with Firefox, of which a scenario has one; name says whose home it is. */
  async fox(name, node) {
    this.firefoxBrowser ??= await this.launchFirefox(name)
    const context = await this.firefoxBrowser.createBrowserContext()
    return this.watch(this.introduce(await FirefoxPage.open(context, { name: `${name} (Firefox)`, origin: node.origin })))
  }

  async launchFirefox(name) {
    const { laboratory, certificates } = this.workshop
    const { browser, close } = await firefoxAt(laboratory.homes[name], certificates, join(this.dir, 'firefox'))
    this.closers.push(close)
    return browser
  }

  async watch(visitor) {
    await visitor.open()
    await visitor.page.evaluate(watchFrames)
    return visitor
  }

  /** Writes down what passes in a person's home from now on. */
  async capture(person) {
    const capture = await Capture.start(this.laboratory.homes[person], 'eth0', join(this.dir, `${person}.pcap`))
    this.closers.push(() => capture.stop())
    return capture
  }

  /** A figure or a sentence that is printed with the result. */
  note(line) {
    this.figures.push(line)
  }

  /** Keeps the pages' ways and the routers' counters as well, and shows them. */
  async keep(results) {
    const kept = await super.keep(results)
    const lines = await this.laboratory.counters()
    for (const { page, name } of this.visitors) {
      const pairs = await page.evaluate(readPairs).catch(() => ['gone'])
      lines.push(...pairs.map((pair) => `${name}: ${pair}`))
    }
    for (const [index, { program }] of this.nodes.entries()) lines.push(...program.output.trimEnd().split('\n').slice(-LOG_TAIL).map((line) => `node ${index + 1}: ${line}`))
    this.figures.push(...lines)
    const path = join(results, 'network.txt')
    writeFileSync(path, `${lines.join('\n')}\n`)
    return [...kept, path]
  }

  async close() {
    try {
      await super.close()
    } finally {
      await this.laboratory.set()
    }
  }
}
