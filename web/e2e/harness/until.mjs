/** The only way to wait: ask again until the answer is right, or fail with a sentence. */
import { setTimeout as pause } from 'node:timers/promises'

const EVERY_MS = 100

/**
 * Asks read() until accept(answer) is true, and returns that answer. An error of
 * read counts as a wrong answer, since pages change while they are looked at; one
 * of accept ends the wait.
 *
 * @template T
 * @param {string} sentence what is waited for, as a statement: "blue sees red"
 * @param {() => T | Promise<T>} read
 * @param {{ accept?: (answer: T) => unknown, within?: number, every?: number }} [options] times in milliseconds
 * @returns {Promise<T>}
 */
export async function until(sentence, read, { accept = Boolean, within = 15_000, every = EVERY_MS } = {}) {
  const deadline = performance.now() + within
  let last
  for (;;) {
    let answered = true
    try {
      last = await read()
    } catch (err) {
      last = err
      answered = false
    }
    if (answered && accept(last)) return last
    if (performance.now() >= deadline) throw new Error(`not within ${within / 1000} s: ${sentence}; the last answer was ${describe(last)}`)
    await pause(every)
  }
}

/**
 * Fails unless condition holds.
 *
 * @param {unknown} condition
 * @param {string} sentence what should have held
 * @param {unknown} [seen] what was seen instead
 */
export function expect(condition, sentence, seen) {
  if (!condition) throw new Error(seen === undefined ? `not so: ${sentence}` : `not so: ${sentence}; seen was ${describe(seen)}`)
}

/** One line for a person to read. */
function describe(value) {
  const text = value instanceof Error ? value.message.split('\n', 1)[0] : JSON.stringify(value)
  return text !== undefined && text.length > 600 ? `${text.slice(0, 600)} ...` : String(text)
}
