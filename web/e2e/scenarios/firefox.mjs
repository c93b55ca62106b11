/** Another engine. */
import { people } from '../harness/devices.mjs'
import { firefoxHertz } from '../harness/firefox.mjs'
import { expect, until } from '../harness/until.mjs'
import { meet } from '../harness/visitor.mjs'

async function firefoxMeetsChromium(world) {
  const { origin } = await world.node()
  const firefox = await (await world.firefox(origin)).open()
  const blue = await (await world.visitor('blue', origin)).open()
  await meet(firefox, blue)
  await firefox.switchCamera(true)
  await blue.switchCamera(true)
  await firefox.sees('blue')
  // Firefox's own camera is one colour that changes all the time.
  const first = await until('blue sees a picture of Firefox', () => blue.picture(), { accept: (picture) => picture !== null && !picture.hidden && picture.frames > 0, within: 30_000 })
  const distance = (rgb) => Math.max(...rgb.map((value, i) => Math.abs(value - first.rgb[i])))
  await until('the colour of Firefox\'s camera changes at blue', () => blue.picture(), { accept: (picture) => picture !== null && distance(picture.rgb) > 25 && picture.frames > first.frames + 10, within: 30_000 })
  await firefox.hears(people.blue.hertz)
  await blue.hears(firefoxHertz)
  await firefox.say('from the fox')
  await blue.reads('from the fox')
  await blue.say('to the fox')
  await firefox.reads('to the fox')
  expect((await firefox.peers()).length === 1, 'Firefox needed one connection')
}

export const firefox = [{ name: 'firefox', shows: 'Firefox meets Chromium: picture, sound and chat both ways', run: firefoxMeetsChromium }]
