/** A person at a browser: what they do, and what they see, hear and read. */
import { hearPartner, readChat, readCover, readPage, readPeers, readPhase, seeVideo } from './probe.mjs'
import { expect, until } from './until.mjs'

/** A note is quieter than this when nobody makes it. */
const SILENT_DECIBEL = -85
const HEARD_DECIBEL = -60
/** How far the note may be from the one played, for the width of the bins. */
const HERTZ_OFF = 25

export class Visitor {
  /** @param {import('./chromium.mjs').ChromiumPage | import('./firefox.mjs').FirefoxPage} page */
  constructor(page) {
    this.page = page
    this.name = page.name
  }

  /** Opens the start page and waits until it can be used. */
  async open(path = '/') {
    await this.page.go(path)
    await until(`${this.name}'s page is drawn`, () => this.page.evaluate(readPhase), { accept: (phase) => phase !== 'none', within: 20_000 })
    return this
  }

  /** Says the two words that are needed. */
  async agree() {
    await this.page.tick('I am 18 or older')
    await this.page.tick('I accept these rules')
  }

  /** From the start page into the queue. */
  async start({ mode = 'video', agreed = false } = {}) {
    if (mode === 'text') await this.page.tick('Text only')
    if (!agreed) await this.agree()
    await this.page.press('button', 'Meet someone')
  }

  phase() {
    return this.page.evaluate(readPhase)
  }

  /** Waits for one of the phases. */
  async reaches(phases, within = 20_000) {
    const wanted = [phases].flat()
    return until(`${this.name} is ${wanted.join(' or ')}`, () => this.phase(), { accept: (phase) => wanted.includes(phase), within })
  }

  /** Fails as soon as the phase is another one within so many milliseconds. */
  async stays(phase, milliseconds) {
    const end = performance.now() + milliseconds
    await until(`${this.name} stays ${phase}`, () => this.phase(), {
      accept: (now) => {
        expect(now === phase, `${this.name} stays ${phase}`, now)
        return performance.now() >= end
      },
      within: milliseconds + 5_000,
    })
  }

  async switchCamera(on) {
    await this.page.press('button', on ? 'Switch camera on' : 'Switch camera off')
  }

  async switchMicrophone(on) {
    await this.page.press('button', on ? 'Unmute' : 'Mute')
  }

  /** Sends one message; presses Enter again while the page says that too many are on their way. */
  async say(text) {
    await this.page.write('Your message', text)
    await until(
      `${this.name}'s message "${text}" is taken`,
      async () => {
        await this.page.key('Enter')
        return this.page.evaluate(() => document.querySelector('section textarea').value)
      },
      { accept: (left) => left === '', within: 60_000, every: 300 },
    )
  }

  /** The messages in view. */
  chat() {
    return this.page.evaluate(readChat)
  }

  async reads(text, within = 15_000) {
    await until(`${this.name} reads "${text}"`, () => this.chat(), { accept: (lines) => lines.some((line) => line.from === 'partner' && line.text === text), within })
  }

  /** Waits until the words are on the page. */
  async finds(words, within = 15_000) {
    await until(`${this.name}'s page says "${words}"`, () => this.page.evaluate(readPage), { accept: (text) => text.includes(words), within })
  }

  async lacks(words, within = 15_000) {
    await until(`${this.name}'s page no longer says "${words}"`, () => this.page.evaluate(readPage), { accept: (text) => !text.includes(words), within })
  }

  /** What the partner's video shows now, or null. */
  picture() {
    return this.page.evaluate(seeVideo, 'remote-video')
  }

  /** Waits for the partner's own colours, and for their square to walk. */
  async sees(colour, within = 30_000) {
    const first = await until(`${this.name} sees ${colour}'s camera`, () => this.picture(), {
      accept: (picture) => picture?.colour === colour && picture.square !== null && !picture.hidden,
      within,
    })
    await until(`the picture of ${colour} moves at ${this.name}`, () => this.picture(), {
      accept: (picture) => picture?.colour === colour && picture.frames > first.frames + 5 && picture.square !== null && Math.abs(picture.square - first.square) > 0.03,
    })
  }

  /** Fails unless the partner's picture goes on now. */
  async keepsSeeing(colour) {
    const first = await this.picture()
    expect(first?.colour === colour, `${this.name} still sees ${colour}`, first)
    await until(`the picture of ${colour} goes on at ${this.name}`, () => this.picture(), {
      accept: (picture) => picture?.colour === colour && picture.frames > first.frames + 10,
      within: 5_000,
    })
  }

  /** Waits until no new frame of the partner is shown. */
  async seesNothingNew(within) {
    let before = -1
    await until(`${this.name} gets no new picture`, () => this.picture(), {
      accept: (picture) => {
        const same = picture === null || picture.hidden || picture.frames === before
        before = picture?.frames ?? -1
        return same
      },
      within,
      every: 250,
    })
  }

  /** How the partner's picture is covered now, see readCover. */
  cover() {
    return this.page.evaluate(readCover)
  }

  /** Whether what the viewer sees of the partner is blurred, or nothing. */
  async isBlurred() {
    const cover = await this.cover()
    return cover !== null && cover.over !== null && (cover.blurred || !cover.drawn)
  }

  /** Waits until the partner's picture is covered for that reason: unchecked, hit or held. */
  async covers(why, within = 15_000) {
    return until(`${this.name}'s page covers the picture: ${why}`, () => this.cover(), { accept: (cover) => cover?.over === why && (cover.blurred || !cover.drawn), within })
  }

  /** Waits until the partner's picture is shown as it is. */
  async uncovers(within = 20_000) {
    return until(`${this.name}'s page shows the picture`, () => this.cover(), { accept: (cover) => cover !== null && cover.over === null && !cover.blurred && cover.drawn, within })
  }

  /** Waits until the browser's own check has looked so often. */
  async looks(times, within = 60_000) {
    return until(`${this.name}'s browser looked ${times} times`, async () => (await this.cover())?.look, { accept: (look) => look !== null && look !== undefined && look.looks >= times, within })
  }

  /** Waits until no frame of the partner has come for a second, whether or not the picture is drawn. */
  async seesStopped(within = 10_000) {
    let before = -1
    await until(`${this.name} gets no more of the partner's video`, async () => (await this.cover())?.frames ?? 0, {
      accept: (frames) => {
        const same = frames === before
        before = frames
        return same
      },
      within,
      every: 1_000,
    })
  }

  async hears(hertz, within = 20_000) {
    await until(`${this.name} hears ${hertz} Hz`, () => this.page.evaluate(hearPartner, 1_000), {
      accept: (sound) => sound.decibel > HEARD_DECIBEL && Math.abs(sound.hertz - hertz) <= HERTZ_OFF,
      within,
    })
  }

  async hearsNothing(within = 15_000) {
    await until(`${this.name} hears silence`, () => this.page.evaluate(hearPartner, 1_500), { accept: (sound) => sound.decibel < SILENT_DECIBEL, within })
  }

  /** How the page's RTCPeerConnections stand, oldest first. */
  peers() {
    return this.page.evaluate(readPeers)
  }
}

/** Both press the button and wait until they talk to one another. */
export async function meet(one, other, options = {}) {
  for (const visitor of [one, other]) await visitor.start(options)
  await talking(one, other)
}

export async function talking(one, other) {
  for (const visitor of [one, other]) await visitor.reaches('talking', 30_000)
}

/** Both cameras on, and each shows the other's. */
export async function showBoth(red, blue) {
  await red.switchCamera(true)
  await blue.switchCamera(true)
  await red.sees('blue')
  await blue.sees('red')
}
