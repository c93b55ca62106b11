/** The page that says which ways work from here, against real relays. */
import { phone } from '../harness/chromium.mjs'
import { outsideAddress, selfSigned } from '../harness/certificate.mjs'
import { readOverflow } from '../harness/probe.mjs'
import { expect, until } from '../harness/until.mjs'
import { look } from './axe.mjs'

/** A node that relays over UDP, TCP and TLS, at an address that browsers use. */
async function relaying(world, settings = {}) {
  const address = outsideAddress()
  return world.node({
    ...(await selfSigned(world.dir, address)),
    LISTEN: `${address}:0`,
    ROLES: 'signaling,turn',
    TURN_PUBLIC_IP: address,
    TURN_HOST: address,
    TURN_LISTEN_UDP: `${address}:0`,
    ...settings,
  })
}

/** A node that relays and carries media itself, over UDP and over TCP on its public port. */
function carrying(settings = {}) {
  const address = outsideAddress()
  return { LISTEN: `${address}:0`, ROLES: 'signaling,sfu,turn', TURN_PUBLIC_IP: address, TURN_LISTEN_UDP: `${address}:0`, SFU_LISTEN: `${address}:0`, ...settings }
}

/** Browsers are told a UDP port at which nobody is, as where the firewall lets in the public port only. */
const nobodyAtUDP = () => ({ SFU_ADVERTISE: `${outsideAddress()}:9` })

/** What the page says of the media server, to be read. */
function readServerLines() {
  return ['mediaUdp', 'mediaTcp'].map((name) => document.querySelector(`[data-check="${name}"]`).innerText.replaceAll(/\s+/g, ' '))
}

/** Every line of the page by its name: works, fails, absent, unasked or waiting; and the verdict. */
function readLines() {
  const lines = Object.fromEntries([...document.querySelectorAll('[data-check]')].map(({ dataset }) => [dataset.check, dataset.state]))
  return { ...lines, verdict: document.querySelector('[data-verdict]')?.dataset.verdict }
}

/** Waits for the verdict and returns every line. */
async function found(visitor) {
  return until(`${visitor.name}'s check is over`, () => visitor.page.evaluate(readLines), { accept: ({ verdict }) => verdict !== undefined && verdict !== 'running', within: 30_000 })
}

/** Fails unless these lines say this. */
function saying(lines, wanted) {
  for (const [name, state] of Object.entries(wanted)) expect(lines[name] === state, `${name}: ${state}`, lines)
}

async function allWays(world) {
  const findings = []
  const address = outsideAddress()
  const { origin } = await relaying(world)
  const red = await (await world.visitor('lenient', origin, { still: true })).open()
  await red.page.press('link', 'Check your connection')
  saying(await found(red), {
    service: 'works', socket: 'works', camera: 'works', microphone: 'works', direct: 'works', udp: 'works', tcp: 'works', tls: 'works',
    mediaUdp: 'absent', mediaTcp: 'absent', verdict: 'direct',
  })
  await red.finds(`The internet sees you at ${address}.`)
  await look(red, 'every way works', findings)

  await red.page.evaluate(() => document.querySelector('details').setAttribute('open', ''))
  const report = await red.page.evaluate(() => document.querySelector('pre').textContent)
  expect(report.includes('tls: works') && !report.includes(address), 'the report has the lines and no address', report)
  await look(red, 'the report is open', findings)

  // By keyboard, from the foot of the page.
  await until('"Check again" has the focus', async () => {
    await red.page.key('Tab')
    return red.page.evaluate(() => document.activeElement?.textContent)
  }, { accept: (text) => text === 'Check again', within: 10_000 })
  await red.page.key('Enter')
  await until('the check has begun again', () => red.page.evaluate(readLines), { accept: ({ verdict }) => verdict === 'running' })
  saying(await found(red), { udp: 'works', tcp: 'works', tls: 'works', verdict: 'direct' })

  await red.page.page.setViewportSize(phone)
  const overflow = await red.page.evaluate(readOverflow)
  expect(overflow === null, 'the check fits a phone', overflow)
  expect(findings.length === 0, 'axe finds nothing serious', findings)
}

async function withoutUDP(world) {
  const findings = []
  // Browsers are told a port at which nobody is, as behind a firewall that lets no UDP through.
  const { origin } = await relaying(world, { TURN_UDP_PORT: '9' })
  const red = await (await world.visitor('lenient', origin, { as: 'walled', still: true })).open('/check')
  saying(await found(red), { socket: 'works', direct: 'fails', udp: 'fails', tcp: 'works', tls: 'works', verdict: 'relay' })
  await red.finds('Video will work, through our relay')
  await look(red, 'no UDP', findings)
  expect(findings.length === 0, 'axe finds nothing serious', findings)
}

async function nothingOffered(world) {
  const findings = []
  const { origin } = await world.node()
  const red = await (await world.visitor('red', origin, { still: true, allow: false })).open('/check')
  await red.page.decide({ camera: 'denied', microphone: 'prompt' })
  await red.page.reload()
  saying(await found(red), { service: 'works', socket: 'works', camera: 'fails', microphone: 'unasked', direct: 'absent', udp: 'absent', tcp: 'absent', tls: 'absent', mediaUdp: 'absent', verdict: 'untold' })
  await red.finds('Not offered')
  await red.finds('Permission was refused.')
  await look(red, 'no relay', findings)
  await red.page.decide({ camera: 'denied', microphone: 'granted' })
  await red.page.press('button', 'Try: Microphone')
  await until('the microphone may be used', () => red.page.evaluate(readLines), { accept: ({ microphone }) => microphone === 'works' })
  expect(findings.length === 0, 'axe finds nothing serious', findings)

  const lost = await world.visitor('red', origin, { as: 'lost', still: true, networkFails: true })
  await lost.page.answer('**/api/preflight', { status: 503, body: {} })
  await lost.open('/check')
  saying(await found(lost), { service: 'fails', verdict: 'down' })
  await look(lost, 'no service', findings)
  expect(findings.length === 0, 'axe finds nothing serious', findings)
}

async function mediaServer(world) {
  const findings = []
  const secure = { ...(await selfSigned(world.dir, outsideAddress())), TURN_HOST: outsideAddress() }
  const { origin } = await world.node(carrying(secure))
  const red = await (await world.visitor('lenient', origin, { as: 'served', still: true })).open('/check')
  saying(await found(red), { direct: 'works', udp: 'works', tcp: 'works', tls: 'works', mediaUdp: 'works', mediaTcp: 'works', verdict: 'direct' })
  const said = await red.page.evaluate(readServerLines)
  expect(said[0].startsWith('Through our media server, UDP') && said[1].startsWith('Through our media server, TCP') && said.every((line) => line.includes('Works')), 'both ways to the media server work', said)
  await look(red, 'a media server', findings)

  const walled = await world.node(carrying({ ...secure, ...nobodyAtUDP() }))
  const blue = await (await world.visitor('lenient', walled.origin, { as: 'walled', still: true })).open('/check')
  saying(await found(blue), { mediaUdp: 'fails', mediaTcp: 'works', udp: 'works' })
  const told = await blue.page.evaluate(readServerLines)
  expect(told[0].includes('Does not work') && told[1].includes('Works'), 'the page says which way to the media server does not work', told)
  await look(blue, 'a media server by TCP only', findings)
  expect(findings.length === 0, 'axe finds nothing serious', findings)

  // Nothing but the media server, and that over TCP only.
  const alone = await world.node(carrying({ ...secure, ROLES: 'signaling,sfu', ...nobodyAtUDP() }))
  const lone = await (await world.visitor('lenient', alone.origin, { as: 'lone', still: true })).open('/check')
  saying(await found(lone), { direct: 'absent', udp: 'absent', mediaUdp: 'fails', mediaTcp: 'works', verdict: 'served' })
}

async function firefoxToo(world) {
  const address = outsideAddress()
  // Without TLS: Firefox opens TURN over TLS to names only, and a page by address is enough for the rest.
  const { origin } = await world.node({ LISTEN: `${address}:0`, ROLES: 'signaling,turn', TURN_PUBLIC_IP: address, TURN_LISTEN_UDP: `${address}:0` })
  const fox = await (await world.firefox(origin)).open('/check')
  saying(await found(fox), { service: 'works', socket: 'works', direct: 'works', udp: 'works', tcp: 'works', tls: 'absent', mediaUdp: 'absent', mediaTcp: 'absent' })
}

async function firefoxAndServer(world) {
  const open = await world.node(carrying())
  const fox = await (await world.firefox(open.origin)).open('/check')
  saying(await found(fox), { direct: 'works', udp: 'works', tcp: 'works', mediaUdp: 'works', mediaTcp: 'works', verdict: 'direct' })
  const walled = await world.node(carrying(nobodyAtUDP()))
  const hound = await (await world.firefox(walled.origin)).open('/check')
  saying(await found(hound), { udp: 'works', mediaUdp: 'fails', mediaTcp: 'works' })
}

export const preflight = [
  { name: 'check', shows: 'a page says that UDP, TCP and TLS to a real relay work, by keyboard too; nothing serious for axe', run: allWays },
  { name: 'check-no-udp', shows: 'without UDP the check says that video goes through the relay', run: withoutUDP },
  { name: 'check-nothing', shows: 'what is not offered is called so, a refused camera explained, a service that is away told', run: nothingOffered },
  { name: 'check-server', shows: 'the media server is reached over UDP and TCP, or over TCP only where its UDP port is not', run: mediaServer },
  { name: 'check-firefox', shows: 'Firefox finds its relays over UDP and TCP', run: firefoxToo },
  { name: 'check-fox-server', shows: 'Firefox reaches the media server over UDP and TCP, or over TCP only', run: firefoxAndServer },
]
