/**
 * Takes the README's screenshots, `node e2e/shots.mjs`: two browsers in a real
 * call, with drawn scenes for cameras. OMEZLE_BINARY as in run.mjs.
 */
import { mkdirSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

import { phone } from './harness/chromium.mjs'
import { installed, run } from './harness/process.mjs'
import { cat, lake, writeScene } from './harness/scenes.mjs'
import { until } from './harness/until.mjs'
import { meet } from './harness/visitor.mjs'
import { Workshop, World } from './harness/world.mjs'

const screenshots = resolve(import.meta.dirname, '..', 'screenshots')
const MOST_BYTES = 300_000
const desktop = { width: 1280, height: 800 }

const workshop = new Workshop()
const world = new World(workshop, 'shots')
try {
  await workshop.prepare()
  mkdirSync(screenshots, { recursive: true })
  const painter = await workshop.browser('bare')
  await writeScene(painter, workshop.files('red').camera, lake)
  await writeScene(painter, workshop.files('blue').camera, cat)
  await takeAll()
  const complaints = await world.complaints()
  if (complaints.length > 0) throw new Error(complaints.join('\n'))
} finally {
  await world.close()
  await workshop.close()
}

async function takeAll() {
  const { origin } = await world.node()
  const me = await (await world.visitor('blue', origin, { viewport: desktop })).open()
  await me.page.press('button', 'Try camera and microphone')
  await me.finds('You, as in a mirror')
  await like(me, ['sailing', 'cats'])
  await shoot(me, 'start')

  const them = await (await world.visitor('red', origin, { as: 'lake', viewport: phone, touch: true, scale: 2 })).open()
  await like(them, ['sailing', 'music'])
  await meet(them, me)
  await them.switchCamera(true)
  await me.switchCamera(true)
  for (const visitor of [me, them]) await sharp(visitor)
  await me.say('Is that a real lake behind you?')
  await them.page.press('button', /^Chat/)
  await them.say('It is. The boat is my neighbour\'s.')
  await me.say('I am looking at a cat who wants my chair.')
  await them.say('Then you had better give it back.')
  await me.reads('Then you had better give it back.')
  await shoot(me, 'call')
  await shoot(them, 'phone')
  await me.page.page.emulateMedia({ colorScheme: 'dark' })
  await shoot(me, 'dark')
  await me.page.close()
  await them.page.close()

  const viewer = await (await world.visitor('blue', origin, { as: 'viewer', viewport: desktop })).open()
  const pattern = await (await world.visitor('trigger', origin)).open()
  await meet(pattern, viewer)
  await pattern.switchCamera(true)
  await viewer.switchCamera(true)
  await viewer.covers('hit', 60_000)
  await shoot(viewer, 'blurred')
}

async function like(visitor, words) {
  for (const word of words) {
    await visitor.page.write(/^What do you like/, word)
    await visitor.page.key('Enter')
  }
}

/** Waits until the partner's picture comes at its full size and looks settled. */
async function sharp(visitor) {
  await visitor.uncovers(60_000)
  await until(`${visitor.name} gets a sharp picture`, () => visitor.picture(), { accept: (picture) => picture !== null && picture.width >= 900 && picture.frames > 60, within: 60_000 })
}

/** A screenshot in 256 colours, small enough for a README. */
async function shoot(visitor, name) {
  await visitor.page.page.mouse.move(0, 0)
  await visitor.page.evaluate(() => document.activeElement.blur())
  const raw = join(world.dir, `${name}.png`)
  const file = join(screenshots, `${name}.png`)
  await until(`${name} stands still`, () => visitor.page.evaluate(() => document.getAnimations().filter(({ playState, effect }) => playState === 'running' && effect.getComputedTiming().endTime !== Infinity).length), {
    accept: (count) => count === 0,
  })
  await visitor.page.screenshot(raw)
  await run(installed(['ffmpeg'], 'ffmpeg'), ['-y', '-loglevel', 'error', '-i', raw, '-vf', 'split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=dither=bayer:bayer_scale=4', '-compression_level', '100', '-pred', 'mixed', file])
  const { size } = statSync(file)
  if (size > MOST_BYTES) throw new Error(`${file} has ${size} bytes, more than ${MOST_BYTES}`)
  console.log(`${relative(process.cwd(), file)}: ${Math.round(size / 1000)} kB`)
}
