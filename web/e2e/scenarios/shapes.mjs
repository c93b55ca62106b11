/** Small screens, other directions of reading. */
import { phone } from '../harness/chromium.mjs'
import { readOverflow } from '../harness/probe.mjs'
import { expect, until } from '../harness/until.mjs'
import { talking } from '../harness/visitor.mjs'

/** Fails if the page can be scrolled sideways. */
async function fits(visitor, state) {
  const overflow = await visitor.page.evaluate(readOverflow)
  expect(overflow === null, `${state} fits its screen`, overflow)
}

async function onAPhone(world) {
  const { origin } = await world.node()
  const red = await (await world.visitor('red', origin, { viewport: phone, touch: true })).open()
  const blue = await (await world.visitor('blue', origin)).open()
  await fits(red, 'the start page')
  await red.page.press('button', 'Try camera and microphone')
  await red.finds('You, as in a mirror')
  await fits(red, 'the preview')
  await red.start()
  await red.reaches('looking')
  await fits(red, 'looking')
  await blue.start()
  await talking(red, blue)
  await blue.switchCamera(true)
  await red.sees('blue')
  await fits(red, 'the call')

  await blue.say('psst')
  await red.page.press('button', 'Chat, 1 unread message')
  await red.reads('psst')
  await until('the message field is in sight, and ready', () => red.page.evaluate(fieldPlace), { accept: (place) => place.inside && place.focused })
  await red.say('answered with a thumb')
  await blue.reads('answered with a thumb')
  await fits(red, 'the chat over the call')
  await red.page.press('button', 'Close chat')
  await until('the sheet is gone', () => red.page.evaluate(fieldPlace), { accept: (place) => !place.inside })

  // Rotated, and on the smallest phone sold.
  for (const viewport of [{ width: 780, height: 390 }, { width: 320, height: 568 }]) {
    await red.page.page.setViewportSize(viewport)
    await red.keepsSeeing('blue')
    await fits(red, `the call at ${viewport.width} x ${viewport.height}`)
    for (const name of ['Next', 'Mute', 'Switch camera on', 'More']) {
      await until(`"${name}" is in reach at ${viewport.width} x ${viewport.height}`, () => red.page.evaluate(outOfReach, name), { accept: (why) => why === null, within: 5_000 })
    }
  }
}

async function rightToLeft(world) {
  const { origin } = await world.node()
  const red = await (await world.visitor('red', origin, { locale: 'ar' })).open()
  const blue = await (await world.visitor('blue', origin)).open()
  const root = () => red.page.evaluate(() => [document.documentElement.lang, document.documentElement.dir].join(' '))
  expect((await root()) === 'ar rtl', 'a browser in Arabic gets Arabic from right to left', await root())
  await fits(red, 'the start page in Arabic')

  for (const word of ['عمري 18', 'أقبل هذه']) await red.page.tickBeginning(word)
  await red.page.page.locator('form button[type=submit]').click()
  await blue.start()
  await talking(red, blue)
  await fits(red, 'the call in Arabic')
  const sides = await red.page.evaluate(() => {
    const x = (selector) => document.querySelector(selector)?.getBoundingClientRect().left ?? -1
    return { stage: x('main > section:first-of-type'), chat: x('main > section:last-of-type') }
  })
  expect(sides.chat < sides.stage, 'the chat is on the left', sides)
  await red.page.page.setViewportSize(phone)
  await fits(red, 'the call in Arabic on a phone')
}

/** Whether the message field is inside of the screen, and has the focus. */
function fieldPlace() {
  const field = document.querySelector('section textarea')
  const box = field?.getBoundingClientRect()
  return { inside: box !== undefined && box.top >= 0 && box.bottom <= innerHeight && box.height > 0, focused: document.activeElement === field }
}

/** Why the button whose words begin so cannot be pressed at its middle; null when it can. */
function outOfReach(name) {
  const button = Array.from(document.querySelectorAll('button')).find((element) => !element.closest('[inert]') && (element.getAttribute('aria-label') ?? element.textContent.trim()).startsWith(name))
  if (!button) return 'there is none'
  const { left, top, width, height } = button.getBoundingClientRect()
  const [x, y] = [left + width / 2, top + height / 2]
  if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return `its middle is at ${x}, ${y}`
  const hit = document.elementFromPoint(x, y)
  return hit !== null && button.contains(hit) ? null : `covered by ${hit?.outerHTML.slice(0, 200)}`
}

export const shapes = [
  { name: 'phone', shows: 'a call on a phone: no sideways scroll, chat as a sheet, everything in reach when rotated', run: onAPhone },
  { name: 'arabic', shows: 'Arabic reads from right to left, mirrored, without sideways scroll', run: rightToLeft },
]
