/** Chromium by Playwright: one process for each person, since camera and microphone belong to the process. */
import { chromium } from 'playwright-core'

import { ownAddresses } from './certificate.mjs'
import { installed } from './process.mjs'
import { closeNetwork, readRefused, watchPage } from './probe.mjs'

const ACTION_MS = 10_000
export const desktop = { width: 1200, height: 760 }
export const phone = { width: 390, height: 780 }

/** What the console may say when a scenario takes the network away, or lets it refuse. */
const networkNoise = /WebSocket connection to .* failed|Failed to load resource|net::ERR_/

export const findChromium = () => installed(['/usr/bin/chromium', 'chromium', 'chromium-browser'], 'chromium')

function options({ camera, microphone, devices = true, executable = findChromium(), env, hosts = ['127.0.0.1', ...ownAddresses()], lenient = false }) {
  return {
    executablePath: executable,
    ...(env && { env }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--autoplay-policy=no-user-gesture-required',
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
      '--disable-backgrounding-occluded-windows',
      // Nothing but the service has an address: a request to anybody else fails, and is seen.
      `--host-resolver-rules=${['MAP * ~NOTFOUND', ...hosts.map((host) => `EXCLUDE ${host}`)].join(', ')}`,
      // A page's exception for a certificate does not count for TURN over TLS.
      ...(lenient ? ['--ignore-certificate-errors'] : []),
      ...(devices ? ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${camera}`, `--use-file-for-fake-audio-capture=${microphone}`] : []),
    ],
  }
}

/**
 * Starts a person's browser. Without devices it has neither camera nor microphone; hosts are the names and addresses
 * of the service, executable and env are for one that runs elsewhere than here.
 */
export function launchChromium(files) {
  return chromium.launch(options(files))
}

/** Starts a browser that keeps what it stores in dir; it is its own only context. */
export function launchProfile(dir, files, settings) {
  return chromium.launchPersistentContext(dir, { ...options(files), ...contextOptions(settings) })
}

/**
 * @param {{ allow?: boolean, viewport?: object, touch?: boolean, locale?: string, dark?: boolean, still?: boolean, scale?: number }} settings
 *   allow: the person says yes to camera and microphone; else see ChromiumPage.decide
 */
export function contextOptions({ allow = true, viewport = desktop, touch = false, locale = 'en-US', dark = false, still = false, scale = 1 } = {}) {
  return {
    ...(allow && { permissions: ['camera', 'microphone'] }),
    viewport,
    hasTouch: touch,
    deviceScaleFactor: scale,
    locale,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: still ? 'reduce' : 'no-preference',
  }
}

/** One page of Chromium, with the verbs that a visitor needs. */
export class ChromiumPage {
  /**
   * @param {import('playwright-core').BrowserContext} context
   * @param {{ name: string, origin: string, networkFails?: boolean, closed?: boolean }} settings
   *   networkFails: the scenario takes the network away, or lets it refuse; closed: no direct way to anybody
   */
  static async open(context, settings) {
    await context.addInitScript(watchPage)
    if (settings.closed) await context.addInitScript(closeNetwork)
    return ChromiumPage.adopt(context, await context.newPage(), settings)
  }

  /** A page that the visitor opened: it has the init scripts of its context already. */
  static adopt(context, page, { name, origin, networkFails = false }) {
    page.setDefaultTimeout(ACTION_MS)
    return new ChromiumPage(context, page, name, origin, networkFails)
  }

  constructor(context, page, name, origin, networkFails) {
    this.context = context
    this.page = page
    this.name = name
    this.origin = origin
    /** Everything the console said. */
    this.console = []
    /** What must never happen. */
    this.faults = []
    this.permissions = null
    page.on('request', (request) => this.sameOrigin(request.url()))
    page.on('websocket', (socket) => this.sameOrigin(socket.url()))
    page.on('pageerror', (err) => this.faults.push(`uncaught error: ${err.stack ?? err.message}`))
    page.on('crash', () => this.faults.push('the page crashed'))
    page.on('console', (message) => {
      const line = `${message.type()}: ${message.text()}`
      this.console.push(line)
      if (message.type() === 'error' && !(networkFails && networkNoise.test(line))) this.faults.push(`console ${line}`)
    })
  }

  sameOrigin(address) {
    const { protocol, host } = new URL(address)
    if (protocol === 'data:' || protocol === 'blob:' || host === new URL(this.origin).host) return
    this.faults.push(`request to somebody else: ${address}`)
  }

  async go(path) {
    await this.page.goto(this.origin + path)
  }

  /** Answers requests that match in the service's place. */
  async answer(pattern, { status, body }) {
    await this.page.route(pattern, (route) => route.fulfill({ status, contentType: 'application/problem+json', body: JSON.stringify(body) }))
  }

  reload() {
    return this.page.reload()
  }

  evaluate(script, argument) {
    return this.page.evaluate(script, argument)
  }

  /** Presses what has this role and name. */
  async press(role, name) {
    await this.act(`press the ${role} "${name}"`, () => this.page.getByRole(role, { name, exact: true }).click())
  }

  /** The same where the page has several of them: the one within a part of the page. */
  async pressFirst(role, name, part) {
    await this.act(`press the ${role} "${name}" in the ${part}`, () => this.page.locator(part).getByRole(role, { name, exact: true }).first().click())
  }

  /** Decides for the person about camera and microphone: granted, denied or prompt. */
  async decide({ camera, microphone }) {
    // Kept open: what it decided is forgotten with it.
    this.permissions ??= await this.context.browser().newBrowserCDPSession()
    const { targetInfo } = await (await this.context.newCDPSession(this.page)).send('Target.getTargetInfo')
    for (const [name, setting] of Object.entries({ camera, microphone })) {
      await this.permissions.send('Browser.setPermission', { permission: { name }, setting, origin: this.origin, browserContextId: targetInfo.browserContextId })
    }
  }

  /** Ticks a box or chooses one of a few, by its words, as a hand does. */
  async tick(name) {
    await this.act(`tick "${name}"`, () => this.page.locator('label').filter({ hasText: exactly(name) }).click())
  }

  /** Ticks the box whose words begin so. */
  async tickBeginning(words) {
    await this.act(`tick "${words} ..."`, () => this.page.locator('label').filter({ hasText: words }).click())
  }

  async write(name, text) {
    await this.act(`write into "${name}"`, () => this.page.getByLabel(name, { exact: true }).fill(text))
  }

  /** Presses a key wherever the focus is. */
  async key(key) {
    await this.page.keyboard.press(key)
  }

  /** Types as on a keyboard, wherever the focus is. */
  async type(text) {
    await this.page.keyboard.type(text)
  }

  /** Whether something with this role and name is in sight. */
  async shows(role, name) {
    return this.page.getByRole(role, { name, exact: true }).first().isVisible()
  }

  async screenshot(path) {
    await this.page.screenshot({ path, timeout: ACTION_MS })
  }

  /** What went wrong so far, by the page's own list too. */
  async complaints() {
    const refused = this.page.isClosed() ? [] : await this.evaluate(readRefused).catch(() => [])
    return [...this.faults, ...refused.map((line) => `policy: ${line}`)]
  }

  /** Forgets what was provoked on purpose. */
  async forgive() {
    this.faults.length = 0
    await this.evaluate(() => {
      globalThis.omezleRefused.length = 0
    })
  }

  /** Another tab, opened from this one: it gets a copy of what this one keeps for its session. */
  async duplicate(name) {
    const opened = this.context.waitForEvent('page', { timeout: ACTION_MS })
    await this.evaluate(() => void window.open('/'))
    return ChromiumPage.adopt(this.context, await opened, { name, origin: this.origin })
  }

  /** Goes to this tab. */
  async front() {
    await this.page.bringToFront()
  }

  async close() {
    await this.page.close()
  }

  /** Ends the whole browser without a word, as a crash does. */
  async kill() {
    const session = await this.context.browser().newBrowserCDPSession()
    await Promise.race([this.context.waitForEvent('close', { timeout: ACTION_MS }), session.send('Browser.crash')])
  }

  async act(what, action) {
    try {
      await action()
    } catch (err) {
      throw new Error(`${this.name} could not ${what} within ${ACTION_MS / 1000} s (${err.message.split('\n', 1)[0]})`, { cause: err })
    }
  }
}

/** Matches an element whose words are these and no others. */
function exactly(words) {
  return new RegExp(`^\\s*${words.replaceAll(/[^\p{L}\p{N}\s]/gu, '\\$&')}\\s*$`, 'u')
}
