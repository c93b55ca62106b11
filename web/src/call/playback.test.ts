import { describe, expect, it } from 'vitest'
import { Playback } from './playback'

/** A media element whose play is allowed or not. */
function element(allowed = { play: true }) {
  const seen: string[] = []
  return {
    seen,
    allowed,
    fake: {
      srcObject: null as unknown,
      play: () => (allowed.play ? Promise.resolve() : Promise.reject(new DOMException('', 'NotAllowedError'))),
      setSinkId: (id: string) => Promise.resolve(void seen.push(id)),
    },
  }
}
const as = (fake: object) => fake as HTMLMediaElement
const stream = (name: string) => ({ name }) as unknown as MediaStream
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('Playback', () => {
  it('shows the present stream in every element, until it is detached', () => {
    const playback = new Playback(() => undefined)
    const [a, b] = [element(), element()]
    const first = stream('first')
    const detach = playback.attach(as(a.fake))
    playback.setStream(first)
    playback.attach(as(b.fake))
    expect([a.fake.srcObject, b.fake.srcObject]).toEqual([first, first])
    detach()
    playback.setStream(stream('second'))
    expect(a.fake.srcObject).toBeNull()
    expect(b.fake.srcObject).toEqual(stream('second'))
  })

  it('plays on the chosen speaker, in elements that come later too', async () => {
    const playback = new Playback(() => undefined)
    const [a, b] = [element(), element()]
    playback.attach(as(a.fake))
    playback.setSpeaker('spk1')
    playback.setStream(stream('s'))
    playback.attach(as(b.fake))
    await settle()
    expect(a.seen.at(-1)).toBe('spk1')
    expect(b.seen.at(-1)).toBe('spk1')
  })

  it('says when the browser wants a click first, and when it was given', async () => {
    const said: boolean[] = []
    const playback = new Playback((blocked) => said.push(blocked))
    const a = element({ play: false })
    playback.attach(as(a.fake))
    playback.setStream(stream('s'))
    await settle()
    a.allowed.play = true
    playback.play()
    await settle()
    expect(said).toEqual([true, false])
  })
})
