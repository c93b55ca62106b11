/** What camera, microphone and mode may do to a visit. */
import { people } from '../harness/devices.mjs'
import { expect } from '../harness/until.mjs'
import { meet, talking } from '../harness/visitor.mjs'

async function refused(world) {
  const { origin } = await world.node()
  const red = await (await world.visitor('red', origin, { allow: false })).open()
  await red.page.decide({ camera: 'denied', microphone: 'denied' })
  const blue = await (await world.visitor('blue', origin)).open()

  await red.page.press('button', 'Try camera and microphone')
  await red.finds('No camera. Permission was refused.')
  await red.finds('Click the sign at the left of the address')
  await red.agree()
  await red.page.press('button', 'Meet someone')
  await red.finds('No microphone. Permission was refused.')

  await blue.start({ mode: 'text' })
  await red.page.pressFirst('button', 'Go on in text', 'form')
  await talking(red, blue)
  await red.say('written instead')
  await blue.reads('written instead')
}

async function audioOnly(world) {
  const { origin } = await world.node()
  const red = await (await world.visitor('red', origin, { allow: false })).open()
  await red.page.decide({ camera: 'denied', microphone: 'granted' })
  const blue = await (await world.visitor('blue', origin)).open()
  await meet(red, blue)
  await red.switchCamera(true)
  await red.finds('No camera. Permission was refused.')
  await blue.hears(people.red.hertz)
  await blue.switchCamera(true)
  await red.sees('blue')
  await blue.finds('Their camera is off')

  // Allowed after all, it works without a new call.
  await red.page.decide({ camera: 'granted', microphone: 'granted' })
  await red.page.press('button', 'Try again')
  await blue.sees('red')
}

async function noDevices(world) {
  const { origin } = await world.node()
  const bare = await (await world.visitor('bare', origin)).open()
  const blue = await (await world.visitor('blue', origin)).open()
  await bare.agree()
  await bare.page.press('button', 'Meet someone')
  await bare.finds('No microphone. None is connected.')
  await blue.start({ mode: 'text' })
  await bare.page.press('button', 'Go on in text')
  await talking(bare, blue)
  await blue.say('hello')
  await bare.reads('hello')
}

async function textOnly(world) {
  const { origin } = await world.node()
  const red = await (await world.visitor('red', origin, { allow: false })).open()
  const blue = await (await world.visitor('blue', origin, { allow: false })).open()
  await meet(red, blue, { mode: 'text' })
  await red.say('only words')
  await blue.reads('only words')
  await blue.say('only words back')
  await red.reads('only words back')
  for (const visitor of [red, blue]) {
    const peers = await visitor.peers()
    expect(peers.length === 0, `${visitor.name} made no RTCPeerConnection`, peers)
  }
}

export const devices = [
  { name: 'refused', shows: 'camera and microphone refused: the page says how to allow them, one click goes on in text', run: refused },
  { name: 'audio', shows: 'only the camera refused: sound flows, and the camera works once it is allowed', run: audioOnly },
  { name: 'bare', shows: 'neither camera nor microphone: one click goes on in text', run: noDevices },
  { name: 'text', shows: 'text only makes no RTCPeerConnection and asks for no permission', run: textOnly },
]
