/**
 * Everything a scenario may ask for. What lives for all scenarios (browsers,
 * stores, devices) is started when first asked for; what belongs to one (nodes,
 * visitors, fronts) is closed when that one is over.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { build } from './build.mjs'
import { ChromiumPage, contextOptions, launchChromium, launchProfile } from './chromium.mjs'
import { people, writeCamera, writeMicrophone } from './devices.mjs'
import { FirefoxPage, launchFirefox } from './firefox.mjs'
import { Front } from './front.mjs'
import { OmezleNode } from './node.mjs'
import { writePattern } from './pattern.mjs'
import { Stores } from './stores.mjs'
import { Visitor } from './visitor.mjs'

/** What all scenarios share. */
export class Workshop {
  constructor() {
    this.dir = mkdtempSync(join(tmpdir(), 'omezle-e2e-'))
    this.browsers = new Map()
    this.realStores = null
    /** The program under test, once it is built. */
    this.binary = ''
    process.once('exit', () => rmSync(this.dir, { recursive: true, force: true }))
  }

  async prepare() {
    this.binary = await build(this.dir)
  }

  /** The camera and microphone files of a person. */
  files(person) {
    const files = { camera: join(this.dir, `${person}.y4m`), microphone: join(this.dir, `${person}.wav`) }
    if (!existsSync(files.camera)) {
      const { pattern } = people[person]
      if (pattern === undefined) writeCamera(files.camera, people[person])
      else writePattern(files.camera, pattern)
      writeMicrophone(files.microphone, people[person])
    }
    return files
  }

  /** The browser of a person; `bare` has neither camera nor microphone, `lenient` takes any certificate. */
  async browser(person) {
    let browser = this.browsers.get(person)
    if (browser === undefined || !browser.isConnected()) {
      browser = await this.launch(person)
      this.browsers.set(person, browser)
    }
    return browser
  }

  launch(person) {
    if (person === 'bare') return launchChromium({ devices: false })
    return launchChromium(person === 'lenient' ? { ...this.files('red'), lenient: true } : this.files(person))
  }

  /** A real Redis and PostgreSQL. */
  stores() {
    this.realStores ??= Stores.start()
    return this.realStores
  }

  async close() {
    for (const browser of this.browsers.values()) await browser.close()
    if (this.realStores !== null) await (await this.realStores.catch(() => null))?.stop()
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/** What one scenario has. */
export class World {
  /**
   * @param {Workshop} workshop
   * @param {string} name of the scenario
   */
  constructor(workshop, name) {
    this.workshop = workshop
    this.dir = join(workshop.dir, name)
    mkdirSync(this.dir, { recursive: true })
    this.visitors = []
    this.nodes = []
    this.closers = []
    /** What was measured, to be printed. */
    this.figures = []
  }

  /** Starts a node; settings are OMEZLE_* without the prefix. */
  async node(settings = {}) {
    const node = await OmezleNode.start(this.workshop.binary, join(this.dir, `node-${this.nodes.length + 1}`), settings)
    this.nodes.push(node)
    return node
  }

  /** Settings of nodes that share a fresh database and a fresh Redis. */
  async shared() {
    const stores = await this.workshop.stores()
    const { name, url, redis } = await stores.fresh()
    return { stores, database: name, settings: { REDIS_URL: redis, DATABASE_URL: url, SECRET: 'only for these browsers, and only today' } }
  }

  /** A TCP front before whatever pick names. */
  async front(pick) {
    const front = await Front.start(pick)
    this.closers.push(() => front.stop())
    return front
  }

  /**
   * Somebody with a new browser profile.
   *
   * @param {'red' | 'blue' | 'redVoice' | 'blueVoice' | 'trigger' | 'neutral' | 'dim' | 'bare' | 'lenient'} person
   * @param {string} origin
   * @param {object} [settings] see contextOptions and ChromiumPage.open; as: another name in messages
   */
  async visitor(person, origin, { as = person, networkFails, closed, ...settings } = {}) {
    const browser = await this.workshop.browser(person)
    const context = await browser.newContext(contextOptions(settings))
    this.closers.push(() => context.close())
    return this.introduce(await ChromiumPage.open(context, { name: as, origin, networkFails, closed }))
  }

  /** Somebody whose browser is a process of its own and keeps what it stores in the profile of that name. */
  async profile(person, profile, origin, settings = {}) {
    const context = await launchProfile(join(this.dir, profile), this.workshop.files(person), settings)
    this.closers.push(() => context.close())
    return this.introduce(await ChromiumPage.open(context, { name: person, origin }))
  }

  async firefox(origin) {
    const browser = await launchFirefox()
    this.closers.push(() => browser.close())
    return this.introduce(await FirefoxPage.open(browser, { name: 'firefox', origin }))
  }

  /** Another page in a visitor's browser, such as one opened from theirs. */
  introduce(page) {
    const visitor = new Visitor(page)
    this.visitors.push(visitor)
    return visitor
  }

  /** What must never happen and did, by visitor. */
  async complaints() {
    const all = []
    for (const { page, name } of this.visitors) for (const complaint of await page.complaints()) all.push(`${name}: ${complaint}`)
    return all
  }

  /** Keeps what helps to understand a failure; returns the names of the files. */
  async keep(results) {
    mkdirSync(results, { recursive: true })
    const kept = []
    for (const [index, { page, name }] of this.visitors.entries()) {
      const base = join(results, `${index + 1}-${name}`)
      writeFileSync(`${base}.console.txt`, `${[...page.console, ...page.faults].join('\n')}\n`)
      kept.push(`${base}.console.txt`)
      const taken = await page.screenshot(`${base}.png`).then(
        () => true,
        () => false, // the page is closed, or its browser is
      )
      if (taken) kept.push(`${base}.png`)
    }
    for (const [index, { log }] of this.nodes.entries()) {
      const path = join(results, `node-${index + 1}.log`)
      copyFileSync(log, path)
      kept.push(path)
    }
    return kept
  }

  /** Closes everything, the newest first; says what could not be closed. */
  async close() {
    const problems = []
    for (const close of [...this.nodes.map((node) => () => node.stop()), ...this.closers].toReversed()) {
      try {
        await close()
      } catch (err) {
        problems.push(err)
      }
    }
    if (problems.length > 0) throw new AggregateError(problems, `not everything could be closed: ${problems.map((err) => err.message).join('; ')}`)
  }
}
