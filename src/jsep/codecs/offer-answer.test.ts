import { describe, expect, test } from 'vitest'
import { parseSdp, writeSdp, type SessionDescription } from '../../sdp/index.js'
import type { Codec, PayloadCodec } from '../media-types.js'
import { namesOf, sectionOf, sectionWith } from './codecs.test-support.js'
import {
  answeredCodecs,
  attributesOfCodecs,
  capabilitiesOf,
  codecsOf,
  hasMediaCodec,
  INITIAL_NUMBERING,
  learnedNumbering,
  negotiatedCodecs,
  offeredCodecs,
} from './index.js'

const offer = (kind: 'audio' | 'video', preferred: readonly Codec[] = []) =>
  offeredCodecs(kind, preferred, 'sendrecv', INITIAL_NUMBERING)
const find = (name: string): Codec => {
  const kind = name.startsWith('audio') ? 'audio' : 'video'
  return capabilitiesOf(kind, 'receive').codecs.find(({ mimeType }) => mimeType === name)!
}

describe('offers', () => {
  test('have the numbers of browsers, each once, none of RTCP', () => {
    expect(namesOf(offer('audio'))).toEqual([
      'opus/111',
      'red/63',
      'G722/9',
      'PCMU/0',
      'PCMA/8',
      'CN/13',
      'telephone-event/110',
      'telephone-event/126',
    ])
    expect(namesOf(offer('video')).slice(0, 4)).toEqual(['VP8/96', 'rtx/97', 'VP9/98', 'rtx/99'])
    const numbers = [...offer('audio'), ...offer('video')].map(({ payloadType }) => payloadType)
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(numbers.filter((number) => number >= 64 && number <= 95)).toEqual([])
  })

  test('say each codec of the capabilities once, besides retransmissions', () => {
    for (const [direction, use] of [
      ['sendonly', 'send'],
      ['recvonly', 'receive'],
    ] as const) {
      const names = offeredCodecs('video', [], direction, INITIAL_NUMBERING).map(({ mimeType }) => mimeType)
      const able = capabilitiesOf('video', use).codecs.map(({ mimeType }) => mimeType)
      const withoutRtx = (list: string[]) => list.filter((name) => name !== 'video/rtx')
      expect(withoutRtx(names)).toEqual(withoutRtx(able))
    }
  })

  test('follow the preferences, retransmissions only where they are among them', () => {
    expect(namesOf(offer('video', [find('video/VP9'), find('video/VP8')]))).toEqual(['VP9/98', 'VP8/96'])
    expect(namesOf(offer('video', [find('video/rtx'), find('video/VP8')]))).toEqual(['VP8/96', 'rtx/97'])
    expect(namesOf(offer('audio', [find('audio/red'), find('audio/opus')]))).toEqual(['red/63', 'opus/111'])
    expect(namesOf(offer('audio', [find('audio/red'), find('audio/PCMU')]))).toEqual(['PCMU/0'])
  })

  test('take the default where preferences have nothing for the direction', () => {
    const onlyFec = [find('video/flexfec-03')]
    expect(offeredCodecs('video', onlyFec, 'sendonly', INITIAL_NUMBERING)).toEqual(
      offeredCodecs('video', [], 'sendonly', INITIAL_NUMBERING),
    )
  })
})

describe('answers', () => {
  const offered = sectionOf(
    'video 9 UDP/TLS/RTP/SAVPF 116 117 120 124 119 123',
    'rtpmap:116 flarglblurp/90000',
    'rtpmap:117 rtx/90000',
    'fmtp:117 apt=116',
    'rtpmap:120 vp9/90000',
    'rtpmap:124 rtx/90000',
    'fmtp:124 apt=120',
    'rtpmap:119 VP8/90000',
    'rtpmap:123 rtx/90000',
    'fmtp:123 apt=119',
    'rtcp-fb:* nack',
    'rtcp-fb:119 transport-cc',
    'rtcp-fb:119 x-own',
  )

  test('keep order and numbers of the offer', () => {
    expect(namesOf(answeredCodecs('video', [], 'sendrecv', offered))).toEqual([
      'VP9/120',
      'rtx/124',
      'VP8/119',
      'rtx/123',
    ])
  })

  test('put preferences first, and leave out what they leave out', () => {
    const preferred = [find('video/H264'), find('video/VP8'), find('video/VP9')]
    expect(namesOf(answeredCodecs('video', preferred, 'sendrecv', offered))).toEqual(['VP8/119', 'VP9/120'])
    expect(answeredCodecs('video', [find('video/H264')], 'sendrecv', offered)).toEqual([])
  })

  test('take feedback that was offered, also with a star', () => {
    const { rtcpFeedbacks } = attributesOfCodecs('video', answeredCodecs('video', [], 'sendrecv', offered), offered)
    expect(rtcpFeedbacks).toEqual([
      { payloadType: 120, feedback: 'nack' },
      { payloadType: 119, feedback: 'transport-cc' },
      { payloadType: 119, feedback: 'nack' },
    ])
  })

  test('to an offer of our own take all of it, as it is', () => {
    for (const kind of ['audio', 'video'] as const) {
      const all = offeredCodecs(kind, [], 'recvonly', INITIAL_NUMBERING)
      expect(answeredCodecs(kind, [], 'recvonly', sectionWith(kind, all))).toEqual(all)
    }
  })

  test('with nothing that carries media tell so', () => {
    const noise = sectionOf('audio 9 UDP/TLS/RTP/SAVPF 13 101', 'rtpmap:101 telephone-event/8000')
    const answered = answeredCodecs('audio', [], 'sendrecv', noise)
    expect(namesOf(answered)).toEqual(['CN/13', 'telephone-event/101'])
    expect(hasMediaCodec(answered)).toBe(false)
  })

  test('take redundant audio only with what is in it', () => {
    const both = sectionOf('audio 9 X 96 97', 'rtpmap:96 opus/48000/2', 'rtpmap:97 red/48000/2', 'fmtp:97 96/96')
    expect(answeredCodecs('audio', [], 'sendrecv', both)[1]).toMatchObject({ payloadType: 97, sdpFmtpLine: '96/96' })
    const dangling = sectionOf('audio 9 X 0 97', 'rtpmap:97 red/48000/2', 'fmtp:97 96/96')
    expect(namesOf(answeredCodecs('audio', [], 'sendrecv', dangling))).toEqual(['PCMU/0'])
  })
})

describe('numbers', () => {
  const session = (...sections: Parameters<typeof sectionWith>[]): SessionDescription => {
    const text = writeSdp({
      origin: { username: '-', sessionId: '1', sessionVersion: '1', addressType: 'IP4', address: '127.0.0.1' },
      sessionName: '-',
      bandwidths: [],
      timing: { start: 0, stop: 0 },
      attributes: {},
      media: sections.map((section) => sectionWith(...section)),
    })
    const parsed = parseSdp(text)
    if (!parsed.ok) throw new Error(parsed.error.message)
    return parsed.value
  }
  const vp9: PayloadCodec = { payloadType: 96, mimeType: 'video/VP9', clockRate: 90000 }

  test("a peer's offer moves ours out of its way, and what we answered stays", () => {
    const offered = session(['video', [vp9]])
    const heard = learnedNumbering(INITIAL_NUMBERING, 'remote', offered)
    const answer = session(['video', answeredCodecs('video', [], 'sendrecv', offered.media[0]!)])
    const numbering = learnedNumbering(heard, 'local', answer)
    const names = namesOf(offeredCodecs('video', [], 'sendrecv', numbering))
    expect(names).toContain('VP9/96')
    expect(names).not.toContain('VP8/96')
    expect(new Set(names.map((name) => name.split('/')[1])).size).toBe(names.length)
  })

  test('numbers do not move when they were said once', () => {
    const first = offer('video')
    const numbering = learnedNumbering(INITIAL_NUMBERING, 'local', session(['video', first]))
    const foreign: PayloadCodec = { payloadType: 96, mimeType: 'video/none', clockRate: 90000 }
    const later = learnedNumbering(numbering, 'remote', session(['video', [foreign]]))
    expect(offeredCodecs('video', [], 'sendrecv', later)).toEqual(first)
  })

  test('a peer that takes every number leaves static ones alone', () => {
    const greedy = [...Array(32).keys()]
      .map((index) => 96 + index)
      .concat([...Array(29).keys()].map((index) => 35 + index))
    const codecs = greedy.map((payloadType) => ({ payloadType, mimeType: 'audio/none', clockRate: 8000, channels: 1 }))
    const numbering = learnedNumbering(INITIAL_NUMBERING, 'remote', session(['audio', codecs]))
    expect(namesOf(offeredCodecs('audio', [], 'sendrecv', numbering))).toEqual(['G722/9', 'PCMU/0', 'PCMA/8', 'CN/13'])
    expect(offeredCodecs('video', [], 'sendrecv', numbering)).toEqual([])
  })
})

describe('what both sides come to', () => {
  test('sends what the peer says, receives what we said', () => {
    const ours = sectionWith('audio', offer('audio'))
    const theirs = sectionOf(
      'audio 9 UDP/TLS/RTP/SAVPF 121 112 0 101',
      'rtpmap:101 telephone-event/8000/1',
      'rtpmap:121 flarglblurp/8000/2',
      'rtpmap:112 OPUS/48000/2',
      'fmtp:112 maxaveragebitrate=20001;unknownparam=foo',
    )
    const { send, receive } = negotiatedCodecs('audio', ours, theirs, 'remote')
    expect(send).toEqual([
      {
        payloadType: 112,
        mimeType: 'audio/OPUS',
        clockRate: 48000,
        channels: 2,
        sdpFmtpLine: 'maxaveragebitrate=20001;unknownparam=foo',
      },
      { payloadType: 0, mimeType: 'audio/PCMU', clockRate: 8000, channels: 1 },
      { payloadType: 101, mimeType: 'audio/telephone-event', clockRate: 8000, channels: 1 },
    ])
    expect(namesOf(receive)).toEqual(['opus/111', 'PCMU/0', 'telephone-event/126'])
  })

  test('an answer may add codecs to send; our own answer bounds what we send', () => {
    const vp8 = sectionWith('video', offer('video', [find('video/VP8')]))
    const h264 = sectionWith('video', offer('video', [find('video/H264')]))
    expect(namesOf(negotiatedCodecs('video', vp8, h264, 'remote').send)).toEqual(['H264/102'])
    const all = sectionWith('video', offer('video'))
    expect(namesOf(negotiatedCodecs('video', vp8, all, 'local').send)).toEqual(['VP8/96'])
  })

  test('what is offered survives being written and read', () => {
    for (const kind of ['audio', 'video'] as const) {
      expect(codecsOf(sectionWith(kind, offer(kind)))).toEqual(offer(kind))
    }
  })
})
