/** Coming, going and coming back. */
import { meet, showBoth, talking } from '../harness/visitor.mjs'

async function reload(world) {
  const { origin } = await world.node()
  const red = await (await world.visitor('red', origin)).open()
  const blue = await (await world.visitor('blue', origin)).open()
  await meet(red, blue)
  await red.page.reload()
  await blue.reaches('ended', 5_000) // at once, not when the time to come back is over
  await red.finds('Good to see you again.')

  // Nothing of it is in the way of the next call.
  await red.start({ agreed: true })
  await blue.page.press('button', 'Meet someone else')
  await talking(red, blue)
  await blue.page.close()
  await red.reaches('ended', 5_000)
}

async function killed(world) {
  const { origin } = await world.node()
  const red = await (await world.profile('red', 'killed', origin)).open()
  const blue = await (await world.visitor('blue', origin)).open()
  await meet(red, blue)
  await red.page.kill()
  await blue.finds('They lost their connection. Waiting for them to come back.', 20_000)
  await blue.page.press('button', 'Next Esc')
  await blue.reaches('looking')
}

async function offline(world) {
  const node = await world.node()
  const front = await world.front(() => node.port)
  const red = await (await world.visitor('red', front.origin, { networkFails: true })).open()
  const blue = await (await world.visitor('blue', node.origin)).open()
  await meet(red, blue)
  await showBoth(red, blue)
  await red.page.context.setOffline(true)
  front.cut()
  await red.finds('You are offline. We go on as soon as you are back.')
  await red.say('written while offline')
  await blue.finds('They lost their connection. Waiting for them to come back.')
  front.mend()
  await red.page.context.setOffline(false)
  await red.lacks('You are offline. We go on as soon as you are back.')
  await blue.reads('written while offline')
  await blue.lacks('They lost their connection.')
  await blue.sees('red')
  await red.sees('blue')
}

async function secondTab(world) {
  const { origin } = await world.node()
  const red = await (await world.visitor('red', origin)).open()
  const blue = await (await world.visitor('blue', origin)).open()
  await meet(red, blue)

  // Opened from the first one, as "duplicate tab" does, the second has the same session. It knows nothing of the
  // conversation, so that one is over.
  const tab = world.introduce(await red.page.duplicate('red again'))
  await tab.reaches('idle')
  await tab.start({ agreed: true })
  await red.finds('Omezle is open in another tab')
  await blue.reaches('ended')
  await blue.page.press('button', 'Meet someone else')
  await talking(tab, blue)
  await tab.say('from the second tab')
  await blue.reads('from the second tab')

  await red.page.front()
  await red.page.press('button', 'Use it here')
  await tab.finds('Omezle is open in another tab')
  await blue.reaches('ended')
  await blue.page.press('button', 'Meet someone else')
  await talking(red, blue)
  await blue.switchCamera(true)
  await red.sees('blue')
}

export const presence = [
  { name: 'reload', shows: 'a reload or a closed tab in a call is told to the partner', run: reload },
  { name: 'killed', shows: 'a browser that is killed is noticed', run: killed },
  { name: 'offline', shows: 'offline is said, what was written goes out once online again', run: offline },
  { name: 'tabs', shows: 'a second tab takes the session over, and the first one takes it back', run: secondTab },
]
