/** Browsers that live in a person's home and believe the laboratory's authority. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { findChromium, launchChromium } from '../../harness/chromium.mjs'
import { findFirefox, launchFirefox } from '../../harness/firefox.mjs'
import { freePort } from '../../harness/stores.mjs'
import { Door } from './door.mjs'
import { addresses, host } from './laboratory.mjs'

/** What Chromium may connect to. WebRTC looks for the name with a dot at its end. */
const hosts = [host, `${host}.`, ...addresses]

/** Starts a person's Chromium, its files in dir. */
export async function chromiumAt(namespace, files, certificates, dir) {
  await certificates.trustIn(join(dir, '.pki', 'nssdb'))
  return launchChromium({ ...files, hosts, executable: script(dir, namespace, findChromium()), env: { ...process.env, HOME: dir } })
}

/** Starts Firefox in a person's home, its files in dir; returns how to close it too. */
export async function firefoxAt(namespace, certificates, dir) {
  const profile = join(dir, 'profile')
  await certificates.trustIn(profile)
  const port = await freePort()
  const door = await Door.open(namespace, port, { socket: join(dir, 'bidi'), log: join(dir, 'door.log') })
  try {
    const browser = await launchFirefox({ executable: script(dir, namespace, findFirefox()), profile, port, prefs: { 'network.proxy.type': 0 } })
    const close = async () => {
      await browser.close()
      await door.close()
    }
    return { browser, close }
  } catch (err) {
    await door.close()
    throw err
  }
}

/** A program that is another one, run in the namespace. */
function script(dir, namespace, file) {
  mkdirSync(dir, { recursive: true })
  const path = join(dir, 'run')
  writeFileSync(path, `#!/bin/sh\nexec ${namespace.command(file).join(' ')} "$@"\n`)
  chmodSync(path, 0o755)
  return path
}
