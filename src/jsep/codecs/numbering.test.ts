import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SessionDescription } from '../../sdp/index.js'
import type { PayloadCodec } from '../media-types.js'
import { namesOf, sectionOf, sectionWith } from './codecs.test-support.js'
import {
  answeredCodecs,
  codecsOf,
  conflictingNumbers,
  forbiddenPayloadType,
  INITIAL_NUMBERING,
  learnedNumbering,
  matchesCodec,
  offeredCodecs,
} from './index.js'

function sessionOf(...media: SessionDescription['media']): SessionDescription {
  return {
    origin: { username: '-', sessionId: '1', sessionVersion: '1', addressType: 'IP4', address: '127.0.0.1' },
    sessionName: '-',
    bandwidths: [],
    timing: { start: 0, stop: 0 },
    attributes: {},
    media,
  }
}

const NAMES: readonly Omit<PayloadCodec, 'payloadType'>[] = [
  { mimeType: 'video/VP8', clockRate: 90000 },
  { mimeType: 'video/VP9', clockRate: 90000, sdpFmtpLine: 'profile-id=2' },
  { mimeType: 'video/H264', clockRate: 90000, sdpFmtpLine: 'packetization-mode=1;profile-level-id=42e00d' },
  { mimeType: 'video/none', clockRate: 90000 },
  { mimeType: 'video/red', clockRate: 90000 },
]

const peerCodecs = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 96, max: 127 }), fc.constantFrom(...NAMES)), {
    selector: ([number]) => number,
    maxLength: 20,
  })
  .map((list): PayloadCodec[] => list.map(([payloadType, codec]) => ({ ...codec, payloadType })))

test('whatever peers offer: answers speak their numbers, our offers are unambiguous and keep what was said', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), peerCodecs), { maxLength: 6 }), (exchanges) => {
      let numbering = INITIAL_NUMBERING
      let said: readonly PayloadCodec[] = []
      for (const [peerOffers, codecs] of exchanges) {
        const theirs = sectionWith('video', codecs)
        numbering = learnedNumbering(numbering, 'remote', sessionOf(theirs))
        const ours = peerOffers
          ? answeredCodecs('video', [], 'sendrecv', theirs)
          : offeredCodecs('video', [], 'sendrecv', numbering)
        const numbers = ours.map(({ payloadType }) => payloadType)
        expect(new Set(numbers).size).toBe(numbers.length)
        if (peerOffers) {
          for (const codec of ours) {
            const offered = codecs.find(({ payloadType }) => payloadType === codec.payloadType)!
            expect(matchesCodec(codec, offered)).toBe(true)
          }
        } else {
          expect(forbiddenPayloadType(sectionWith('video', ours))).toBeUndefined()
          for (const before of said) {
            const now = ours.find(({ payloadType }) => payloadType === before.payloadType)
            expect([undefined, before.mimeType]).toContain(now?.mimeType)
          }
        }
        numbering = learnedNumbering(numbering, 'local', sessionOf(sectionWith('video', ours)))
        said = ours
      }
    }),
  )
})

test('reading what we wrote is what we meant', () => {
  const written = sectionWith('video', offeredCodecs('video', [], 'sendrecv', INITIAL_NUMBERING))
  expect(namesOf(codecsOf(written))).toEqual(namesOf(offeredCodecs('video', [], 'sendrecv', INITIAL_NUMBERING)))
})

describe('payload types', () => {
  test('of static codecs need no rtpmap, and each number counts once', () => {
    const section = sectionOf('audio 9 RTP/AVP 0 8 0 10 19 96 200 x')
    expect(codecsOf(section)).toEqual([
      { payloadType: 0, mimeType: 'audio/PCMU', clockRate: 8000, channels: 1 },
      { payloadType: 8, mimeType: 'audio/PCMA', clockRate: 8000, channels: 1 },
      { payloadType: 10, mimeType: 'audio/L16', clockRate: 44100, channels: 2 },
    ])
  })

  test('may be redefined, and may have several lines of parameters', () => {
    const section = sectionOf('audio 9 RTP/AVP 0', 'rtpmap:0 opus/48000/2', 'fmtp:0 a=1', 'fmtp:0 b=2')
    expect(codecsOf(section)).toEqual([
      { payloadType: 0, mimeType: 'audio/opus', clockRate: 48000, channels: 2, sdpFmtpLine: 'a=1;b=2' },
    ])
  })

  test('64 to 95 are told', () => {
    for (const number of [35, 63, 96, 127])
      expect(forbiddenPayloadType(sectionOf(`audio 9 X ${number}`))).toBeUndefined()
    for (const number of [64, 72, 95]) expect(forbiddenPayloadType(sectionOf(`audio 9 X 0 ${number}`))).toBe(number)
  })
})

test('sections of one BUNDLE group agree on numbers', () => {
  const vp8 = sectionOf(
    'video 9 X 96 97',
    'rtpmap:96 VP8/90000',
    'rtpmap:97 rtx/90000',
    'fmtp:97 apt=96',
    'extmap:1 urn:a',
  )
  const other = (...lines: string[]) => conflictingNumbers([vp8, sectionOf('video 9 X 96 97', ...lines)])
  expect(other('rtpmap:96 vp8/90000', 'rtpmap:97 rtx/90000', 'fmtp:97 apt=96', 'extmap:2 urn:b')).toBeUndefined()
  expect(other('rtpmap:96 VP9/90000')).toContain('payload type 96')
  expect(other('rtpmap:97 rtx/90000', 'fmtp:97 apt=98')).toContain('payload type 97')
  expect(other('extmap:1 urn:b')).toContain('id 1')
})

describe('levels in answers', () => {
  const answerTo = (name: string, parameters?: string) => {
    const lines = [`rtpmap:96 ${name}/90000`, ...(parameters === undefined ? [] : [`fmtp:96 ${parameters}`])]
    return answeredCodecs('video', [], 'sendrecv', sectionOf('video 9 X 96', ...lines))[0]?.sdpFmtpLine
  }

  test('of H.264 are our own where both allow asymmetry, else the lower one', () => {
    const ours = 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id='
    expect(answerTo('H264', 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42c00d')).toBe(
      `${ours}42e01f`,
    )
    expect(answerTo('H264', 'packetization-mode=1;profile-level-id=42c00d')).toBe(`${ours}42e00d`)
    expect(answerTo('H264', 'packetization-mode=1;profile-level-id=42e034')).toBe(`${ours}42e01f`)
    expect(answerTo('H264')).toBe('level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42000a')
    expect(answerTo('H264', 'profile-level-id=zzzzzz')).toBeUndefined()
  })

  test('of H.265 are the lower one', () => {
    expect(answerTo('H265', 'level-id=30')).toBe('level-id=30;profile-id=1;tier-flag=0;tx-mode=SRST')
    expect(answerTo('H265', 'level-id=186')).toContain('level-id=180')
    expect(answerTo('H265', 'level-id=broken')).toContain('level-id=180')
  })
})
