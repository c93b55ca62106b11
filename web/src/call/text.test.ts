import { describe, expect, it } from 'vitest'
import { prepareDescription, prepareLine } from './text'

describe('prepareLine', () => {
  it.each([
    ['as typed', 'I <3 you, a < b && c', 'I <3 you, a < b && c'],
    ['without the spaces around it', '  hi \n', 'hi'],
    ['with its line ends', 'a\r\nb\rc\n\td', 'a\nb\nc\n\td'],
    ['without other control characters', 'a\u0000b\u001bc\u0085d', 'abcd'],
    ['with its emoji', '👩‍👩‍👧', '👩‍👩‍👧'],
    ['with lone surrogates replaced', 'a\ud800b', 'a\ufffdb'],
    ['up to 2,000 characters, however they are stored', '😀'.repeat(2_000), '😀'.repeat(2_000)],
  ])('takes text %s', (_, given, wanted) => {
    expect(prepareLine(given)).toEqual({ ok: true, text: wanted })
  })

  it.each([
    ['nothing', '', 'empty'],
    ['only spaces', ' \n\t ', 'empty'],
    ['only controls', '\u0007', 'empty'],
    ['2,001 characters', 'x'.repeat(2_001), 'too_long'],
  ])('refuses %s', (_, given, why) => {
    expect(prepareLine(given)).toEqual({ ok: false, why })
  })
})

describe('prepareDescription', () => {
  it('cuts at 1,000 characters', () => {
    expect([...prepareDescription('😀'.repeat(1_200))]).toHaveLength(1_000)
  })
})
