/** The server's own look at relayed pictures: what it stops, what it leaves alone, and whom it believes. */
import { resolve } from 'node:path'

import { Operator } from '../harness/operator.mjs'
import { readGrid } from '../harness/pattern.mjs'
import { Reviewer, reviewerToken } from '../harness/reviewer.mjs'
import { expect, until } from '../harness/until.mjs'
import { meet } from '../harness/visitor.mjs'
import { keepSocket, noteSent, sent } from './look.mjs'
import { carrying, inTime } from './route.mjs'

const STOPPED_MS = 3_000
const CALM_MS = 60_000
const model = resolve(import.meta.dirname, '..', '..', '..', 'var', 'model')
const throughServer = 'Through our server'

/** Settings of a node that carries media and judges it; browsers do not look unless told to. */
const judging = (more = {}) =>
  carrying({ REVIEWER_TOKEN: reviewerToken, CLASSIFIER_MODEL: `${model}/model.onnx`, CLASSIFIER_LIBRARY: `${model}/libonnxruntime.so.1`, ...more })

/** The server alone acts, within three seconds; what it kept shows the pattern; a reviewer takes it back. */
async function relayed(world) {
  const { origin } = await world.node(judging())
  await new Operator(origin).everyCall({ route: 'sfu', forced: true, sampling: 'normal' })
  const reviewer = new Reviewer(origin)
  const trigger = await (await world.visitor('trigger', origin)).open()
  const neutral = await (await world.visitor('neutral', origin)).open()
  await meet(trigger, neutral)
  for (const visitor of [trigger, neutral]) await visitor.finds(throughServer)
  await neutral.switchCamera(true)
  await until('the trigger\'s side sees the neutral picture', () => trigger.cover(), { accept: (cover) => cover !== null && cover.frames > 5, within: 30_000 })
  await trigger.switchCamera(true)
  await until('the first trigger frame is there', () => neutral.cover(), { accept: (cover) => cover !== null && cover.frames > 0, within: 20_000, every: 20 })
  const first = performance.now()
  await neutral.covers('held', 20_000)
  const took = Math.round(performance.now() - first)
  world.figures.push(`hidden ${took} ms after the first trigger frame`)
  inTime(took <= STOPPED_MS, `the picture is hidden within ${STOPPED_MS / 1000} s of the first trigger frame`, took)
  await neutral.finds('We hid this picture')
  await neutral.seesStopped()
  await trigger.finds('Your picture is not shown any more')
  const { frames } = await trigger.cover()
  await until('the other way goes on', () => trigger.cover(), { accept: (cover) => cover.frames > frames + 10 })
  expect((await trigger.cover()).over === null, 'the neutral picture is not covered', await trigger.cover())

  const [{ id }] = await until('there is a flag', () => reviewer.flags(), { accept: (flags) => flags.length > 0 })
  const { evidence } = await until('the flag has stills', () => reviewer.flag(id), { accept: (flag) => flag.evidence.some(({ kind }) => kind === 'still') })
  const grid = readGrid('trigger')
  const stills = evidence.filter(({ kind }) => kind === 'still')
  await reviewer.claim(id)
  for (const still of stills) {
    const bytes = await reviewer.reveal(still.id)
    expect(bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP', 'a still is WebP', bytes.length)
    const colours = await neutral.page.evaluate(drawSmall, { data: bytes.toString('base64'), width: grid.gw, height: grid.gh })
    const off = colours.reduce((sum, value, i) => sum + Math.abs(value - grid.rgb[i]), 0) / colours.length
    expect(off < 30, 'it shows the pattern', off)
  }
  world.figures.push(`${stills.length} stills, of ${evidence.length} items kept`)

  const { version } = await reviewer.flag(id)
  await reviewer.decide(id, { version, outcome: 'dismiss' })
  await neutral.finds('Someone looked again')
  await trigger.finds('That was a mistake of ours')
}

/** Draws a picture at that size and returns its colours; sent to a page as text. */
async function drawSmall({ data, width, height }) {
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0))
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/webp' }))
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  const pen = canvas.getContext('2d')
  pen.imageSmoothingQuality = 'high'
  pen.drawImage(bitmap, 0, 0, width, height)
  return [...pen.getImageData(0, 0, width, height).data].filter((_, i) => i % 4 !== 3)
}

/** A direct call: the browser's hit moves it to the server, which confirms. */
async function fromDirect(world) {
  const { origin } = await world.node(judging({ CLIENT_CHECK_ON: 'true' }))
  const trigger = await (await world.visitor('trigger', origin)).open()
  const neutral = await (await world.visitor('neutral', origin)).open()
  await meet(trigger, neutral)
  await neutral.finds('Direct')
  await trigger.switchCamera(true)
  await neutral.covers('hit', 60_000)
  await neutral.finds(throughServer, 30_000)
  await neutral.covers('held', 30_000)
  await neutral.seesStopped()
  await trigger.finds('Your picture is not shown any more')
}

/** A browser that says what is not so: the call moves, nothing happens to the partner, and it is believed no more. */
async function lied(world) {
  const node = await world.node(judging({ CLIENT_CHECK_ON: 'true', CLIENT_CHECK_FALSE_ALARMS: '1', CLIENT_CHECK_PAUSE: '0s' }))
  const { origin } = node
  const honest = await (await world.visitor('neutral', origin, { as: 'honest' })).open()
  const liar = await world.visitor('blue', origin, { as: 'liar' })
  await liar.page.context.addInitScript(noteSent)
  await liar.page.context.addInitScript(keepSocket)
  await liar.open()
  await meet(honest, liar)
  await honest.switchCamera(true)
  await until('the liar sees the honest picture', () => liar.cover(), { accept: (cover) => cover !== null && cover.frames > 10, within: 30_000 })
  const [{ pair }] = (await sent(liar, 'media')).slice(-1)
  const lie = () => liar.page.evaluate((data) => globalThis.omezleSocket.send(data), JSON.stringify({ type: 'sighting', pair, class: 'Porn', score: 1, scores: { Porn: 1 } }))
  await lie()
  await liar.finds(throughServer, 30_000)
  await honest.finds(throughServer, 30_000)
  await until('the server finds nothing', () => node.metric('omezle_sightings_total{outcome="refuted"}'), { accept: (count) => count === 1, within: 60_000 })
  await liar.uncovers()
  expect((await new Reviewer(origin).flags()).length === 0, 'there is no flag')
  await until(
    'the next lie is not believed',
    async () => {
      await lie()
      return node.metric('omezle_sightings_total{outcome="doubted"}')
    },
    { accept: (count) => count > 0, every: 1_000, within: 30_000 },
  )
  expect((await honest.phase()) === 'talking', 'the honest one talks on', await honest.phase())
}

/** A neutral picture, and a dim and noisy one, for a minute. */
async function calm(world) {
  const { origin } = await world.node(judging({ FRAMES_NORMAL: '2s' }))
  await new Operator(origin).everyCall({ route: 'sfu', forced: true, sampling: 'normal' })
  const dim = await (await world.visitor('dim', origin)).open()
  const neutral = await (await world.visitor('neutral', origin)).open()
  await meet(dim, neutral)
  await dim.switchCamera(true)
  await neutral.switchCamera(true)
  await dim.stays('talking', CALM_MS)
  for (const visitor of [dim, neutral]) expect((await visitor.cover()).over === null, `${visitor.name} sees the other`, await visitor.cover())
  expect((await new Reviewer(origin).flags()).length === 0, 'there is no flag')
}

export const police = [
  { name: 'police-relay', shows: 'a relayed call: the server stops the trigger pattern within 3 s, keeps stills that show it, and takes it back at a reviewer\'s word', run: relayed },
  { name: 'police-direct', shows: 'a direct call: the browser\'s hit moves it to the server, which confirms', run: fromDirect },
  { name: 'police-liar', shows: 'a hit without cause moves the call, does nothing to the partner, and the next one is not believed', run: lied },
  { name: 'police-calm', shows: 'a neutral picture and a dim, noisy one raise nothing in a minute', run: calm },
]
