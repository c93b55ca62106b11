/** No mouse. */
import { expect, until } from '../harness/until.mjs'
import { talking } from '../harness/visitor.mjs'

/** Tabs at the most until something is reached. */
const TABS = 40

async function keyboard(world) {
  const { origin } = await world.node()
  const red = await (await world.visitor('red', origin)).open()
  const blue = await (await world.visitor('blue', origin)).open()
  const { page } = red

  await tabTo(red, 'I am 18 or older')
  await page.key('Space')
  await tabTo(red, 'I accept these rules')
  await page.key('Space')
  await tabTo(red, 'Meet someone')
  await page.key('Enter')
  await red.reaches('looking')
  await blue.start()
  await talking(red, blue)

  await page.key('v')
  await blue.sees('red')
  await page.key('m')
  await blue.finds('Their microphone is off')
  await page.key('m')
  await blue.lacks('Their microphone is off')

  await page.key('Enter')
  await until('Enter goes to the message field', () => focused(red), { accept: (name) => name === 'Your message' })
  await page.type('typed v and m')
  await page.key('Enter')
  await blue.reads('typed v and m')
  await blue.lacks('Their microphone is off') // letters in the field are letters
  await page.type('half a word')
  await page.key('Escape')
  await until('Escape leaves the field', () => focused(red), { accept: (name) => name !== 'Your message' })
  expect((await red.phase()) === 'talking', 'Escape with text in the field does not leave the call')

  await page.key('?')
  await dialog(red, 'Keys')
  await page.key('r')
  await page.key('Escape')
  await until('Escape closes the keys', () => page.shows('dialog', 'Keys'), { accept: (shown) => !shown })
  await page.key('r')
  await dialog(red, 'Report this person')
  await tabTo(red, 'Nudity or sex')
  await page.key('Space')
  await tabTo(red, 'Send report')
  await page.key('Enter')
  await red.finds('Thank you. Your report was sent.')
  await red.reaches('looking')

  const third = await (await world.visitor('blue', origin, { as: 'third' })).open()
  await third.start()
  await talking(red, third)
  await page.key('Escape')
  await red.finds('Going on to the next person')
  await page.key('Control+z')
  await red.lacks('Going on to the next person')
  await page.key('Escape')
  await page.key('Escape') // twice within a second
  await red.reaches('ended')
  await third.reaches('ended')
}

/** Tabs on until the element of that name has the focus; each stop on the way must be seen. */
async function tabTo(visitor, name) {
  const stops = []
  for (let i = 0; i < TABS; i++) {
    await visitor.page.key('Tab')
    const here = await focused(visitor)
    stops.push(here)
    if (here !== '') expect(await visitor.page.evaluate(outlined), `the focus on "${here}" is seen`)
    if (here === name) return
    // Within a group of radio buttons arrows move on.
    if (await visitor.page.evaluate((wanted) => document.activeElement?.type === 'radio' && document.activeElement.labels?.[0]?.textContent.trim() === wanted, name)) return
  }
  expect(false, `${name} can be reached with Tab`, stops)
}

async function dialog(visitor, name) {
  await until(`${visitor.name} is shown "${name}"`, () => visitor.page.shows('dialog', name))
}

/** The name of what has the focus. */
function focused(visitor) {
  return visitor.page.evaluate(() => {
    const element = document.activeElement
    if (!element || element === document.body) return ''
    return (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent ?? '').trim()
  })
}

/** Whether something around the focus shows it. */
function outlined() {
  let element = document.activeElement
  for (let up = 0; element && up < 4; up++, element = element.parentElement) {
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    if (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2) return true
  }
  return false
}

export const keys = [{ name: 'keyboard', shows: 'a whole visit by keys alone, the focus always in sight', run: keyboard }]
