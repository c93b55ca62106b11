/** Going on, taking it back, leaving, reporting, blocking. */
import { expect, until } from '../harness/until.mjs'
import { meet, showBoth, talking } from '../harness/visitor.mjs'

/** Twice as long as two who met must wait before they may meet again (match.rematch_after). */
const LONG_ENOUGH = 6_000

async function pairOn(world, origin) {
  const red = await (await world.visitor('red', origin)).open()
  const blue = await (await world.visitor('blue', origin)).open()
  await meet(red, blue)
  return { red, blue }
}

async function next(world) {
  const { origin } = await world.node()
  const { red, blue } = await pairOn(world, origin)
  await showBoth(red, blue)
  await red.say('the first time')
  await blue.reads('the first time')

  await red.page.press('button', 'Next Esc')
  await red.finds('Going on to the next person')
  await red.reaches('looking')
  await blue.reaches('ended')
  await blue.finds('They went on to someone else.')
  await blue.page.press('button', 'Meet someone else')
  await talking(red, blue)
  await red.finds('You met lately. Nobody else is waiting.')
  await blue.finds('You met lately. Nobody else is waiting.')
  const left = await red.chat()
  expect(left.length === 0, 'the chat of the last call is gone', left)
  // Cameras stay as they were.
  await red.sees('blue')
  await blue.sees('red')

  const third = await (await world.visitor('blue', origin, { as: 'third' })).open()
  await red.page.press('button', 'Next Esc')
  await blue.reaches('ended')
  await third.start()
  await talking(red, third)
  await red.lacks('You met lately.')
}

async function undoNext(world) {
  // Two seconds are all there is, so the browsers do nothing else meanwhile.
  const { origin } = await world.node({ CLIENT_CHECK_ON: 'false' })
  const { red, blue } = await pairOn(world, origin)
  await showBoth(red, blue)
  await red.page.press('button', 'Next Esc')
  await blue.seesNothingNew(1_800)
  await red.page.press('button', 'Undo')
  await red.lacks('Going on to the next person')
  await red.sees('blue')
  await blue.sees('red')
  await red.say('still here')
  await blue.reads('still here')
  expect((await blue.phase()) === 'talking', 'blue never left')
}

async function stop(world) {
  const { origin } = await world.node()
  const { red, blue } = await pairOn(world, origin)
  await red.page.press('button', 'Stop')
  await red.reaches('ended')
  await red.finds('You left.')
  await blue.finds('They left.')
  await red.page.press('button', 'Back to the start')
  await red.reaches('idle')
  await red.finds('Good to see you again.')
  const live = await red.page.evaluate(() => Array.from(document.querySelectorAll('video'), (video) => video.srcObject?.getTracks().filter((track) => track.readyState === 'live').length ?? 0))
  expect(live.every((count) => count === 0), 'no device is held on the start page', live)
}

async function report(world) {
  const { stores, database, settings } = await world.shared()
  const { origin } = await world.node(settings)
  const { red, blue } = await pairOn(world, origin)
  await red.page.press('button', 'Report')
  await red.page.tick('Insults or harassment')
  await red.page.write('Anything to add? Optional', 'shouted <b>all</b> the time')
  await red.page.press('button', 'Send report')
  await red.finds('Thank you. Your report was sent.')
  await red.reaches('looking')
  await blue.finds('They went on to someone else.') // nobody is told that they were blocked or reported

  const reports = await until('the report is in the database', () => stores.query(database, 'select reason, description, status, reporter_device, reported_device, pair from reports'), {
    accept: (rows) => rows.length > 0,
  })
  expect(reports.length === 1, 'there is one report', reports)
  const [reason, description, status, reporter, reported, pair] = reports[0]
  expect(reason === 'harassment' && description === 'shouted <b>all</b> the time' && status === 'open', 'the report says what red said', reports[0])
  const blocks = await stores.query(database, 'select blocker, blocked, pair from ip_blocks')
  expect(JSON.stringify(blocks) === JSON.stringify([[reporter, reported, pair]]), 'the block beside it is about the same two', blocks)
  const pairs = await until('the history of the pair is written', () => stores.query(database, `select end_reason from pairs where id = '${pair}'`), { accept: (rows) => rows.length === 1 && rows[0][0] !== '' })
  expect(pairs[0][0] === 'reported', 'the pair ended by the report', pairs)
}

async function block(world) {
  const { settings } = await world.shared()
  const { origin } = await world.node(settings)
  const visit = async (person) => (await world.profile(person, person, origin)).open()
  const device = (visitor) => visitor.page.evaluate(() => localStorage.getItem('omezle.device'))

  let [red, blue] = [await visit('red'), await visit('blue')]
  await meet(red, blue)
  await red.page.press('button', 'Block')
  await red.finds('Blocking this person')
  await red.finds('Blocked. You two will not meet again.')
  await blue.finds('They went on to someone else.') // nobody is told that they were blocked or reported
  await blue.page.press('button', 'Meet someone else')
  await red.reaches('looking')
  await Promise.all([red.stays('looking', LONG_ENOUGH), blue.stays('looking', LONG_ENOUGH)])

  const tokens = [await device(red), await device(blue)]
  expect(tokens.every((token) => token !== null), 'both browsers keep a device token', tokens)
  await red.page.context.close()
  await blue.page.context.close()
  ;[red, blue] = [await visit('red'), await visit('blue')]
  await red.start({ agreed: true })
  await blue.start({ agreed: true })
  await red.reaches('looking')
  await blue.reaches('looking')
  await Promise.all([red.stays('looking', LONG_ENOUGH), blue.stays('looking', LONG_ENOUGH)])

  const third = await (await world.visitor('red', origin, { as: 'third' })).open()
  await third.start()
  await third.reaches('talking')
  const phases = [await red.phase(), await blue.phase()].toSorted()
  expect(phases[0] === 'looking' && phases[1] !== 'looking', 'the third meets one of them, the other still waits', phases)
}

export const parting = [
  { name: 'next', shows: 'next re-matches both and says that they met; with a third person it is the third', run: next },
  { name: 'undo', shows: 'an accidental next is taken back; the partner saw nothing meanwhile', run: undoNext },
  { name: 'stop', shows: 'stop tells the partner and gives the devices back', run: stop },
  { name: 'report', shows: 'a report with a block lands in PostgreSQL', run: report },
  { name: 'block', shows: 'a block holds although both restart their browser; a third person is met instead', run: block },
]
