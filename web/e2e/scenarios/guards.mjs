/** The guards themselves: what no page may do is noticed. */
import { expect, until } from '../harness/until.mjs'

async function guards(world) {
  const { origin } = await world.node()
  const red = await (await world.visitor('red', origin)).open()
  await red.page.evaluate(() => {
    fetch('http://198.51.100.7/').catch(() => undefined)
    setTimeout(() => {
      throw new Error('on purpose')
    })
  })
  const complaints = await until('both are noticed', () => red.page.complaints(), { accept: (all) => ['policy: connect-src', 'on purpose'].every((words) => all.some((line) => line.includes(words))) })
  expect(complaints.every((line) => /198\.51\.100\.7|on purpose/.test(line)), 'nothing else is complained of', complaints)
  await red.page.forgive()
}

export const guarded = [{ name: 'guards', shows: 'a request to somebody else and an uncaught error in the page are noticed', run: guards }]
