import { describe, expect, test } from 'vitest'
import { parseSdp } from '../sdp/index.js'
import { CHROMIUM_DATA_OFFER, CHROMIUM_MEDIA_OFFER } from '../sdp/offers.test-support.js'
import { textOf, withLocalCandidates, withRemoteCandidate } from './index.js'
import type { RemoteCandidate } from './index.js'
import { attribute, errorOf, negotiate, TestPeer, valueOf } from './negotiation.test-support.js'

const HOST = 'candidate:1 1 udp 2122260223 192.0.2.7 50001 typ host'
const HOST6 = 'candidate:2 1 udp 2122262783 2001:db8::7 50002 typ host'
const SRFLX = 'candidate:3 1 udp 1686052607 198.51.100.9 50003 typ srflx raddr 192.0.2.7 rport 50001'
const TCP = 'candidate:4 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active'
const MDNS = 'candidate:5 1 udp 2122260223 b8d3747b-9d67-46e2-979f-25992509de7f.local 50005 typ host'

function localText(candidates: readonly string[], complete = false): string {
  const peer = new TestPeer('a')
  peer.offer()
  return withLocalCandidates(peer.state.pendingLocal!, new Map([['0', { candidates, complete }]]))
}

describe('local candidates', () => {
  test.each([
    ['nothing yet', [], '9', '0.0.0.0'],
    ['one host', [HOST], '50001', '192.0.2.7'],
    ['IPv4 before IPv6', [HOST6, HOST], '50001', '192.0.2.7'],
    ['IPv6 alone', [HOST6], '50002', '2001:db8::7'],
    ['reflexive before host', [HOST, SRFLX], '50003', '198.51.100.9'],
    ['neither TCP nor names', [TCP, MDNS], '9', '0.0.0.0'],
  ])('%s', (_name, candidates, port, address) => {
    const text = localText(candidates, true)
    expect(text).toContain(
      `m=application ${port} UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN ${address.includes(':') ? 'IP6' : 'IP4'} ${address}\r\n`,
    )
    expect(attribute(text, 'candidate').map((value) => `candidate:${value}`)).toEqual(candidates)
    expect(text.match(/^a=end-of-candidates\r$/gm)).toHaveLength(1)
    expect(parseSdp(text).ok).toBe(true)
  })

  test('other lines stay, and rejected sections have none', () => {
    expect(localText([])).toBe(new TestPeer('a').createOffer())
    const peer = new TestPeer('b')
    peer.remote('offer', CHROMIUM_MEDIA_OFFER)
    const answer = peer.answer()
    const gathered = new Map(['0', '2'].map((mid) => [mid, { candidates: [HOST], complete: false }]))
    const text = withLocalCandidates(peer.state.currentLocal!, gathered)
    expect(text.indexOf('a=candidate')).toBeGreaterThan(text.indexOf('m=application'))
    expect(
      text
        .replace(/a=candidate.*\r\n/, '')
        .replace('50001 UDP', '9 UDP')
        .replace('192.0.2.7', '0.0.0.0'),
    ).toBe(answer)
  })
})

describe('remote candidates', () => {
  const add = (peer: TestPeer, candidate: RemoteCandidate): readonly string[] => {
    const { state, transportMids } = valueOf(withRemoteCandidate(peer.state, candidate))
    peer.state = state
    return transportMids
  }

  test('the candidates of the description are in the plan', () => {
    const peer = new TestPeer('a')
    const offer = CHROMIUM_DATA_OFFER.replace('a=ice-ufrag', 'a=end-of-candidates\r\na=ice-ufrag')
    const { remote } = peer.remote('offer', offer).transports[0]!
    expect(remote?.candidates).toEqual([expect.stringMatching(/^candidate:401362039 /)])
    expect(remote?.endOfCandidates).toBe(true)
  })

  test('trickled ones are shown in text and plan, once', () => {
    const peer = new TestPeer('a')
    peer.remote('offer', CHROMIUM_DATA_OFFER)
    expect(add(peer, { candidate: HOST, sdpMid: '0' })).toEqual(['0'])
    expect(add(peer, { candidate: `a=${HOST}`, sdpMLineIndex: 0, usernameFragment: 'nMHE' })).toEqual(['0'])
    expect(add(peer, { candidate: '', sdpMid: '0' })).toEqual(['0'])
    expect(textOf(peer.state.pendingRemote!)).toBe(`${CHROMIUM_DATA_OFFER}a=${HOST}\r\na=end-of-candidates\r\n`)
    expect(peer.plan.transports[0]?.remote).toMatchObject({
      endOfCandidates: true,
      candidates: [expect.anything(), HOST],
    })
    peer.answer()
    expect(textOf(peer.state.currentRemote!)).toContain(HOST)
  })

  test('without mid and index, the end is that of all sections', () => {
    const peer = new TestPeer('a')
    peer.remote('offer', CHROMIUM_MEDIA_OFFER)
    expect(add(peer, { candidate: '' })).toEqual(['0'])
    expect(textOf(peer.state.pendingRemote!).match(/^a=end-of-candidates\r$/gm)).toHaveLength(3)
  })

  test('those of a bundle go to our transport, also under the name of a section that we reject', () => {
    const peer = new TestPeer('a')
    peer.remote('offer', CHROMIUM_MEDIA_OFFER)
    peer.answer()
    expect(add(peer, { candidate: HOST, sdpMid: '0', sdpMLineIndex: 0 })).toEqual(['0'])
    const sdp = textOf(peer.state.currentRemote!)
    expect(sdp.indexOf(HOST)).toBeLessThan(sdp.indexOf('m=video'))
    expect(peer.plan.transports[0]?.remote?.candidates).toEqual([HOST])
    const alone = new TestPeer('b')
    alone.remote('offer', CHROMIUM_MEDIA_OFFER.replace('a=group:BUNDLE 0 1 2\r\n', ''))
    alone.answer()
    expect(add(alone, { candidate: HOST, sdpMid: '0' })).toEqual([])
    expect(alone.plan.transports[0]?.remote?.candidates).toEqual([])
  })

  test('a fragment of the generation before goes to the description that has it', () => {
    const [a, b] = [new TestPeer('a'), new TestPeer('b')]
    negotiate(a, b)
    a.generation++
    b.remote('offer', a.offer())
    expect(add(b, { candidate: HOST, sdpMid: '0', usernameFragment: 'a1/0frag' })).toEqual([])
    expect(textOf(b.state.currentRemote!)).toContain(HOST)
    expect(textOf(b.state.pendingRemote!)).not.toContain(HOST)
    expect(add(b, { candidate: HOST, sdpMid: '0', usernameFragment: 'a2/0frag' })).toEqual(['0'])
    expect(textOf(b.state.pendingRemote!)).toContain(HOST)
  })

  test.each([
    [{ candidate: HOST }, 'Type'],
    [{ candidate: HOST, sdpMid: null, sdpMLineIndex: null }, 'Type'],
    [{ candidate: HOST, sdpMid: 'nobody' }, 'Operation'],
    [{ candidate: HOST, sdpMLineIndex: 1 }, 'Operation'],
    [{ candidate: HOST, sdpMid: '0', usernameFragment: 'nobody' }, 'Operation'],
    [{ candidate: `${HOST}\r\na=evil`, sdpMid: '0' }, 'Operation'],
    [{ candidate: HOST.padEnd(5000, ' x'), sdpMid: '0' }, 'Operation'],
  ] as const)('%j is refused as %s', (candidate, kind) => {
    const peer = new TestPeer('a')
    expect(errorOf(withRemoteCandidate(peer.state, { ...candidate, sdpMid: '0' }))?.kind).toBe('InvalidState')
    peer.remote('offer', CHROMIUM_DATA_OFFER)
    expect(errorOf(withRemoteCandidate(peer.state, candidate))?.kind).toBe(kind)
  })

  test('their length is bounded', () => {
    const peer = new TestPeer('a')
    peer.remote('offer', CHROMIUM_DATA_OFFER)
    const long = (length: number) => `${HOST} `.padEnd(length - 2, 'x').concat(' y')
    expect(add(peer, { candidate: long(2048), sdpMid: '0' })).toEqual(['0'])
    expect(() => add(peer, { candidate: long(2049), sdpMid: '0' })).toThrow()
  })

  test('their number in the text is bounded', () => {
    const peer = new TestPeer('a')
    peer.remote('offer', CHROMIUM_DATA_OFFER)
    for (let i = 0; i < 300; i++)
      expect(add(peer, { candidate: HOST.replace('50001', `${i + 1}`), sdpMid: '0' })).toEqual(['0'])
    expect(attribute(textOf(peer.state.pendingRemote!), 'candidate')).toHaveLength(256)
  })
})
