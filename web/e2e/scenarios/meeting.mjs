/** Two strangers meet, see, hear and write to each other. */
import { people } from '../harness/devices.mjs'
import { expect, until } from '../harness/until.mjs'
import { meet, showBoth } from '../harness/visitor.mjs'

const MESSAGES = 100

async function meetAndSee(world) {
  const { origin } = await world.node()
  const red = await (await world.visitor('red', origin)).open()
  const blue = await (await world.visitor('blue', origin)).open()

  // The preview shows oneself before anybody else does.
  await red.page.press('button', 'Try camera and microphone')
  await red.finds('You, as in a mirror')

  await meet(red, blue)
  await red.finds('Their camera is off')
  await showBoth(red, blue)
  await red.hears(people.blue.hertz)
  await blue.hears(people.red.hertz)

  const peers = await red.peers()
  expect(peers.length === 1 && peers[0] === 'connected', 'one connection carries it all', peers)
}

async function toggles(world) {
  const { origin } = await world.node()
  const red = await (await world.visitor('red', origin)).open()
  const blue = await (await world.visitor('blue', origin)).open()
  await meet(red, blue)
  await showBoth(red, blue)
  await blue.hears(people.red.hertz)

  await red.switchMicrophone(false)
  await blue.finds('Their microphone is off')
  await blue.hearsNothing()
  await red.hears(people.blue.hertz) // the other way goes on
  await red.switchMicrophone(true)
  await blue.lacks('Their microphone is off')
  await blue.hears(people.red.hertz)

  await red.switchCamera(false)
  await blue.finds('Their camera is off')
  await until('blue is shown no picture of red', () => blue.picture(), { accept: (picture) => picture === null || picture.hidden })
  await red.keepsSeeing('blue')
  await red.switchCamera(true)
  await blue.sees('red')
}

async function chatThroughCut(world) {
  const node = await world.node()
  const front = await world.front(() => node.port)
  const red = await (await world.visitor('red', front.origin, { networkFails: true })).open()
  const blue = await (await world.visitor('blue', node.origin)).open()
  await meet(red, blue)
  await showBoth(red, blue)

  const half = MESSAGES / 2
  await Promise.all([write(red, 0, half), write(blue, 0, half)])
  front.cut()
  await red.finds('Lost the line to the service. Trying again.')
  await blue.finds('They lost their connection. Waiting for them to come back.')
  const onward = Promise.all([write(red, half, MESSAGES), write(blue, half, MESSAGES)])
  await red.keepsSeeing('blue')
  await blue.keepsSeeing('red')
  front.mend()
  await onward
  await red.lacks('Lost the line to the service. Trying again.', 30_000)

  await exactly(blue, 'red')
  await exactly(red, 'blue')
  const peers = await red.peers()
  expect(peers.length === 1 && peers[0] === 'connected', 'the picture never needed another connection', peers)
}

/** Numbered messages, so that order and number can be told. */
async function write(visitor, from, to) {
  for (let i = from; i < to; i++) await visitor.say(`${visitor.name} says ${i + 1}`)
}

/** The reader has all messages of the writer, each once and in order. */
async function exactly(reader, writer) {
  const wanted = Array.from({ length: MESSAGES }, (_, i) => `${writer} says ${i + 1}`)
  const got = await until(`${reader.name} has ${MESSAGES} messages of ${writer}`, async () => (await reader.chat()).filter((line) => line.from === 'partner').map((line) => line.text), {
    accept: (texts) => texts.length >= MESSAGES,
    within: 60_000,
  })
  expect(JSON.stringify(got) === JSON.stringify(wanted), `${reader.name} has each message of ${writer} once and in order`, got)
}

export const meeting = [
  { name: 'meet', shows: 'two browsers meet; each shows the other\'s camera and plays the other\'s note', run: meetAndSee },
  { name: 'toggles', shows: 'camera and microphone off show at the partner; muted is silence', run: toggles },
  { name: 'chat', shows: `${MESSAGES} messages each way arrive once and in order though one socket is cut; the picture goes on`, run: chatThroughCut },
]
