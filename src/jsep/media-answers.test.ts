import { describe, expect, test } from 'vitest'
import { CHROMIUM_MEDIA_OFFER, SAFARI_BUNDLE_ONLY_OFFER } from '../sdp/offers.test-support.js'
import { mediaSections } from './index.js'
import { MediaPeer, sectionOf } from './media-peer.test-support.js'
import { attribute, negotiate } from './negotiation.test-support.js'

const UNBUNDLED = CHROMIUM_MEDIA_OFFER.replace('a=group:BUNDLE 0 1 2\r\n', '')

function ports(sdp: string): string[] {
  return [...sdp.matchAll(/^m=(\w+ \d+)/gm)].map((match) => match[1]!)
}

describe('answers (RFC 9429 §5.3.1)', () => {
  test('a section that has a transceiver is accepted with what both know, in the order of the offer', () => {
    const b = new MediaPeer('b')
    b.remote('offer', CHROMIUM_MEDIA_OFFER)
    const answer = b.answer()
    expect(ports(answer)).toEqual(['audio 9', 'video 9', 'application 9'])
    expect(attribute(answer, 'group')).toEqual(['BUNDLE 0 1 2'])
    const audio = sectionOf(answer, 0)
    expect(audio).toMatch(/^m=audio 9 UDP\/TLS\/RTP\/SAVPF 111 63 9 0 8 13 110 126\r/)
    expect(audio).toContain('a=recvonly\r\n')
    expect(audio).not.toMatch(/a=(?:msid|ssrc|bundle-only|rtcp-mux-only|rtcp:|rtcp-xr)/)
    expect(attribute(audio, 'extmap')).toEqual(attribute(sectionOf(CHROMIUM_MEDIA_OFFER, 0), 'extmap'))
    expect(audio).toContain('a=extmap-allow-mixed\r\n') // the offer says it in the session, for all
    expect(new Set(attribute(answer, 'ice-ufrag'))).toEqual(new Set(['b1/0frag']))
    expect(b.plan.transports.map(({ mid, sectionIndex }) => [mid, sectionIndex])).toEqual([['0', 0]])
  })

  test.each([
    ['sendrecv', 'sendrecv', 'sendrecv'],
    ['sendonly', 'sendrecv', 'recvonly'],
    ['recvonly', 'sendrecv', 'sendonly'],
    ['sendrecv', 'recvonly', 'recvonly'],
    ['sendonly', 'sendonly', 'inactive'],
    ['inactive', 'sendrecv', 'inactive'],
  ] as const)('offered %s, with a transceiver that is %s: %s', (offered, ours, answered) => {
    const [a, b] = [new MediaPeer('a'), new MediaPeer('b')]
    a.add('audio', { direction: offered })
    b.add('audio', { direction: ours })
    b.remote('offer', a.offer())
    b.transceivers[0]!.direction = ours
    const answer = b.answer()
    expect(answer).toContain(`a=${answered}\r\n`)
    expect(attribute(answer, 'msid')).toHaveLength(answered.startsWith('send') ? 1 : 0)
    a.remote('answer', answer)
    expect(mediaSections(a.state, 'remote')[0]?.direction).toBe(answered)
    // An answer that cannot send names no streams, and that is no reason to ask again.
    expect([a.needsNegotiation, b.needsNegotiation]).toEqual([false, false])
  })

  test('the direction of the session is that of sections without one; an answer that says too much is read as if not', () => {
    const [a, b] = [new MediaPeer('a'), new MediaPeer('b')]
    b.remote('offer', CHROMIUM_MEDIA_OFFER.replaceAll('a=sendrecv\r\n', '').replace('t=0 0', 't=0 0\r\na=recvonly'))
    expect(mediaSections(b.state, 'remote').map(({ direction }) => direction)).toEqual(Array(3).fill('recvonly'))
    a.add('audio', { direction: 'sendonly' })
    const other = new MediaPeer('b')
    other.remote('offer', a.offer())
    a.remote('answer', other.answer().replace('a=recvonly\r\n', ''))
    expect(mediaSections(a.state, 'remote')[0]?.direction).toBe('recvonly')
  })

  test.each([
    ['no codec in common', () => undefined, CHROMIUM_MEDIA_OFFER.replaceAll(/^a=(?:rtpmap:9[67]).*\r\n/gm, '')],
    [
      'the transceiver is stopping',
      (b: MediaPeer) => void (b.transceivers[1]!.isStopping = true),
      CHROMIUM_MEDIA_OFFER,
    ],
    ['it is stopped', (b: MediaPeer) => void (b.transceivers[1]!.isStopped = true), CHROMIUM_MEDIA_OFFER],
    ['there is none', (b: MediaPeer) => void b.transceivers.splice(1, 1), CHROMIUM_MEDIA_OFFER],
    [
      'its protocol is unknown',
      () => undefined,
      CHROMIUM_MEDIA_OFFER.replace('video 9 UDP/TLS/RTP/SAVPF', 'video 9 UDP/QUIC'),
    ],
    [
      'it ends',
      () => undefined,
      CHROMIUM_MEDIA_OFFER.replace('m=video 9', 'm=video 0').replace('BUNDLE 0 1 2', 'BUNDLE 0 2'),
    ],
    [
      'its preferences are not offered',
      (b: MediaPeer) =>
        void (b.transceivers[1]!.preferredCodecs = [
          {
            mimeType: 'video/H264',
            clockRate: 90000,
            sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
          },
        ]),
      CHROMIUM_MEDIA_OFFER,
    ],
  ])('video is rejected, and the rest is not: %s', (_name, prepare, offer) => {
    const b = new MediaPeer('b')
    b.remote('offer', offer)
    prepare(b)
    const answer = b.answer()
    expect(ports(answer)).toEqual(['audio 9', 'video 0', 'application 9'])
    expect(attribute(answer, 'group')).toEqual(['BUNDLE 0 2'])
    expect(mediaSections(b.state, 'local').map(({ isRejected }) => isRejected)).toEqual([false, true, false])
    expect(b.media('1')).toBeUndefined()
    expect(b.plan.transports).toHaveLength(1)
  })

  test('data is rejected while media is accepted', () => {
    const [a, b] = [new MediaPeer('a', { wantsData: true }), new MediaPeer('b')]
    a.add('audio')
    b.remote('offer', a.offer().replace('a=sctp-port:5000', 'a=sctp-port:0'))
    expect(ports(b.answer())).toEqual(['audio 9', 'application 0'])
    expect(b.plan).not.toHaveProperty('sctp')
    expect(b.plan.transports).toMatchObject([{ mid: '0' }])
  })

  test.each([
    ['max-compat', ['audio 9', 'video 9', 'application 9'], ['0', '1', '2']],
    ['balanced', ['audio 9', 'video 9', 'application 9'], ['0', '1', '2']],
    ['max-bundle', ['audio 9', 'video 0', 'application 0'], ['0']],
  ] as const)('an offer without BUNDLE, with %s', (bundlePolicy, lines, transports) => {
    const b = new MediaPeer('b', { bundlePolicy })
    const offered = b.remote('offer', UNBUNDLED)
    expect(offered.transports).toHaveLength(3)
    const answer = b.answer()
    expect(ports(answer)).toEqual(lines)
    expect(answer).not.toContain('a=group')
    expect(b.plan.transports.map(({ mid }) => mid)).toEqual(transports)
    expect(new Set(attribute(answer, 'ice-ufrag')).size).toBe(transports.length)
  })

  test('balanced takes one unbundled section of each kind', () => {
    const b = new MediaPeer('b')
    const second = sectionOf(UNBUNDLED, 0).replace('mid:0', 'mid:3')
    b.remote('offer', UNBUNDLED + second)
    expect(ports(b.answer())).toEqual(['audio 9', 'video 9', 'application 9', 'audio 0'])
  })

  test('an offer without mids gets some, and its answer agrees by place', () => {
    const b = new MediaPeer('b')
    b.remote('offer', UNBUNDLED.replaceAll(/^a=mid:.*\r\n/gm, ''))
    expect(attribute(b.answer(), 'mid')).toEqual(['0', '1', '2'])
    expect(b.transceivers.map(({ mid }) => mid)).toEqual(['0', '1'])
  })

  test('bundle-only sections are taken inside their bundle', () => {
    const b = new MediaPeer('b')
    b.remote('offer', SAFARI_BUNDLE_ONLY_OFFER)
    const answer = b.answer()
    expect(ports(answer)).toEqual(['audio 9', 'application 9'])
    expect(answer).not.toContain('bundle-only')
    expect(b.plan.transports).toMatchObject([{ mid: '0', remote: { usernameFragment: 'abcd' } }])
  })

  test('who speaks for a bundle is the first in its group, whatever the order of sections (RFC 9143 §7.3)', () => {
    const b = new MediaPeer('b')
    const distinct = CHROMIUM_MEDIA_OFFER.replace('BUNDLE 0 1 2', 'BUNDLE 1 0 2')
    const [head, ...sections] = distinct.split(/(?=^m=)/m)
    b.remote('offer', head! + sections.map((text, index) => text.replace('LBym', `LBy${index}`)).join(''))
    b.answer()
    expect(b.plan.transports).toMatchObject([{ mid: '1', remote: { usernameFragment: 'LBy1' } }])
  })

  test('of a simulcast that the offer asks for we send what we have; one that it offers is not taken up (RFC 9429 §3.7)', () => {
    const [a, b] = [new MediaPeer('a'), new MediaPeer('b')]
    const sendStreams = ['h', 'm', 'l'].map((rid, index) => ({ rid, ssrc: index + 1 }))
    a.add('video', { sendStreams })
    b.add('video', { sendStreams })
    const offer = a.offer()
    b.remote(
      'offer',
      offer.replaceAll(/a=rid:(\w) send/g, 'a=rid:$1 recv').replace('simulcast:send h;m;l', 'simulcast:recv l;h'),
    )
    expect(mediaSections(b.state, 'remote')[0]?.receiveRids.map(({ rid }) => rid)).toEqual(['l', 'h'])
    const answer = b.answer()
    expect(attribute(answer, 'simulcast')).toEqual(['send l;h'])
    expect(attribute(answer, 'rid')).toEqual(['l send', 'h send'])
    expect(b.media('0')?.sendRids.map(({ rid }) => rid)).toEqual(['l', 'h'])
    const other = new MediaPeer('b')
    other.remote('offer', offer)
    expect(other.answer()).not.toMatch(/simulcast|a=rid/)
  })
})

describe('what was negotiated', () => {
  test('codecs, header extensions, rtcp and cname, from both sides', () => {
    const [a, b] = [new MediaPeer('a'), new MediaPeer('b')]
    a.add('video')
    b.add('video', { direction: 'sendrecv' })
    negotiate(a, b)
    const [ours, theirs] = [a.media('0')!, b.media('0')!]
    expect(ours.sendCodecs).toEqual(theirs.receiveCodecs)
    expect(ours.receiveCodecs).toEqual(theirs.sendCodecs)
    expect(ours.sendCodecs[0]).toMatchObject({ mimeType: 'video/VP8', payloadType: 96 })
    expect(ours.headerExtensions).toEqual(theirs.headerExtensions)
    expect(ours).toMatchObject({ reducedSizeRtcp: true, cname: 'a-cname', sendRids: [] })
    expect(mediaSections(a.state, 'remote')[0]).toMatchObject({ cname: 'b-cname', trackId: 'b-track-1' })
    expect(a.media('7')).toBeUndefined()
  })

  test('it is that of the provisional answer while there is one, and of the exchange before after a rollback', () => {
    const [a, b] = [new MediaPeer('a'), new MediaPeer('b')]
    a.add('audio')
    b.remote('offer', a.offer())
    expect(a.media('0')).toBeUndefined()
    const pranswer = b.createAnswer()
    b.local('pranswer', pranswer)
    a.remote('pranswer', pranswer)
    expect(a.media('0')?.sendCodecs).not.toHaveLength(0)
    b.local('answer', pranswer)
    a.remote('answer', pranswer)
    a.transceivers[0]!.preferredCodecs = [{ mimeType: 'audio/PCMU', clockRate: 8000, channels: 1 }]
    const before = a.media('0')
    a.offer()
    expect(a.media('0')).toEqual(before)
    a.local('rollback')
    expect(a.media('0')).toEqual(before)
  })

  test('numbers that the peer chose are ours from then on, whoever offers (RFC 3264 §8.3.2)', () => {
    const b = new MediaPeer('b')
    const firefox = CHROMIUM_MEDIA_OFFER.replaceAll(/\b96\b/g, '120').replaceAll(/\b97\b/g, '124')
    b.remote('offer', firefox.replaceAll('extmap:4 ', 'extmap:9 '))
    const answer = b.answer()
    const again = b.offer()
    expect(attribute(sectionOf(again, 1), 'rtpmap').slice(0, 2)).toEqual(['120 VP8/90000', '124 rtx/90000'])
    const mid = 'urn:ietf:params:rtp-hdrext:sdes:mid'
    for (const sdp of [answer, again]) expect(attribute(sectionOf(sdp, 0), 'extmap')).toContain(`9 ${mid}`)
    expect(again).not.toMatch(/^a=extmap:9 (?!urn:ietf:params:rtp-hdrext:sdes:mid)/m)
  })
})

describe('negotiation is needed (W3C WebRTC §4.7.3)', () => {
  test.each([
    ['another direction', (peer: MediaPeer) => void (peer.transceivers[0]!.direction = 'recvonly'), true],
    ['another stream', (peer: MediaPeer) => void (peer.transceivers[0]!.streamIds = ['other']), true],
    ['one more stream', (peer: MediaPeer) => void (peer.transceivers[0]!.streamIds = ['a-stream', 'other']), true],
    [
      'another stream that is not sent',
      (peer: MediaPeer) => void Object.assign(peer.transceivers[1]!, { streamIds: ['x'] }),
      false,
    ],
    ['a new transceiver', (peer: MediaPeer) => void peer.add('audio'), true],
    [
      'a new one that stopped at once',
      (peer: MediaPeer) => void peer.add('audio', { isStopped: true, isStopping: true }),
      false,
    ],
    ['one that is stopping', (peer: MediaPeer) => void (peer.transceivers[0]!.isStopping = true), true],
    [
      'one that the peer has yet to hear is stopped',
      (peer: MediaPeer) => void Object.assign(peer.transceivers[0]!, { isStopping: true, isStopped: true }),
      true,
    ],
    ['nothing', () => undefined, false],
  ])('%s', (_name, change, needed) => {
    const [a, b] = [new MediaPeer('a'), new MediaPeer('b')]
    a.add('audio')
    a.add('video', { direction: 'recvonly' })
    expect(a.needsNegotiation).toBe(true)
    negotiate(a, b)
    expect(a.needsNegotiation || b.needsNegotiation).toBe(false)
    change(a)
    expect(a.needsNegotiation).toBe(needed)
  })

  test('an answerer is bounded by what was offered: what it cannot have there it does not ask for', () => {
    const [a, b] = [new MediaPeer('a'), new MediaPeer('b')]
    a.add('audio', { direction: 'recvonly' })
    b.add('audio', { direction: 'sendonly' })
    negotiate(a, b)
    for (const [direction, needed] of [
      ['sendrecv', false],
      ['sendonly', false],
      ['recvonly', true],
      ['inactive', true],
    ] as const) {
      b.transceivers[0]!.direction = direction
      expect(b.needsNegotiation).toBe(needed)
    }
  })
})
