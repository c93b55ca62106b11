/** Firefox by Puppeteer over WebDriver BiDi, with its own fake camera (changing colours) and microphone (one note). */
import puppeteer from 'puppeteer-core'

import { ownAddresses } from './certificate.mjs'
import { installed } from './process.mjs'
import { readRefused, watchPage } from './probe.mjs'
import { until } from './until.mjs'

/** The note of Firefox's fake microphone, by media.navigator.audio.fake_frequency. */
export const firefoxHertz = 880

export const findFirefox = () => installed(['/usr/bin/firefox-esr', 'firefox-esr', 'firefox'], 'firefox-esr')

/** Nobody but this machine can be asked for: the proxy is a port where nobody listens. */
const nobodyElse = {
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': 9,
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': 9,
  'network.proxy.no_proxies_on': ownAddresses().join(', '),
}

/**
 * @param {{ executable?: string, profile?: string, port?: number, prefs?: Record<string, unknown> }} [settings]
 *   for one that runs elsewhere than here: its program, its profile's folder, the port of its BiDi
 */
export function launchFirefox({ executable = findFirefox(), profile, port, prefs = nobodyElse } = {}) {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: executable,
    headless: true,
    ...(profile && { userDataDir: profile }),
    ...(port && { debuggingPort: port }),
    defaultViewport: { width: 1000, height: 700 },
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.navigator.audio.fake_frequency': firefoxHertz,
      'media.autoplay.default': 0,
      'intl.accept_languages': 'en-US',
      ...prefs,
    },
  })
}

/** One page of Firefox, with the verbs of ChromiumPage that its scenario needs. */
export class FirefoxPage {
  static async open(browser, { name, origin }) {
    const page = await browser.newPage()
    await page.evaluateOnNewDocument(watchPage)
    return new FirefoxPage(page, name, origin)
  }

  constructor(page, name, origin) {
    this.page = page
    this.name = name
    this.origin = origin
    this.console = []
    this.faults = []
    page.setDefaultTimeout(15_000)
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url())
      if (protocol.startsWith('http') && host !== new URL(origin).host) this.faults.push(`request to somebody else: ${request.url()}`)
    })
    page.on('pageerror', (err) => this.faults.push(`uncaught error: ${err.message}`))
    page.on('console', (message) => {
      this.console.push(`${message.type()}: ${message.text()}`)
      if (message.type() === 'error') this.faults.push(`console error: ${message.text()}`)
    })
  }

  async go(path) {
    await this.page.goto(this.origin + path)
  }

  evaluate(script, argument) {
    return this.page.evaluate(script, argument)
  }

  async press(role, name) {
    await this.find(`${role} "${name}"`, role === 'button' ? 'button' : `[role="${role}"]`, name)
  }

  async tick(name) {
    await this.find(`box "${name}"`, 'label', name)
  }

  async write(name, text) {
    await this.find(`field "${name}"`, 'label', name)
    await this.page.keyboard.type(text)
  }

  async key(key) {
    await this.page.keyboard.press(key)
  }

  async screenshot(path) {
    await this.page.screenshot({ path })
  }

  async complaints() {
    const refused = await this.evaluate(readRefused).catch(() => [])
    return [...this.faults, ...refused.map((line) => `policy: ${line}`)]
  }

  async close() {
    await this.page.close()
  }

  /** Clicks the element of that kind and name, as soon as there is one. */
  async find(what, selector, name) {
    await until(`${this.name} can press the ${what}`, () =>
      this.page.evaluate(
        (kind, wanted) => {
          const found = Array.from(document.querySelectorAll(kind)).find((element) => (element.getAttribute('aria-label') ?? element.textContent.trim()) === wanted)
          found?.click()
          return found !== undefined
        },
        selector,
        name,
      ),
    )
  }
}
