/** The way of a call changes, and nobody sees it. */
import { networkInterfaces } from 'node:os'

import { readContinuity, watchContinuity } from '../harness/continuity.mjs'
import { expect, until } from '../harness/until.mjs'
import { meet, showBoth } from '../harness/visitor.mjs'

/** What the badge says of each way. */
const words = { p2p: 'Direct', turn: 'Relayed', sfu: 'Through our server' }
/** A switch may stop the picture so long in the middle of all, and at most so many times as long as it stops anyway. */
const FREEZE_MS = 150
const FREEZE_TIMES = 2
/** Silence that nobody notices. */
const SOUND_MS = 60

/** An address of this machine that browsers bind to: they send nothing from it to 127.0.0.1. */
function ownAddress() {
  const found = Object.values(networkInterfaces()).flat().find((it) => it.family === 'IPv4' && !it.internal)
  if (found === undefined) throw new Error('this machine has no IPv4 address but loopback, and browsers use none')
  return found.address
}

const serving = (more = {}) => ({ ROLES: 'signaling,sfu', SFU_LISTEN: `${ownAddress()}:0`, ...more })

async function takes(visitor, way, within = 10_000) {
  await visitor.finds(words[way], within)
}

async function hideAddress(visitor) {
  await visitor.page.press('button', 'More')
  await visitor.page.press('menuitemcheckbox', 'Hide my IP address')
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const note = (visitors) => Promise.all(visitors.map((visitor) => visitor.page.evaluate(watchContinuity)))
const noted = (visitors) => Promise.all(visitors.map((visitor) => visitor.page.evaluate(readContinuity)))

async function hops(red, blue, ways) {
  const visitors = [red, blue]
  await note(visitors)
  await pause(6_000)
  console.log('quiet', JSON.stringify(await noted(visitors)))
  for (const way of ways) {
    await note(visitors)
    await pause(1_500)
    await hideAddress(blue)
    await Promise.all(visitors.map((visitor) => takes(visitor, way)))
    await pause(2_000)
    console.log(way, JSON.stringify(await noted(visitors)))
    await pause(1_500)
  }
}

async function hopByWish(world) {
  const { origin } = await world.node(serving())
  const red = await (await world.visitor('redVoice', origin, { as: 'red' })).open()
  const blue = await (await world.visitor('blueVoice', origin, { as: 'blue' })).open()
  await meet(red, blue)
  await showBoth(red, blue)
  await hops(red, blue, ['sfu', 'p2p', 'sfu'])
}

async function hopByTurn(world) {
  const ip = ownAddress()
  const { origin } = await world.node(serving({ ROLES: 'signaling,sfu,turn', TURN_PUBLIC_IP: ip, TURN_LISTEN_UDP: `${ip}:3479`, TURN_TCP_PORT: '-1', TURN_ALLOW_PEERS: `${ip}/32` }))
  const red = await (await world.visitor('redVoice', origin, { as: 'red' })).open()
  const blue = await (await world.visitor('blueVoice', origin, { as: 'blue' })).open()
  await meet(red, blue)
  await showBoth(red, blue)
  await hops(red, blue, ['turn', 'p2p', 'turn'])
}

async function hopInFirefox(world) {
  const { origin } = await world.node(serving())
  const red = await (await world.firefox(origin)).open()
  const blue = await (await world.visitor('blueVoice', origin, { as: 'blue' })).open()
  await meet(red, blue)
  await red.switchCamera(true)
  await blue.switchCamera(true)
  await red.sees('blue')
  await hops(red, blue, ['sfu', 'p2p', 'sfu'])
}

export const route = [
  { name: 'route-wish', shows: 'x', run: hopByWish },
  { name: 'route-turn', shows: 'x', run: hopByTurn },
  { name: 'route-firefox', shows: 'x', run: hopInFirefox },
]
void FREEZE_MS, FREEZE_TIMES, SOUND_MS, median, until, expect
