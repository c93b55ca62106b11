/**
 * What it costs a picture to be looked at, `node e2e/quality.mjs`: two Chromium
 * in one call through the server, whose policy has it looked at by turns not at
 * all and normally. Prints both side by side, as the senders' encoders tell it,
 * and how much of what they sent were keyframes that the server asked for.
 * OMEZLE_BINARY as in run.mjs; the model has to be there (`make model`).
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

import { outsideAddress } from './harness/certificate.mjs'
import { Operator, operatorToken } from './harness/operator.mjs'
import { lake, writeScene } from './harness/scenes.mjs'
import { until } from './harness/until.mjs'
import { meet } from './harness/visitor.mjs'
import { Workshop, World } from './harness/world.mjs'

/** As laptops have it: with so much grain the encoder has to choose between quality and bit rate, and QP says how. */
const camera = { width: 640, height: 480, grain: 6 }
const TURNS = 2
const TURN_MS = 20_000
/** From the start of the pictures until the browsers have found their bit rate. */
const WARM_UP_MS = 20_000
/** From a change of the policy until it shows. */
const SETTLE_MS = 3_000
/** Of the bytes that were sent, keyframes that were asked for in order to be looked at. */
const MOST_PERCENT = 5

const model = resolve(import.meta.dirname, '..', '..', 'var', 'model')

const workshop = new Workshop()
const world = new World(workshop, 'quality')
try {
  if (!existsSync(model)) throw new Error('there is no model to look with: run make model')
  await workshop.prepare()
  const painter = await workshop.browser('bare')
  for (const person of ['red', 'blue']) await writeScene(painter, workshop.files(person).camera, lake, camera)
  await compare()
} finally {
  await world.close()
  await workshop.close()
}

async function compare() {
  const node = await world.node({
    ROLES: 'signaling,sfu',
    SFU_LISTEN: `${outsideAddress()}:0`,
    SFU_TCP_PORT: '-1',
    OPERATOR_TOKEN: operatorToken,
    CLASSIFIER_MODEL: `${model}/model.onnx`,
    CLASSIFIER_LIBRARY: `${model}/libonnxruntime.so.1`,
    CLIENT_CHECK_ON: 'false',
    FRAMES_DENSE_START: '0s',
  })
  const operator = new Operator(node.origin)
  await looksAt(operator, 'none')
  const visitors = []
  for (const person of ['red', 'blue']) visitors.push(await (await world.visitor(person, node.origin)).open())
  await meet(...visitors)
  for (const visitor of visitors) await visitor.switchCamera(true)
  for (const visitor of visitors) await until(`${visitor.name} gets a picture`, () => visitor.picture(), { accept: (picture) => picture !== null && picture.frames > 10, within: 30_000 })
  await pause(WARM_UP_MS)

  const sums = { none: [], normal: [] }
  for (let turn = 0; turn < TURNS; turn++) {
    for (const plan of ['none', 'normal']) {
      await looksAt(operator, plan)
      const expected = plan === 'none' ? 0 : visitors.length
      await until(`${expected} pictures are looked at`, () => metric(node, 'omezle_frames_watched'), { accept: (watched) => watched === expected })
      await pause(SETTLE_MS)
      const before = await measure(node, visitors)
      await pause(TURN_MS)
      sums[plan].push(difference(await measure(node, visitors), before))
    }
  }
  const percent = report(sums)
  if (percent > MOST_PERCENT) throw new Error(`keyframes that were asked for are ${percent.toFixed(1)} % of the bytes, more than ${MOST_PERCENT} %`)
}

async function looksAt(operator, sampling) {
  await operator.everyCall({ route: 'sfu', forced: true, ...(sampling !== 'none' && { sampling }) })
}

/** What both senders and the node have counted so far. */
async function measure(node, visitors) {
  const senders = await Promise.all(visitors.map((visitor) => visitor.page.evaluate(readSender)))
  const sum = { seconds: performance.now() / 1_000, asked: await metric(node, 'omezle_frames_asked_bytes_total'), looks: await metric(node, 'omezle_frames_judged_total') }
  for (const key of ['bytes', 'frames', 'keyframes', 'qp', 'frozen', 'shown']) sum[key] = senders.reduce((total, sender) => total + sender[key], 0)
  sum.size = senders.map(({ size }) => size).join(' ')
  return sum
}

/** Runs in the page: what the encoder of the call has done since it began, and what became of the partner's picture. */
async function readSender() {
  const peer = globalThis.omezlePeers.findLast(({ connectionState }) => connectionState === 'connected')
  const told = [...(await peer.getStats()).values()]
  const out = told.find(({ type, kind }) => type === 'outbound-rtp' && kind === 'video')
  const incoming = told.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video')
  return {
    bytes: out.bytesSent,
    frames: out.framesEncoded,
    keyframes: out.keyFramesEncoded,
    qp: out.qpSum,
    size: `${out.frameWidth}x${out.frameHeight}`,
    shown: incoming.framesDecoded,
    frozen: incoming.totalFreezesDuration,
  }
}

function difference(after, before) {
  return Object.fromEntries(Object.entries(after).map(([key, value]) => [key, typeof value === 'number' ? value - before[key] : value]))
}

/** Prints the table; returns the share of keyframes that were asked for, in percent. */
function report(sums) {
  const plans = Object.keys(sums)
  const whole = Object.fromEntries(plans.map((plan) => [plan, sums[plan].reduce((total, turn) => Object.fromEntries(Object.entries(total).map(([key, value]) => [key, typeof value === 'number' ? value + turn[key] : value])))]))
  const share = ({ asked, bytes }) => (100 * asked) / bytes
  const rows = [
    ['picture', ({ size }) => size],
    ['bitrate of each, kbit/s', ({ bytes, seconds }) => ((8 * bytes) / seconds / 2_000).toFixed(0)],
    ['frames of each a second', ({ frames, seconds }) => (frames / seconds / 2).toFixed(1)],
    ['mean QP (0 to 127)', ({ qp, frames }) => (qp / frames).toFixed(1)],
    ['keyframes', ({ keyframes }) => String(keyframes)],
    ['looks', ({ looks }) => String(looks)],
    ['keyframes asked for, kB', ({ asked }) => (asked / 1_000).toFixed(1)],
    ['of all bytes, %', (sum) => share(sum).toFixed(2)],
    ['shown of each a second', ({ shown, seconds }) => (shown / seconds / 2).toFixed(1)],
    ['frozen, s', ({ frozen }) => frozen.toFixed(2)],
  ]
  console.log(`${TURNS} turns of ${TURN_MS / 1_000} s each, one call, both senders together`)
  console.log(['looked at', ...plans].map((cell, i) => (i === 0 ? cell.padEnd(26) : cell.padStart(18))).join(''))
  for (const [name, of] of rows) console.log(name.padEnd(26) + plans.map((plan) => of(whole[plan]).padStart(18)).join(''))
  return share(whole.normal)
}

async function metric(node, name) {
  const text = await (await fetch(`${node.private}/metrics`, { signal: AbortSignal.timeout(5_000) })).text()
  const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(text) ?? []
  if (value === undefined) throw new Error(`the node has no metric ${name}`)
  return Number(value)
}

function pause(ms) {
  return new Promise((done) => {
    setTimeout(done, ms)
  })
}
