import { describe, expect, it } from 'vitest'
import { Playback } from './playback'

const element = () => ({ srcObject: null as unknown, muted: false, play: () => Promise.resolve() })
const as = (fake: object) => fake as HTMLMediaElement
const stream = (name: string) => ({ name }) as unknown as MediaStream

describe('Playback', () => {
  it('shows the present stream in every element, without sound, until it is detached', () => {
    const playback = new Playback()
    const [a, b] = [element(), element()]
    const first = stream('first')
    const detach = playback.attach(as(a))
    playback.setStream(first)
    playback.attach(as(b))
    expect([a.srcObject, b.srcObject]).toEqual([first, first])
    expect([a.muted, b.muted]).toEqual([true, true])
    detach()
    playback.setStream(stream('second'))
    expect(a.srcObject).toBeNull()
    expect(b.srcObject).toEqual(stream('second'))
  })
})
