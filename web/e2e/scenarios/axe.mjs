/** Every page and state, light and dark, on a desktop and on a phone: nothing that keeps somebody out. */
import { AxeBuilder } from '@axe-core/playwright'

import { desktop, phone } from '../harness/chromium.mjs'
import { expect, until } from '../harness/until.mjs'
import { showBoth, talking } from '../harness/visitor.mjs'

const grave = ['serious', 'critical']
/** Of a page by itself, the rules of WCAG 2.2 A and AA and axe's own advice. */
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Looks at what a visitor sees now in all four shapes; findings are added to the list. */
export async function look(visitor, state, findings) {
  const { page } = visitor.page
  for (const [shape, viewport] of Object.entries({ desktop, phone })) {
    await page.setViewportSize(viewport)
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await until(`${state} stands still`, () => visitor.page.evaluate(moving), { accept: (count) => count === 0, within: 10_000 })
      const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze()
      for (const { id, impact, help, nodes } of violations) {
        if (!grave.includes(impact)) continue
        findings.push(`${state}, ${shape}, ${colorScheme}: ${id} (${impact}): ${help}: ${nodes.map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join(' | ')}`)
      }
    }
  }
  await page.setViewportSize(desktop)
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
}

/** Animations that will come to an end and have not. */
function moving() {
  return document.getAnimations().filter((animation) => animation.playState === 'running' && animation.effect?.getComputedTiming().endTime !== Infinity).length
}

async function startPages(world) {
  const findings = []
  const { origin } = await world.node()
  const red = await (await world.visitor('red', origin, { still: true })).open()
  await look(red, 'start', findings)
  await red.page.press('button', 'Meet someone')
  await red.finds('Both boxes below are needed')
  await look(red, 'start, boxes missing', findings)
  await red.page.press('button', 'Try camera and microphone')
  await red.finds('You, as in a mirror')
  await look(red, 'preview', findings)
  await red.page.tick('Text only')
  await look(red, 'start in text', findings)

  const missing = await (await world.visitor('red', origin, { as: 'lost', still: true, networkFails: true })).open('/nowhere')
  await missing.finds('There is nothing here')
  await look(missing, 'not found', findings)

  const shy = await (await world.visitor('red', origin, { as: 'shy', still: true, allow: false })).open()
  await shy.page.decide({ camera: 'denied', microphone: 'denied' })
  await shy.page.press('button', 'Try camera and microphone')
  await shy.finds('No camera. Permission was refused.')
  await shy.start()
  await shy.reaches('idle')
  await shy.finds('Say hello to someone you have never met.')
  await look(shy, 'camera and microphone refused', findings)

  const banned = await world.visitor('red', origin, { as: 'banned', still: true, networkFails: true })
  // What the service answers to somebody banned.
  await banned.page.answer('**/api/session', { status: 403, body: { type: 'about:blank', title: 'Forbidden', status: 403, code: 'banned', reason: 'nudity', until: Math.floor(Date.now() / 1000) + 86_000, ban: 'b1c2d3e4f5g6h7i8j9k0' } })
  await banned.open()
  await banned.start({ mode: 'text' })
  await banned.reaches('banned')
  await look(banned, 'banned', findings)
  expect(findings.length === 0, 'axe finds nothing serious', findings)
}

async function talkPages(world) {
  const findings = []
  const { origin } = await world.node()
  const red = await (await world.visitor('red', origin, { still: true })).open()
  const blue = await (await world.visitor('blue', origin, { still: true })).open()
  await red.start()
  await red.reaches('looking')
  await look(red, 'looking', findings)
  await blue.start()
  await talking(red, blue)
  await look(red, 'talking, cameras off', findings)
  await showBoth(red, blue)
  await red.say('a word of mine')
  await blue.say('and one of theirs')
  await red.reads('and one of theirs')
  await blue.switchMicrophone(false)
  await red.finds('Their microphone is off')
  await look(red, 'talking', findings)
  await red.page.press('button', 'Report')
  await looked(red, 'dialog', 'Report this person', findings)
  await red.page.key('?')
  await looked(red, 'dialog', 'Keys', findings)
  await red.page.press('button', 'More')
  await looked(red, 'menuitem', 'Settings', findings)
  await red.page.press('button', 'More')
  await red.page.press('menuitem', 'Settings')
  await looked(red, 'dialog', 'Settings', findings)
  await red.page.press('button', 'Stop')
  await red.reaches('ended')
  await look(red, 'ended by oneself', findings)
  await look(blue, 'ended by the other', findings)
  expect(findings.length === 0, 'axe finds nothing serious', findings)
}

/** Looks at what was just opened, and closes it. */
export async function looked(visitor, role, name, findings) {
  await until(`${role} "${name}" is open`, () => visitor.page.shows(role, name))
  await look(visitor, `${role} ${name}`, findings)
  await visitor.page.key('Escape')
  await until(`${role} "${name}" is closed`, () => visitor.page.shows(role, name), { accept: (shown) => !shown })
}

async function textPages(world) {
  const findings = []
  const node = await world.node()
  const front = await world.front(() => node.port)
  const red = await (await world.visitor('red', front.origin, { still: true, networkFails: true })).open()
  const blue = await (await world.visitor('blue', node.origin, { still: true })).open()
  await red.start({ mode: 'text' })
  await red.reaches('looking')
  await look(red, 'looking in text', findings)
  await blue.start({ mode: 'text' })
  await talking(red, blue)
  await red.say('a word of mine')
  await blue.say('and one of theirs')
  await red.reads('and one of theirs')
  await look(red, 'talking in text', findings)
  front.cut()
  await red.finds('Lost the line to the service.')
  await look(red, 'line lost', findings)
  front.mend()
  await red.lacks('Lost the line to the service.', 30_000)
  const tab = world.introduce(await red.page.duplicate('red again'))
  await tab.reaches('idle')
  await tab.start({ agreed: true })
  await red.finds('Omezle is open in another tab')
  await look(red, 'superseded', findings)
  await blue.reaches('ended')
  await look(blue, 'ended in text', findings)
  expect(findings.length === 0, 'axe finds nothing serious', findings)
}

async function noWay(world) {
  const findings = []
  const { origin } = await world.node()
  const red = await (await world.visitor('red', origin, { still: true, closed: true })).open()
  const blue = await (await world.visitor('blue', origin, { still: true })).open()
  await red.start()
  await blue.start()
  await red.reaches('connecting')
  await red.finds('Trying a direct way between your browsers')
  await red.say('writing already')
  await blue.reads('writing already')
  await look(red, 'connecting', findings)
  // After two tries, of nine seconds each and a little more.
  await red.reaches('talking', 60_000)
  await red.finds('No way for sound and picture')
  await blue.reaches('talking', 60_000)
  await blue.say('then in words')
  await red.reads('then in words')
  await look(red, 'no way for sound and picture', findings)
  expect(findings.length === 0, 'axe finds nothing serious', findings)
}

export const axe = [
  { name: 'axe-start', shows: 'nothing serious for axe on the start page, its problems, and the pages that say one thing', run: startPages },
  { name: 'axe-talk', shows: 'nothing serious for axe from looking to the end of a call, dialogues included', run: talkPages },
  { name: 'axe-text', shows: 'nothing serious for axe in text mode, with the line lost, and in a second tab', run: textPages },
  { name: 'noway', shows: 'two networks that let nothing through: chat works at once and goes on; nothing serious for axe', run: noWay },
]
