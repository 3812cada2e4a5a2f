import { describe, expect, test } from 'vitest'
import { CHROMIUM_SIMULCAST_OFFER } from './chromium-offers.test-support.js'
import { MediaPeer, sectionOf } from './media-peer.test-support.js'
import { negotiate } from './negotiation.test-support.js'
import { CHROMIUM_MEDIA_OFFER } from '../sdp/offers.test-support.js'

type Edit = (sdp: string) => string
const put =
  (from: string | RegExp, to: string): Edit =>
  (sdp) =>
    sdp.replace(from, to)
const MID = 'urn:ietf:params:rtp-hdrext:sdes:mid'

describe('offers that contradict themselves are InvalidAccess', () => {
  test.each<[string, string, Edit, RegExp]>([
    [
      'a payload type twice',
      CHROMIUM_MEDIA_OFFER,
      put('a=rtpmap:111', 'a=rtpmap:111 opus/8000\r\na=rtpmap:111'),
      /payload type 111 is opus\/8000\/1 and opus\/48000\/2/,
    ],
    [
      'a payload type in two senses in a bundle',
      CHROMIUM_MEDIA_OFFER,
      (sdp) => sdp.replace('SAVPF 96 97', 'SAVPF 111 97').replace(/:96\b/g, ':111').replace('apt=96', 'apt=111'),
      /payload type 111 is .* in one BUNDLE group/,
    ],
    [
      'a header extension id in two senses',
      CHROMIUM_MEDIA_OFFER,
      put('a=extmap:14 ', 'a=extmap:1 '),
      /extension id 1 is/,
    ],
    [
      'a payload type of RTCP',
      CHROMIUM_MEDIA_OFFER,
      (sdp) => sdp.replace(' 126\r', ' 72\r').replace(':126 ', ':72 '),
      /payload type 72 is RTCP's/,
    ],
    [
      'mux-only without mux',
      CHROMIUM_MEDIA_OFFER,
      put('a=rtcp-mux\r', 'a=rtcp-mux-only\r'),
      /a=rtcp-mux-only without a=rtcp-mux/,
    ],
    ['no mux at all', CHROMIUM_MEDIA_OFFER, (sdp) => sdp.replaceAll('a=rtcp-mux\r\n', ''), /a=rtcp-mux is missing/],
    ['a rid twice', CHROMIUM_SIMULCAST_OFFER, put('a=rid:m send', 'a=rid:h recv'), /a=rid:h stands twice/],
    [
      'a simulcast of a rid that nobody knows',
      CHROMIUM_SIMULCAST_OFFER,
      put('send h;m;l', 'send h;m;x'),
      /a=simulcast has the rid x, which no a=rid says to send/,
    ],
    [
      'a simulcast in the other direction',
      CHROMIUM_SIMULCAST_OFFER,
      put('simulcast:send', 'simulcast:recv'),
      /the rid h, which no a=rid says to recv/,
    ],
  ])('%s', (_name, offer, edit, message) => {
    const peer = new MediaPeer('b')
    const error = peer.refusal('remote', 'offer', edit(offer))
    expect(error?.message).toMatch(message)
    expect(error?.kind).toBe('InvalidAccess')
    peer.remote('offer', offer)
  })

  test('what is not bundled may number as it likes', () => {
    const peer = new MediaPeer('b')
    const offer = CHROMIUM_MEDIA_OFFER.replace('a=group:BUNDLE 0 1 2\r\n', '').replace('a=extmap:14 ', 'a=extmap:1 ')
    expect(peer.refusal('remote', 'offer', offer)).toBeUndefined()
  })

  test('a later offer may not mean something else by an id (RFC 8285 §6)', () => {
    const peer = new MediaPeer('b')
    peer.remote('offer', CHROMIUM_MEDIA_OFFER)
    peer.answer()
    const swapped = CHROMIUM_MEDIA_OFFER.replaceAll(`extmap:4 ${MID}`, 'extmap:4 urn:x')
    expect(peer.refusal('remote', 'offer', swapped)?.message).toMatch(/header extension id 4 was urn:ietf.*sdes:mid/)
    expect(
      peer.refusal('remote', 'offer', CHROMIUM_MEDIA_OFFER.replaceAll(`a=extmap:4 ${MID}\r\n`, '')),
    ).toBeUndefined()
  })
})

describe('answers that do not fit are InvalidAccess', () => {
  const made = (bundlePolicy: 'balanced' | 'max-bundle' | 'max-compat'): { a: MediaPeer; answer: string } => {
    const [a, b] = [new MediaPeer('a', { bundlePolicy, wantsData: true }), new MediaPeer('b')]
    a.add('audio')
    a.add('video')
    b.remote('offer', a.offer())
    return { a, answer: b.answer() }
  }
  const none = put(/a=group:.*\r\n/, '')
  const without =
    (index: number): Edit =>
    (sdp) =>
      sdp.replace(`BUNDLE 0 1 2`, ['BUNDLE', ...['0', '1', '2'].filter((mid) => mid !== `${index}`)].join(' '))
  test.each<[string, 'balanced' | 'max-bundle', Edit, RegExp]>([
    [
      'none of our codecs',
      'balanced',
      (sdp) => sdp.replace(/opus\/48000/g, 'x/48000').replace(/(m=audio 9 \S+) .*\r/, '$1 111\r'),
      /takes none of the codecs/,
    ],
    ['another protocol', 'balanced', put('m=audio 9 UDP/TLS/RTP/SAVPF', 'm=audio 9 UDP/QUIC'), /offered for RTP/],
    ['no rtcp-mux', 'balanced', (sdp) => sdp.replaceAll('a=rtcp-mux\r\n', ''), /a=rtcp-mux is missing/],
    ['a bundle-only section on its own', 'max-bundle', without(1), /offered bundle-only/],
    ['bundle-only sections, and no bundle', 'max-bundle', none, /offered bundle-only/],
    ['two meanings of one number', 'balanced', put('a=extmap:14 ', 'a=extmap:1 '), /extension id 1 is/],
  ])('%s', (_name, policy, edit, message) => {
    const { a, answer } = made(policy)
    const error = a.refusal('remote', 'answer', edit(answer))
    expect(error?.message).toMatch(message)
    expect(error?.kind).toBe('InvalidAccess')
    a.remote('answer', answer)
  })

  test('sections with an address of their own may be left out of the bundle, and get their transports', () => {
    const { a, answer } = made('balanced')
    const plan = a.remote('answer', without(2)(answer.replaceAll('b1/0frag', 'b1/0frag')))
    expect(plan.transports.map(({ mid }) => mid)).toEqual(['0', '2'])
    expect(plan.sctp?.transportMid).toBe('2')
  })

  test('what is on one transport already cannot be answered on two (RFC 9143 §7.3)', () => {
    const [a, b] = [new MediaPeer('a'), new MediaPeer('b')]
    a.add('audio')
    a.add('video')
    negotiate(a, b)
    b.remote('offer', a.offer())
    const answer = b.answer()
    expect(a.refusal('remote', 'answer', answer.replace('BUNDLE 0 1', 'BUNDLE 1'))?.message).toMatch(
      /the mids "0" and "1" share a transport, but no BUNDLE group/,
    )
    a.remote('answer', answer)
  })

  test('an answer that rejects the first section of the bundle leaves the transport to the next that has an address', () => {
    const rejected: Edit = (sdp) => sdp.replace('m=audio 9', 'm=audio 0').replace('BUNDLE 0 1 2', 'BUNDLE 1 2')
    for (const [policy, mid] of [
      ['balanced', '1'],
      ['max-compat', '1'],
      ['max-bundle', '0'],
    ] as const) {
      const { a, answer } = made(policy)
      const plan = a.remote('answer', rejected(answer))
      expect(plan.transports).toMatchObject([{ mid, sectionIndex: 1, local: { usernameFragment: `a1/${mid}frag` } }])
    }
  })
})

test('ten thousand lines, a thousand sections and a number for everything are dealt with in one pass', () => {
  const audio = sectionOf(CHROMIUM_MEDIA_OFFER, 0)
  const mids = Array.from({ length: 1000 }, (_, index) => `${index}`)
  const head = CHROMIUM_MEDIA_OFFER.slice(0, CHROMIUM_MEDIA_OFFER.indexOf('m=')).replace('0 1 2', mids.join(' '))
  const bundled = head + mids.map((mid) => audio.replace('mid:0', `mid:${mid}`)).join('')
  const unbundled = bundled.replace(/a=group.*\r\n/, '')
  const noisy = CHROMIUM_MEDIA_OFFER.replace(
    'a=rtcp-rsize\r\n',
    Array.from({ length: 5000 }, (_, i) => `a=rid:r${i} send\r\na=ssrc:${i} cname:x\r\n`).join(''),
  )
  for (const [offer, transports] of [
    [bundled, 1],
    [unbundled, 1000],
    [noisy, 1],
  ] as const) {
    const peer = new MediaPeer('b', { bundlePolicy: 'max-compat' })
    peer.remote('offer', offer)
    peer.answer()
    expect(peer.plan.transports).toHaveLength(transports)
    expect(peer.createOffer()).toContain('m=audio 9')
  }
})
