/** The check in the viewer's own browser: what it covers, what it tells, what it costs. */
import { expect, until } from '../harness/until.mjs'
import { meet, showBoth } from '../harness/visitor.mjs'
import { look as findAxe, looked } from './axe.mjs'

const LOOKS = 8

/** Notes what the page says to the service, by kind. Runs before the page. */
export function noteSent() {
  globalThis.omezleSent = []
  const send = WebSocket.prototype.send
  WebSocket.prototype.send = function note(data) {
    if (typeof data === 'string') globalThis.omezleSent.push(JSON.parse(data))
    return send.call(this, data)
  }
}

export async function sent(visitor, kind) {
  const all = await visitor.page.evaluate(() => globalThis.omezleSent)
  return all.filter(({ type }) => type === kind)
}

const sightings = (visitor) => sent(visitor, 'sighting')

async function inTheBrowser(world) {
  const { origin } = await world.node({ CLIENT_CHECK_INTERVAL: '500ms' })
  const trigger = await (await world.visitor('trigger', origin)).open()
  const neutral = await world.visitor('neutral', origin)
  await neutral.page.context.addInitScript(noteSent)
  await neutral.open()
  const asked = []
  neutral.page.page.on('request', (request) => asked.push(request.url()))
  trigger.page.page.on('request', (request) => asked.push(request.url()))
  expect(!asked.some((address) => address.includes('/model/')), 'the first page does without the model', asked)

  await meet(trigger, neutral)
  await trigger.switchCamera(true)
  await neutral.switchCamera(true)
  const begun = performance.now()
  await neutral.covers('hit', 60_000)
  world.figures.push(`the trigger pattern is covered ${Math.round(performance.now() - begun)} ms after both cameras were on, model and worker fetched in between`)
  await neutral.finds('We blurred this')
  await trigger.uncovers(60_000)
  const told = await until('the hit is told', () => sightings(neutral), { accept: (list) => list.length > 0 })
  expect(told.length === 1 && told[0].score >= 0.85 && told[0].scores[told[0].class] === told[0].score, 'once, with its scores', told)

  // It stays so, and nothing piles up.
  const before = await trigger.looks(LOOKS)
  const after = await trigger.looks(before.looks + LOOKS)
  expect(after.tensors === before.tensors, 'the worker holds as many tensors as before', [before, after])
  world.figures.push(`a look takes ${Math.round(after.tookMs)} ms on ${after.backend}, one every ${after.everyMs} ms, ${after.tensors} tensors`)
  expect((await trigger.cover()).over === null, 'the neutral picture was not covered', await trigger.cover())
  expect((await sightings(neutral)).length === 1, 'a hit that goes on is not told again', await sightings(neutral))
  for (const address of asked) expect(new URL(address).origin === origin || address.startsWith('blob:') || address.startsWith('data:'), 'nobody else is asked', address)
  expect(asked.some((address) => address.endsWith('/model/weights.bin')), 'the model came from our own origin', asked)

  // The viewer may see it all the same.
  await neutral.page.press('button', 'Show anyway')
  await neutral.uncovers()
  const seen = await neutral.looks((await neutral.cover()).look.looks + 2)
  expect(seen !== null && (await neutral.cover()).over === null, 'it stays uncovered for the one who chose so', await neutral.cover())
}

async function reportWithPicture(world) {
  const { origin } = await world.node({ CLIENT_CHECK_ON: 'false' })
  const red = await (await world.visitor('red', origin)).open()
  const blue = await world.visitor('blue', origin)
  await blue.page.context.addInitScript(noteSent)
  await blue.open()
  await meet(red, blue)
  await showBoth(red, blue)
  expect((await blue.cover()).over === null, 'with the check off nothing is blurred', await blue.cover())
  await blue.page.press('button', 'Report')
  await blue.page.tick('Send a small picture of what I see')
  await blue.page.tick('Nudity or sex')
  await blue.page.press('button', 'Send report')
  await blue.finds('Thank you. Your report was sent.')
  const [report] = await sent(blue, 'report')
  const bytes = Buffer.from(report.still ?? '', 'base64')
  expect(bytes.length > 500 && bytes.length <= 40_960 && bytes.readUInt16BE() === 0xffd8, 'a small JPEG was sent', bytes.length)
  world.figures.push(`the picture of a report has ${bytes.length} bytes`)
}

async function withoutModel(world) {
  const { origin } = await world.node()
  const red = await world.visitor('red', origin, { networkFails: true })
  await red.page.answer('**/model/model.json', { status: 503, body: { title: 'not now' } })
  await red.open()
  const blue = await (await world.visitor('blue', origin)).open()
  await meet(red, blue)
  await showBoth(red, blue)
  await red.finds('Your browser cannot check this picture')
  await red.covers('unchecked')
  await blue.uncovers(60_000)
  await red.page.press('button', 'Show anyway')
  await red.uncovers()
}

async function dimRoom(world) {
  const { origin } = await world.node({ CLIENT_CHECK_INTERVAL: '500ms' })
  const dim = await (await world.visitor('dim', origin)).open()
  const blue = await world.visitor('blue', origin)
  await blue.page.context.addInitScript(noteSent)
  await blue.open()
  await meet(dim, blue)
  await dim.switchCamera(true)
  await blue.uncovers(60_000)
  await blue.looks(LOOKS)
  expect((await blue.cover()).over === null && (await sightings(blue)).length === 0, 'a dark and noisy room raises nothing', await blue.cover())
}

async function inFirefox(world) {
  const { origin } = await world.node({ CLIENT_CHECK_INTERVAL: '500ms' })
  const fox = await (await world.firefox(origin)).open()
  const trigger = await (await world.visitor('trigger', origin)).open()
  await meet(fox, trigger)
  await trigger.switchCamera(true)
  await fox.covers('hit', 60_000)
  const before = await fox.looks(LOOKS)
  const after = await fox.looks(before.looks + LOOKS)
  expect(after.tensors === before.tensors, 'the worker holds as many tensors as before', [before, after])
  world.figures.push(`a look takes ${Math.round(after.tookMs)} ms on ${after.backend}`)
}

/** Keeps the page's socket, so that a word of the service can be said for it. Runs before the page. */
export function keepSocket() {
  const Real = WebSocket
  globalThis.WebSocket = class extends Real {
    constructor(...how) {
      super(...how)
      globalThis.omezleSocket = this
    }
  }
}

/** Says what the service would say of a picture of the present pair. */
async function moderates(visitor, message) {
  const [pair] = (await visitor.page.evaluate(() => globalThis.omezleSent)).flatMap((said) => (said.pair === undefined ? [] : [said.pair])).slice(-1)
  await visitor.page.evaluate((data) => globalThis.omezleSocket.dispatchEvent(new MessageEvent('message', { data })), JSON.stringify({ type: 'moderation', pair, reason: 'nudity', ...message }))
}

async function readable(world) {
  const findings = []
  const { origin } = await world.node({ CLIENT_CHECK_INTERVAL: '500ms' })
  const trigger = await (await world.visitor('trigger', origin, { still: true })).open()
  const neutral = await world.visitor('neutral', origin, { still: true })
  await neutral.page.context.addInitScript(noteSent)
  await neutral.page.context.addInitScript(keepSocket)
  await neutral.open()
  await meet(trigger, neutral)
  await trigger.switchCamera(true)
  await neutral.switchCamera(true)
  await neutral.covers('hit', 60_000)
  await findAxe(neutral, 'blurred', findings)
  await neutral.page.pressFirst('button', 'Report', 'main')
  await neutral.page.tick('Send a small picture of what I see')
  await looked(neutral, 'dialog', 'Report this person', findings)

  await moderates(neutral, { target: 'partner', actions: ['blur', 'stop'] })
  await neutral.covers('held')
  await neutral.finds('We hid this picture')
  await findAxe(neutral, 'hidden by the service', findings)
  await moderates(neutral, { target: 'you', actions: ['blur', 'stop', 'warn'] })
  await neutral.finds('Your picture is not shown any more')
  await findAxe(neutral, 'own picture stopped', findings)
  await neutral.page.press('button', 'I understand')
  await neutral.lacks('Your picture is not shown any more')
  await neutral.finds('Not shown')
  await moderates(neutral, { target: 'partner', actions: [], lifted: true, reason: 'staff' })
  await neutral.finds('Someone looked again')
  await findAxe(neutral, 'taken back', findings)
  expect(findings.length === 0, 'axe finds nothing serious', findings)
}

export const look = [
  { name: 'look-browser', shows: 'the viewer\'s browser blurs the trigger pattern and not the neutral one, tells it once, and leaves no tensor behind', run: inTheBrowser },
  { name: 'look-without', shows: 'without the model a picture stays blurred until the viewer says otherwise', run: withoutModel },
  { name: 'look-firefox', shows: 'Firefox blurs the trigger pattern, too', run: inFirefox },
  { name: 'look-report', shows: 'a report carries a small picture once the box is ticked, and the service takes it', run: reportWithPicture },
  { name: 'look-axe', shows: 'nothing serious for axe where a picture is covered, hidden, stopped and shown again', run: readable },
  { name: 'look-dim', shows: 'a dim, noisy camera without contrast raises nothing in the browser', run: dimRoom },
]
