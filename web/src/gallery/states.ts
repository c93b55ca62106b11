import type { CallState, ChatLine, MediaState, Pair, Shared } from '../call'

/** Made-up states, one for each thing the page can show. */

const now = Date.now()
const far = now + 3_600_000

const media: MediaState = {
  camera: { on: false, pending: false, failure: null, deviceId: null },
  microphone: { on: true, pending: false, failure: null, deviceId: 'mic' },
  devices: {
    cameras: [
      { id: 'cam', label: 'FaceTime HD Camera' },
      { id: 'cam2', label: 'Logitech C920' },
    ],
    microphones: [{ id: 'mic', label: 'Built-in Microphone' }],
    speakers: [{ id: 'spk', label: 'Headphones' }],
  },
  resolution: null,
  playbackBlocked: false,
  speakerChoice: true,
  notice: null,
}

const cameraOn: MediaState = { ...media, camera: { ...media.camera, on: true, deviceId: 'cam' }, resolution: { width: 1280, height: 720 } }

const noCheck = { on: false, threshold: 0.7, release: 0.4, everyMs: 2_000, blurFirst: true, model: '/model/model.json' }

export const shared: Shared = {
  link: { state: 'open' },
  service: { status: 'ready', consent: '2026-11', minimumAge: 18, modes: ['video', 'text'], version: 'dev', check: noCheck, online: 1204, waiting: 17 },
  preferences: {
    mode: 'video',
    interests: ['music', 'go', 'hiking'],
    language: '',
    autoNext: true,
    startWithCamera: false,
    startMuted: false,
    hideIP: false,
    blurFirst: null,
    cameraId: null,
    microphoneId: null,
    speakerId: null,
    consent: '2026-11',
    adult: true,
  },
  media: cameraOn,
  chat: { lines: [], heldUntil: null },
  reactions: [],
  undo: null,
  report: null,
  reportable: null,
}

const pair: Pair = { id: 'p1', mode: 'video', route: 'p2p', relayOnly: false, epoch: 1, moved: null, blank: false, held: { partner: null, me: null }, word: null, shared: ['music', 'go'], language: 'en', rematch: false, hue: 205, since: now }
const partner = { away: false, camera: true, microphone: true, typing: false }
const quality = { level: 3, rttMs: 48, lossPercent: 0.4, kbps: 1130, width: 1280, height: 720, fps: 30, weak: null } as const

const say = (id: number, from: ChatLine['from'], text: string, status: ChatLine['status'] = 'delivered'): ChatLine => ({ id: `${id}`, from, text, at: now, status })
const lines = [
  say(1, 'partner', 'hi! is that a bass on the wall behind you?'),
  say(2, 'me', 'ha, yes. four strings, three of them in tune'),
  say(3, 'partner', 'good enough for punk'),
  say(4, 'partner', 'do you play with anyone?'),
  say(5, 'me', 'We rehearse on Thursdays above a bakery, so everything we write is about bread <3'),
  say(6, 'me', 'where are you?', 'sent'),
]

const inCall = { ...shared, reportable: pair, chat: { lines, heldUntil: null } }
const talking: CallState = { ...inCall, phase: 'talking', pair, partner, transport: 'connected', quality }
const checked: CallState = { ...talking, service: { ...shared.service, check: { ...noCheck, on: true } } }
const search = { mode: 'video', since: now, waiting: 18, stage: 'interests', after: null, delayed: false } as const
const textPair: Pair = { ...pair, mode: 'text', hue: 330 }

export const scenes: Record<string, CallState> = {
  first: { ...shared, phase: 'idle', problem: null, media, preferences: { ...shared.preferences, consent: null, adult: false, interests: ['music'] } },
  preview: { ...shared, phase: 'idle', problem: null, preferences: { ...shared.preferences, consent: null, adult: false } },
  refused: {
    ...shared,
    phase: 'idle',
    problem: null,
    media: { ...media, camera: { ...media.camera, failure: 'denied' }, microphone: { ...media.microphone, on: false } },
    preferences: { ...shared.preferences, consent: null, adult: false },
  },
  returning: { ...shared, phase: 'idle', problem: null, media },
  problem: { ...shared, phase: 'idle', problem: { code: 'unavailable', retryAt: null }, media },
  looking: { ...shared, phase: 'looking', search, media },
  lookingAfter: { ...shared, phase: 'looking', search: { ...search, waiting: 1, stage: 'anyone', after: 'node_lost' } },
  connecting: { ...inCall, chat: { lines: [], heldUntil: null }, phase: 'connecting', pair, partner, connecting: { trying: 'p2p', since: now, slow: true } },
  talking,
  typing: { ...talking, partner: { ...partner, typing: true, microphone: false }, reactions: [{ id: 'r', from: 'partner', name: 'heart', at: now }] },
  cameraOff: { ...talking, partner: { ...partner, camera: false }, media },
  away: { ...talking, partner: { ...partner, away: true } },
  relayed: { ...talking, pair: { ...pair, route: 'turn', relayOnly: true } },
  moved: { ...talking, pair: { ...pair, route: 'sfu', epoch: 2, moved: { route: 'sfu', cause: 'policy', at: now } }, quality: { ...quality, level: 2, weak: 'theirs' } },
  blank: { ...talking, pair: { ...pair, route: 'sfu', epoch: 2, blank: true, moved: { route: 'sfu', cause: 'hit', at: now } }, transport: 'restarting' },
  unchecked: checked,
  unavailable: checked,
  hit: checked,
  held: { ...checked, pair: { ...pair, route: 'sfu', held: { partner: { stopped: true, reason: 'nudity' }, me: null } } },
  lifted: { ...talking, pair: { ...pair, route: 'sfu', word: { target: 'partner', actions: ['blur', 'stop'], reason: 'staff', lifted: true, at: now } } },
  stopped: { ...talking, pair: { ...pair, route: 'sfu', held: { partner: null, me: { stopped: true, reason: 'nudity' } }, word: { target: 'you', actions: ['blur', 'stop', 'warn'], reason: 'nudity', lifted: false, at: now } } },
  warned: { ...talking, pair: { ...pair, word: { target: 'you', actions: ['warn'], reason: 'staff', lifted: false, at: now } } },
  moderated: { ...inCall, phase: 'ended', pair, end: { reason: 'moderated', self: true, at: now, nextAt: null } },
  failed: { ...talking, transport: 'failed', quality: null },
  undo: { ...talking, undo: { until: far } },
  offline: { ...talking, link: { state: 'reconnecting', cause: 'lost', retryAt: far } },
  cameraRefused: { ...talking, media: { ...media, camera: { ...media.camera, failure: 'in_use' } } },
  blockedSound: { ...talking, media: { ...cameraOn, playbackBlocked: true } },
  ended: { ...inCall, phase: 'ended', pair, end: { reason: 'next', self: false, at: now, nextAt: now + 4500 } },
  reported: { ...shared, phase: 'looking', search, reportable: pair, report: { kind: 'report', pair: 'p1', reason: 'spam', block: true, status: 'done' } },
  text: { ...talking, pair: textPair, reportable: textPair, partner: { ...partner, typing: true }, transport: 'none', quality: null, preferences: { ...shared.preferences, mode: 'text' } },
  textLooking: { ...shared, phase: 'looking', search: { ...search, mode: 'text' } },
  textEnded: { ...inCall, phase: 'ended', pair: textPair, reportable: textPair, end: { reason: 'stop', self: false, at: now, nextAt: null } },
  superseded: { ...shared, phase: 'superseded' },
  banned: { ...shared, phase: 'banned', ban: { detail: null, reason: 'nudity', until: now + 86_000_000, id: '0c7e1fd2ba5c4q8m2r6t' } },
  bannedForGood: { ...shared, phase: 'banned', ban: { detail: 'Spam, after two warnings.', reason: null, until: null, id: '0c7e1fd2ba5c4q8m2r6t' } },
}
