import { describe, expect, test } from 'vitest'
import { createPair, negotiate, record, refused, unwrap, type PairOptions } from './support/connected-pair.js'

const DIRECTIONS = [
  ['alice', 'bob'],
  ['bob', 'alice'],
] as const

describe('connecting', () => {
  const ways: [string, PairOptions][] = [
    ['trickled candidates', { trickles: true }],
    ['candidates in the descriptions', { trickles: false }],
    ['10 % loss, jitter and duplicates', { lossRatio: 0.1, jitterMillis: 20, duplicateRatio: 0.1 }],
    [
      'IPv6 and IPv4 side by side',
      { alice: { addresses: ['fd00::1', '10.0.0.1'] }, bob: { addresses: ['fd00::2', '10.0.0.2'] } },
    ],
  ]
  describe.each(ways)('%s', (_, options) => {
    test.each(DIRECTIONS)('%s offers', (offererName, answererName) => {
      const pair = createPair({ seed: 11, ...options })
      const offerer = pair[offererName]
      const answerer = pair[answererName]
      const channel = offerer.open({ label: 'chat' })
      negotiate(pair, offerer, answerer, { trickles: options.trickles ?? true })
      pair.link.runUntil(() => channel.readyState === 'open' && answerer.incoming.length === 1)
      // RFC 8842 §5.3: an offer of actpass is answered active; RFC 8832 §6: the DTLS server has odd ids.
      expect(offerer.transport.dtlsRole).toBe('server')
      expect(answerer.transport.dtlsRole).toBe('client')
      expect(channel.id).toBe(1)
      expect(offerer.transport.iceRole).toBe('controlling')
      expect(answerer.transport.iceRole).toBe('controlled')
      for (const end of [offerer, answerer]) {
        expect(end.states('dtlsState')).toEqual(['connecting', 'connected'])
        expect(end.states('sctpState')).toEqual(['connected'])
        expect(end.transport.selectedPair).toBeDefined()
        expect(end.peer.sctp).toMatchObject({ state: 'connected', maxChannels: 65_535, maxMessageSizeBytes: 262_144 })
      }
      expect(offerer.transport.remoteCertificates).toHaveLength(1)
    })
  })

  test.each([
    { what: 'none for SCTP, which both sides described', sctpNegotiationAcceleration: true, roundTrips: 2 },
    { what: 'two for SCTP', sctpNegotiationAcceleration: false, roundTrips: 4 },
  ])('is quick: a round trip for ICE, two for DTLS, $what', ({ sctpNegotiationAcceleration, roundTrips }) => {
    const pair = createPair({ rttMillis: 100, bob: { sctpNegotiationAcceleration } })
    const channel = pair.alice.open()
    negotiate(pair, pair.alice, pair.bob)
    const answered = pair.link.now
    pair.link.runUntil(() => channel.readyState === 'open')
    // ICE of the answerer began half a round trip before the offerer had the answer.
    expect(pair.link.now - answered).toBe(roundTrips * 100)
  })

  test('the ClientHello overtakes the answer: it is kept, and no repeat of it is waited for', () => {
    const pair = createPair({ rttMillis: 20, trickles: false })
    const { alice, bob, link } = pair
    const channel = alice.open()
    refused(alice.peer.setLocalDescription(link.now, 'offer', unwrap(alice.peer.createOffer())))
    link.runFor(1)
    refused(bob.peer.setRemoteDescription(link.now, 'offer', alice.peer.localDescriptions.pending!.sdp))
    refused(bob.peer.setLocalDescription(link.now, 'answer', unwrap(bob.peer.createAnswer())))
    const hellos: number[] = []
    link.tap = ({ data }) => {
      if (data[0] === 22) hellos.push(link.now)
    }
    link.runFor(150)
    expect(bob.states('dtlsState')).toEqual(['connecting'])
    expect(hellos).toHaveLength(1)
    const answered = link.now
    refused(alice.peer.setRemoteDescription(link.now, 'answer', bob.peer.localDescriptions.current!.sdp))
    link.runUntil(() => channel.readyState === 'open')
    expect(link.now - answered).toBeLessThanOrEqual(5 * 20)
    expect(alice.peer.counters['transport.dtlsFromUnvalidatedPath']).toBeUndefined()
  })

  test('the answerer alone is told candidates: the offerer finds it by its checks', () => {
    const pair = createPair({ trickles: false })
    pair.bob.open()
    const offer = unwrap(pair.bob.peer.createOffer())
    refused(pair.bob.peer.setLocalDescription(0, 'offer', offer))
    pair.link.runFor(1)
    const withCandidates = pair.bob.peer.localDescriptions.pending!.sdp
    expect(withCandidates).toContain('a=candidate:')
    expect(withCandidates).toContain('a=end-of-candidates')
    refused(pair.alice.peer.setRemoteDescription(0, 'offer', withCandidates))
    const answer = unwrap(pair.alice.peer.createAnswer())
    expect(answer).not.toContain('a=candidate:')
    refused(pair.alice.peer.setLocalDescription(0, 'answer', answer))
    refused(pair.bob.peer.setRemoteDescription(0, 'answer', answer))
    pair.link.runUntil(() => pair.alice.incoming.length === 1)
    expect(pair.bob.transport.selectedPair?.remote.type).toBe('prflx')
  })

  test('the ids of channels opened before are told when the DTLS role is known', () => {
    const pair = createPair()
    const first = pair.alice.open()
    const second = pair.alice.open()
    expect(first.id).toBeUndefined()
    negotiate(pair, pair.alice, pair.bob)
    pair.link.runFor(1)
    expect(pair.alice.events.filter((event) => event.type === 'channelId')).toEqual([
      { type: 'channelId', handle: first.handle, id: 1 },
      { type: 'channelId', handle: second.handle, id: 3 },
    ])
  })

  test('names in candidates are resolved by the driver; one that does not exist is left out', () => {
    const pair = createPair({ trickles: false })
    pair.alice.open()
    pair.bob.names.set('alice.local', '10.0.0.1')
    negotiate(pair, pair.alice, pair.bob, {
      trickles: false,
      munge: (sdp) =>
        sdp.replace(/(a=candidate:.* )10\.0\.0\.1 (\d+ typ host.*)/, '$1alice.local $2\r\n$1nobody.local $2'),
    })
    pair.link.runUntil(() => pair.bob.incoming.length === 1)
    expect(pair.bob.events.filter((event) => event.type === 'resolve').map((event) => event.name)).toEqual([
      'alice.local',
      'nobody.local',
    ])
    expect(pair.bob.peer.counters['transport.candidateNamesUnresolved']).toBe(1)
  })

  test('a fingerprint that is not the certificate: both sides fail, no channel opens', () => {
    const pair = createPair()
    const channel = pair.alice.open()
    negotiate(pair, pair.alice, pair.bob, {
      munge: (sdp) => sdp.replace(/(a=fingerprint:sha-256 )..:../, '$1DE:AD'),
    })
    const { alice, bob } = pair
    pair.link.runUntil(
      () => alice.states('dtlsState').at(-1) === 'failed' && bob.states('dtlsState').at(-1) === 'failed',
    )
    pair.link.runFor(5000)
    expect(record(channel).events).toEqual(['error', 'close'])
    expect(bob.incoming).toEqual([])
    for (const end of [alice, bob]) {
      expect(end.states('dtlsState')).toEqual(['connecting', 'failed'])
      expect(end.states('sctpState')).toEqual(['closed'])
      expect(end.peer.sctp?.state).toBe('closed')
    }
  })

  test('a section that the peer rejects closes the channels that wanted it', () => {
    const pair = createPair()
    const channel = pair.alice.open()
    const { alice } = pair
    refused(alice.peer.setLocalDescription(0, 'offer', unwrap(alice.peer.createOffer())))
    const answer = alice.peer.localDescriptions
      .pending!.sdp.replace('m=application 9', 'm=application 0')
      .replace('a=setup:actpass', 'a=setup:active')
      .replace(/a=group:BUNDLE 0/, 'a=group:BUNDLE')
    refused(alice.peer.setRemoteDescription(0, 'answer', answer))
    pair.link.runFor(100)
    expect(record(channel).events).toEqual(['close'])
    expect(alice.peer.transports).toEqual([])
    expect(alice.peer.sctp).toBeUndefined()
    expect(alice.events.map((event) => event.type)).toContain('release')
  })

  test('an offer that is rolled back leaves nothing; the next one connects', () => {
    const pair = createPair()
    const { alice, bob } = pair
    const channel = alice.open()
    refused(alice.peer.setLocalDescription(alice.now, 'offer', unwrap(alice.peer.createOffer())))
    pair.link.runFor(100)
    refused(alice.peer.setLocalDescription(alice.now, 'rollback', ''))
    expect(alice.peer.transports).toEqual([])
    expect(alice.peer.signalingState).toBe('stable')
    negotiate(pair, alice, bob)
    pair.link.runUntil(() => channel.readyState === 'open' && bob.incoming.length === 1)
    expect(alice.events.map((event) => event.type).filter((type) => type === 'release')).toHaveLength(1)
  })

  test('both offer at once: the polite one rolls back, and answers', () => {
    const pair = createPair()
    const { alice, bob, link } = pair
    const ours = alice.open({ label: 'of alice' })
    const theirs = bob.open({ label: 'of bob' })
    for (const end of [alice, bob])
      refused(end.peer.setLocalDescription(end.now, 'offer', unwrap(end.peer.createOffer())))
    link.runFor(50)
    refused(bob.peer.setRemoteDescription(bob.now, 'offer', alice.peer.localDescriptions.pending!.sdp))
    refused(bob.peer.setLocalDescription(bob.now, 'answer', unwrap(bob.peer.createAnswer())))
    refused(alice.peer.setRemoteDescription(alice.now, 'answer', bob.peer.localDescriptions.current!.sdp))
    link.runUntil(() => ours.readyState === 'open' && theirs.readyState === 'open')
    expect([ours.id, theirs.id]).toEqual([1, 0])
  })
})
