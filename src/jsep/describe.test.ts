import { describe, expect, test } from 'vitest'
import { parseSdp } from '../sdp/index.js'
import { CHROMIUM_MEDIA_OFFER, DATA_OFFERS, OLD_FIREFOX_DATA_OFFER, crlf } from '../sdp/offers.test-support.js'
import { createOffer, needsNegotiation, remoteRestartsIce } from './index.js'
import { attribute, errorOf, negotiate, sessionVersion, TestPeer } from './negotiation.test-support.js'

describe('first offers and answers', () => {
  test('our offer says all that a data channel needs, once', () => {
    expect(new TestPeer('a').createOffer()).toBe(
      crlf(`
v=0
o=- 1001 1 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:a1/0frag
a=ice-pwd:${'a1'.padEnd(24, 'p')}
a=ice-options:trickle
a=fingerprint:sha-256 ${Array<string>(32).fill('AA').join(':')}
a=setup:actpass
a=mid:0
a=sctp-port:5000
a=max-message-size:262144`),
    )
  })

  test('what was created is applied as it was made: its text is not read again', () => {
    const [a, b] = [new TestPeer('a'), new TestPeer('b')]
    a.local('offer', a.createOffer())
    expect(a.state.pendingLocal?.session).toBe(a.state.lastOffer?.session)
    b.remote('offer', a.state.pendingLocal!.sdp)
    const answer = b.createAnswer()
    const made = b.state.lastAnswer
    b.local('answer', answer)
    expect(b.state.currentLocal?.session).toBe(made?.session)
  })

  test('an offer of nothing has no sections and can be answered', () => {
    const [a, b] = [new TestPeer('a', { wantsData: false }), new TestPeer('b')]
    const { offer, answer } = negotiate(a, b)
    expect(offer + answer).not.toMatch(/m=|group/)
    expect(a.plan).toEqual({ sections: [], transports: [] })
    expect(needsNegotiation(b.state, { wantsData: true, transceivers: [] })).toBe(true)
    negotiate(b, a)
    expect(a.plan.sctp).toBeDefined()
  })

  test.each(Object.entries(DATA_OFFERS))('%s offers, and is answered active in its own form', (_name, offer) => {
    const peer = new TestPeer('b')
    const offered = peer.remote('offer', offer)
    expect(offered.transports).toHaveLength(1)
    expect(offered.transports[0]).not.toHaveProperty('dtlsRole')
    expect(offered.transports[0]).not.toHaveProperty('local')
    expect(peer.state.remoteTrickles).toBe(true)
    const answer = peer.answer()
    expect(attribute(answer, 'mid')).toEqual(attribute(offer, 'mid'))
    expect(attribute(answer, 'setup')).toEqual(['active'])
    expect(/^m=.*/m.exec(answer)?.[0]).toBe(/^m=.*/m.exec(offer)?.[0])
    expect(peer.plan).toMatchObject({
      transports: [
        { dtlsRole: 'client', remote: { usernameFragment: attribute(offer, 'ice-ufrag')[0], iceLite: false } },
      ],
      sctp: { localPort: 5000, remotePort: 5000 },
    })
    expect(peer.plan.transports[0]?.remote?.fingerprints).toHaveLength(1)
  })

  test('the form before RFC 8841 is answered in that form', () => {
    const peer = new TestPeer('b')
    peer.remote('offer', OLD_FIREFOX_DATA_OFFER)
    const answer = peer.answer()
    expect(answer).toContain('m=application 9 DTLS/SCTP 5000\r\n')
    expect(attribute(answer, 'sctpmap')).toEqual(['5000 webrtc-datachannel 65535'])
    expect(answer).not.toContain('sctp-port')
    expect(peer.plan.sctp?.remoteMaxMessageSizeBytes).toBe(65536)
  })

  test('audio and video without a transceiver are answered with port 0, and data goes on the transport of the bundle', () => {
    const peer = new TestPeer('b')
    peer.remote('offer', CHROMIUM_MEDIA_OFFER)
    const answer = peer.answer()
    expect(answer.match(/^m=.*$/gm)).toEqual([
      'm=audio 0 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126',
      'm=video 0 UDP/TLS/RTP/SAVPF 96 97',
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    ])
    expect(attribute(answer, 'group')).toEqual(['BUNDLE 2'])
    expect(attribute(answer, 'mid')).toEqual(['0', '1', '2'])
    expect(answer.match(/^a=inactive\r$/gm)).toHaveLength(2)
    expect(attribute(answer, 'ice-ufrag')).toEqual(['b1/0frag'])
    expect(answer).not.toContain('rtcp-xr')
    expect(peer.plan.sections.map(({ rejected, transportMid }) => [rejected, transportMid])).toEqual([
      [true, '0'],
      [true, '1'],
      [false, '0'],
    ])
    expect(peer.plan.transports).toMatchObject([{ mid: '0', sectionIndex: 2, dtlsRole: 'client' }])
  })

  test('bundled with media, our section says rtcp-mux for the transport that they were to share', () => {
    for (const [sdp, said] of [
      [CHROMIUM_MEDIA_OFFER, 1],
      [CHROMIUM_MEDIA_OFFER.replace('BUNDLE 0 1 2', 'BUNDLE 0 1'), 0],
      [DATA_OFFERS['Firefox']!, 0],
    ] as const) {
      const peer = new TestPeer('b')
      peer.remote('offer', sdp)
      const lines = peer
        .answer()
        .split(/(?=^m=)/m)
        .filter((section) => section.includes('a=rtcp-mux'))
      expect(lines.map((section) => section.slice(0, 13))).toEqual(Array(said).fill('m=application'))
    }
  })

  test('a bundle of which nothing is accepted is answered by an empty one, and our own offer has none', () => {
    const [a, b] = [new TestPeer('a', { wantsData: false }), new TestPeer('b', { wantsData: false })]
    const media = CHROMIUM_MEDIA_OFFER.slice(0, CHROMIUM_MEDIA_OFFER.indexOf('m=application'))
    a.remote('offer', media.replace('BUNDLE 0 1 2', 'BUNDLE 0 1'))
    const answer = a.answer()
    expect(answer.match(/^a=group.*$/gm)).toEqual(['a=group:BUNDLE'])
    expect(parseSdp(answer)).toMatchObject({ value: { attributes: { groups: [{ semantics: 'BUNDLE', mids: [] }] } } })
    expect(a.plan.transports).toEqual([])
    expect(a.createOffer()).not.toContain('a=group')
    b.remote('offer', media.replace('a=group:BUNDLE 0 1 2\r\n', ''))
    expect(b.answer()).not.toContain('a=group')
    expect(a.refusal('remote', 'offer', media.replace('BUNDLE 0 1 2', 'BUNDLE'))).toBeUndefined()
  })

  test('a second association is rejected, and so are strange protocols, dead ports and sections that end', () => {
    const offer = new TestPeer('a').createOffer()
    const section = offer.slice(offer.indexOf('m='))
    const second = section.replace('mid:0', 'mid:1')
    for (const [sdp, accepted] of [
      [offer + second, [true, false]],
      [offer.replace('application 9', 'application 0') + second, [false, true]],
      [offer.replace('sctp-port:5000', 'sctp-port:0') + second, [false, true]],
      [offer.replace('UDP/DTLS/SCTP webrtc-datachannel', 'UDP/BFCP *') + second, [false, true]],
      [offer.replace('m=application', 'm=text') + second, [false, true]],
    ] as const) {
      const peer = new TestPeer('b')
      peer.remote('offer', sdp)
      const answer = peer.answer()
      expect(peer.plan.sections.map((plan) => !plan.rejected)).toEqual(accepted)
      expect(attribute(answer, 'mid')).toEqual(['0', '1'])
      expect(attribute(answer, 'ice-ufrag')).toHaveLength(1)
      const again = parseSdp(answer)
      expect(again.ok && again.value.media.map((media) => media.port !== 0)).toEqual(accepted)
    }
  })

  test('a rejected data section leaves no transport and no SCTP; it is taken up again in its place', () => {
    const [a, b] = [new TestPeer('a'), new TestPeer('b')]
    b.remote('offer', a.offer())
    const refusal = b.createAnswer().replace('application 9', 'application 0').replace('a=group:BUNDLE 0\r\n', '')
    expect(a.remote('answer', refusal)).toEqual({
      sections: [{ index: 0, mid: '0', kind: 'application', rejected: true, transportMid: '0' }],
      transports: [],
    })
    expect(needsNegotiation(a.state, { wantsData: true, transceivers: [] })).toBe(false)
    const offer = a.offer()
    expect(attribute(offer, 'mid')).toEqual(['1'])
    const fresh = new TestPeer('b')
    fresh.remote('offer', offer)
    a.remote('answer', fresh.answer())
    expect(a.plan.sctp).toMatchObject({ mid: '1', transportMid: '1' })
  })

  test.each([
    ['actpass', 'active', 'client'],
    ['active', 'passive', 'server'],
    ['passive', 'active', 'client'],
  ])('setup:%s is answered %s, which makes us %s', (asked, given, role) => {
    const peer = new TestPeer('b')
    peer.remote('offer', new TestPeer('a').createOffer().replace('setup:actpass', `setup:${asked}`))
    expect(attribute(peer.answer(), 'setup')).toEqual([given])
    expect(peer.plan.transports[0]?.dtlsRole).toBe(role)
  })

  test.each([
    ['a=max-message-size:262144', 262144],
    ['a=max-message-size:0', Infinity],
    ['a=x:1', 65536],
  ])('%s lets us send %d', (line, bytes) => {
    const peer = new TestPeer('b', { maxMessageSizeBytes: Infinity })
    peer.remote('offer', new TestPeer('a').createOffer().replace(/a=max-message-size.*/, line))
    expect(attribute(peer.answer(), 'max-message-size')).toEqual(['0'])
    expect(peer.plan.sctp?.remoteMaxMessageSizeBytes).toBe(bytes)
  })

  test('ice-lite and the absence of trickle are seen', () => {
    const peer = new TestPeer('b')
    const offer = new TestPeer('a').createOffer()
    expect(peer.state.remoteTrickles).toBeUndefined()
    peer.remote('offer', offer.replace('t=0 0', 't=0 0\r\na=ice-lite').replace('a=ice-options:trickle\r\n', ''))
    expect(peer.state.remoteTrickles).toBe(false)
    expect(peer.plan.transports[0]?.remote?.iceLite).toBe(true)
    peer.remote('rollback')
    expect(peer.state).not.toHaveProperty('remoteTrickles')
  })
})

describe('later offers and answers', () => {
  test('places, mids, transports and DTLS roles stay, whoever offers', () => {
    const [a, b] = [new TestPeer('a'), new TestPeer('b')]
    const first = negotiate(a, b)
    for (const [offerer, answerer, setup] of [
      [b, a, 'passive'],
      [a, b, 'active'],
      [b, a, 'passive'],
    ] as const) {
      const { offer, answer } = negotiate(offerer, answerer)
      expect(attribute(offer, 'setup')).toEqual(['actpass'])
      expect(attribute(answer, 'setup')).toEqual([setup])
      expect(attribute(offer, 'mid')).toEqual(attribute(first.offer, 'mid'))
      expect(a.plan.transports[0]?.dtlsRole).toBe('server')
      expect(b.plan.transports[0]?.dtlsRole).toBe('client')
      expect(sessionVersion(offer)).toBeGreaterThan(0)
    }
    expect(errorOf(createOffer(a.state, a.inputs))).toBeUndefined()
  })

  test('sections that were rejected may be used again for others, and our transport keeps its name', () => {
    const peer = new TestPeer('b')
    peer.remote('offer', CHROMIUM_MEDIA_OFFER)
    peer.answer()
    const recycled = CHROMIUM_MEDIA_OFFER.replace('BUNDLE 0 1 2', 'BUNDLE x 2')
      .replace('a=mid:0', 'a=mid:x')
      .replace('m=video 9', 'm=video 0')
    peer.remote('offer', recycled)
    const answer = peer.answer()
    expect(attribute(answer, 'mid')).toEqual(['x', '1', '2'])
    expect(peer.plan.transports).toMatchObject([{ mid: '0', dtlsRole: 'client' }])
    expect(attribute(peer.createOffer(), 'group')).toEqual(['BUNDLE 2'])
  })

  test('a bundle that grows around our transport keeps it', () => {
    const [a, b] = [new TestPeer('a'), new TestPeer('b')]
    negotiate(a, b)
    const media = CHROMIUM_MEDIA_OFFER.slice(
      CHROMIUM_MEDIA_OFFER.indexOf('m=audio'),
      CHROMIUM_MEDIA_OFFER.indexOf('m=video'),
    )
    const grown = b.createOffer().replace('BUNDLE 0', 'BUNDLE 9 0') + media.replace('mid:0', 'mid:9')
    a.remote('offer', grown)
    const answer = a.answer()
    expect(attribute(answer, 'group')).toEqual(['BUNDLE 0'])
    expect(a.plan.transports.map(({ mid }) => mid)).toEqual(['0'])
  })

  test('an ICE restart is seen from either side', () => {
    const [a, b] = [new TestPeer('a'), new TestPeer('b')]
    negotiate(a, b)
    b.remote('offer', a.offer())
    expect(remoteRestartsIce(b.state, '0')).toBe(false)
    a.remote('answer', b.answer())
    a.generation++
    const offer = a.offer()
    expect(a.plan.transports[0]).toMatchObject({
      local: { usernameFragment: 'a2/0frag' },
      remote: { usernameFragment: 'b1/0frag' },
    })
    b.remote('offer', offer)
    expect(remoteRestartsIce(b.state, '0')).toBe(true)
    b.generation++
    a.remote('answer', b.answer())
    expect(a.plan.transports[0]?.remote?.usernameFragment).toBe('b2/0frag')
    expect(remoteRestartsIce(b.state, '0')).toBe(false)
  })

  test('a re-offer that asks for new associations is seen in the plan, and no more after a rollback', () => {
    const [a, b] = [new TestPeer('a'), new TestPeer('b')]
    const offered = (port: number, id: string): string =>
      b.offer().replace('sctp-port:5000', `sctp-port:${port}\r\na=tls-id:${id.repeat(20)}`)
    for (const [port, id] of [
      [5000, 'x'],
      [5001, 'x'],
      [5001, 'y'],
    ] as const) {
      const asked = {
        sctp: { localPort: 5000, remotePort: port },
        transports: [{ dtlsRole: 'client', remote: { tlsId: id.repeat(20) } }],
      }
      a.remote('offer', offered(port, id))
      b.remote('answer', a.answer())
      expect(a.plan).toMatchObject(asked)
      a.remote('offer', offered(7, 'z'))
      expect(a.plan).toMatchObject({ sctp: { remotePort: 7 }, transports: [{ remote: { tlsId: 'z'.repeat(20) } }] })
      a.remote('rollback')
      b.local('rollback')
      expect(a.plan).toMatchObject(asked)
    }
  })

  test('a pranswer sets roles and transports, and the answer may follow unchanged', () => {
    const [a, b] = [new TestPeer('a'), new TestPeer('b')]
    b.remote('offer', a.offer())
    const pranswer = b.createAnswer()
    b.local('pranswer', pranswer)
    expect(b.plan.transports[0]?.dtlsRole).toBe('client')
    expect(a.remote('pranswer', pranswer).transports[0]?.dtlsRole).toBe('server')
    expect(b.createAnswer()).toBe(pranswer)
    b.local('answer', pranswer)
    a.remote('answer', pranswer)
    expect([a.state.signalingState, b.state.signalingState]).toEqual(['stable', 'stable'])
  })
})
