/** What people write, brought into the form that the service takes; it refuses the rest. */
import { limits } from '../protocol/protocol.gen'

/** A chat line ready to be sent, or why it cannot be. Characters are Unicode code points. */
export function prepareLine(text: string): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: 'empty' | 'too_long' } {
  const clean = withoutControls(text).trim()
  if (clean === '') return { ok: false, why: 'empty' }
  return lengthOf(clean) > limits.maxText ? { ok: false, why: 'too_long' } : { ok: true, text: clean }
}

/** The description of a report, cut to what the service takes. */
export function prepareDescription(text: string): string {
  return [...withoutControls(text).trim()].slice(0, limits.maxDescription).join('')
}

function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}

/** Line ends become \n; other control characters but tabs are left out, and lone surrogates replaced. */
function withoutControls(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n\t]/gu, '').replace(/\p{Cs}/gu, '\ufffd')
}
