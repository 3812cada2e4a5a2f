import { describe, expect, test } from 'vitest'
import { CHROMIUM_DATA_OFFER, CHROMIUM_MEDIA_OFFER, SAFARI_BUNDLE_ONLY_OFFER } from '../sdp/offers.test-support.js'
import { negotiate, TestPeer } from './negotiation.test-support.js'

const OFFER = CHROMIUM_DATA_OFFER
const SECTION = OFFER.slice(OFFER.indexOf('m='))
const drop = (line: RegExp) => (sdp: string) => sdp.replace(new RegExp(`${line.source}.*\r\n`), '')
const put = (from: string | RegExp, to: string) => (sdp: string) => sdp.replace(from, to)

describe('offers that make no sense are InvalidAccess', () => {
  const media = CHROMIUM_MEDIA_OFFER
  test.each([
    ['no ufrag', drop(/a=ice-ufrag/)(OFFER), /a=ice-ufrag and a=ice-pwd are missing/],
    ['no pwd', drop(/a=ice-pwd/)(OFFER), /a=ice-ufrag and a=ice-pwd are missing/],
    ['a short ufrag', put('nMHE', 'nMH')(OFFER), /a=ice-ufrag is not of 4 to 256 ice-chars/],
    ['a strange ufrag', put('nMHE', 'nM$E')(OFFER), /a=ice-ufrag is not/],
    ['a strange pwd', put('TdHeO', 'TdH$O')(OFFER), /a=ice-pwd is not/],
    ['no fingerprint', drop(/a=fingerprint/)(OFFER), /a=fingerprint is missing/],
    ['only an unknown hash', put('sha-256', 'sha-999')(OFFER), /no a=fingerprint of a known hash/],
    [
      'only SHA-1',
      put(/sha-256 .*/, `sha-1 ${Array(20).fill('AB').join(':')}`)(OFFER),
      /no a=fingerprint of a known hash/,
    ],
    ['holdconn', put('actpass', 'holdconn')(OFFER), /holdconn is not for DTLS/],
    ['a mid twice', OFFER + SECTION, /m-section 1 \(mid "0" in line 19\): its mid stands twice/],
    ['a group with a stranger', put('BUNDLE 0', 'BUNDLE 0 7')(OFFER), /unknown mid "7"/],
    ['a group with a mid twice', put('BUNDLE 0', 'BUNDLE 0 0')(OFFER), /in BUNDLE groups twice/],
    ['no rtcp-mux', media.replaceAll('a=rtcp-mux\r\n', ''), /a=rtcp-mux is missing/],
    [
      'media with SDES only',
      drop(/a=fingerprint/)(media.slice(0, media.indexOf('m=video'))).replace('0 1 2', '0'),
      /fingerprint/,
    ],
  ])('%s', (_name, sdp, message) => {
    const error = new TestPeer('a').refusal('remote', 'offer', sdp)
    expect(error?.kind).toBe('InvalidAccess')
    expect(error?.message).toMatch(message)
  })
})

describe('offers that browsers take, too', () => {
  test.each([
    ['no mid', drop(/a=mid/)(OFFER)],
    ['no mid and no group', drop(/a=group/)(drop(/a=mid/)(OFFER))],
    ['no setup', drop(/a=setup/)(OFFER)],
    ['no c=', drop(/c=/)(OFFER)],
    ['no sctp-port', drop(/a=sctp-port/)(OFFER)],
    ['TCP/DTLS/SCTP', put('UDP/DTLS', 'TCP/DTLS')(OFFER)],
    ['a hash that nobody knows beside a good one', put('a=setup', 'a=fingerprint:sha3-256 AB\r\na=setup')(OFFER)],
    ['LF only', OFFER.replaceAll('\r\n', '\n')],
    [
      'mids that are names of object properties',
      OFFER.replace('a=mid:0', 'a=mid:constructor').replace('BUNDLE 0', 'BUNDLE constructor'),
    ],
    ['hostile mid __proto__', OFFER.replace('a=mid:0', 'a=mid:__proto__').replace('BUNDLE 0', 'BUNDLE __proto__')],
  ])('%s', (_name, sdp) => {
    const peer = new TestPeer('a')
    peer.remote('offer', sdp)
    peer.answer()
    expect(peer.plan.transports).toHaveLength(1)
    expect(peer.plan).toMatchObject({ sctp: { remotePort: 5000 }, transports: [{ dtlsRole: 'client' }] })
    const mid = peer.plan.sections[0]!.mid
    expect(peer.plan.transports[0]!.mid).toBe(mid)
    expect(peer.askedFor).toEqual([mid])
  })
})

test('a bundle of a thousand sections is dealt with', () => {
  const mids = Array.from({ length: 1000 }, (_, index) => `${index}`)
  const bare = mids.slice(1).map((mid) => `m=audio 0 UDP/TLS/RTP/SAVPF 0\r\na=bundle-only\r\na=mid:${mid}\r\n`)
  const peer = new TestPeer('a')
  peer.remote(
    'offer',
    OFFER.replace('BUNDLE 0', `BUNDLE ${mids.join(' ')}`).replace('a=mid', 'a=rtcp-mux\r\na=mid') + bare.join(''),
  )
  expect(peer.answer().match(/^m=audio 0 /gm)).toHaveLength(999)
  expect(peer.plan.transports.map(({ mid }) => mid)).toEqual(['0'])
})

describe('answers that do not fit are InvalidAccess', () => {
  const made = (): { peer: TestPeer; answer: string } => {
    const [peer, other] = [new TestPeer('a'), new TestPeer('b')]
    other.remote('offer', peer.offer())
    return { peer, answer: other.answer() }
  }
  test.each([
    ['actpass', put('setup:active', 'setup:actpass'), /a=setup:actpass is only for offers/],
    ['another mid', put('a=mid:0', 'a=mid:7'), /unknown mid "0"/],
    [
      'another mid, no group',
      (sdp: string) => drop(/a=group/)(put('a=mid:0', 'a=mid:7')(sdp)),
      /its mid in the offer is "0"/,
    ],
    ['another kind', put('m=application', 'm=audio'), /its kind in the offer is application/],
    ['another protocol', put('UDP/DTLS/SCTP', 'RTP/AVP'), /it was offered for data channels/],
    [
      'a section too many',
      (sdp: string) => sdp + SECTION.replace('mid:0', 'mid:1'),
      /has 2 m-sections, its offer has 1/,
    ],
    ['no section', (sdp: string) => drop(/a=group/)(sdp.slice(0, sdp.indexOf('m='))), /has 0 m-sections/],
    ['no ufrag', drop(/a=ice-ufrag/), /a=ice-ufrag and a=ice-pwd are missing/],
    ['no fingerprint', drop(/a=fingerprint/), /a=fingerprint is missing/],
  ])('%s', (_name, edit, message) => {
    const { peer, answer } = made()
    const error = peer.refusal('remote', 'answer', edit(answer))
    expect(error?.kind).toBe('InvalidAccess')
    expect(error?.message).toMatch(message)
    peer.remote('answer', answer)
    expect(peer.state.signalingState).toBe('stable')
  })

  test.each([
    ['no mid', (sdp: string) => drop(/a=group/)(drop(/a=mid/)(sdp))],
    ['no group', drop(/a=group/)],
    ['TCP where UDP was offered', put('UDP/DTLS', 'TCP/DTLS')],
    ['passive', put('setup:active', 'setup:passive')],
    ['no setup', drop(/a=setup/)],
  ])('but %s is taken', (name, edit) => {
    const { peer, answer } = made()
    peer.remote('answer', edit(answer))
    expect(peer.plan.transports).toMatchObject([{ mid: '0', dtlsRole: name === 'passive' ? 'client' : 'server' }])
  })
})

describe('later offers keep what is there', () => {
  const [a, b] = [new TestPeer('a'), new TestPeer('b')]
  negotiate(a, b)
  const again = b.createOffer()
  test.each([
    ['fewer sections', drop(/a=group/)(again.slice(0, again.indexOf('m='))), /has 0 m-sections where there were 1/],
    ['another mid', again.replace('BUNDLE 0', 'BUNDLE 5').replace('mid:0', 'mid:5'), /it had the mid "0"/],
    [
      'another kind',
      again.replace('m=application', 'm=video').replace('a=mid', 'a=rtcp-mux\r\na=mid'),
      /it was of kind application/,
    ],
  ])('%s', (_name, sdp, message) => {
    const error = a.refusal('remote', 'offer', sdp)
    expect(error?.kind).toBe('InvalidAccess')
    expect(error?.message).toMatch(message)
  })

  test('back-to-back offers are judged as if the first had been answered', () => {
    const peer = new TestPeer('a')
    peer.remote('offer', OFFER)
    expect(
      peer.refusal('remote', 'offer', OFFER.replace('BUNDLE 0', 'BUNDLE 1').replace('mid:0', 'mid:1'))?.message,
    ).toMatch(/had the mid/)
    peer.remote('offer', OFFER)
  })

  test('a bundle-only section without transport attributes is complete', () => {
    const peer = new TestPeer('a')
    peer.remote('offer', SAFARI_BUNDLE_ONLY_OFFER)
    const answer = peer.answer()
    expect(answer).toMatch(/^m=audio 0 .*\r\n(?:.*\r\n)*m=application 9 /m)
    expect(peer.plan.transports).toMatchObject([{ mid: '0', sectionIndex: 1, remote: { usernameFragment: 'abcd' } }])
  })
})
