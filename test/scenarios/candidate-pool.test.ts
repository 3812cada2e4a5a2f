import { describe, expect, test } from 'vitest'
import type { PeerConfiguration } from '../../src/peer/index.js'
import { createPair, negotiate, refused, unwrap, type Pair } from './support/connected-pair.js'
import type { Endpoint } from './support/endpoint.js'

function configure({ peer, now }: Endpoint, configuration: Partial<PeerConfiguration>): void {
  peer.setConfiguration(now, {
    iceTransportPolicy: 'all',
    iceServersChanged: false,
    iceCandidatePoolSize: 0,
    ...configuration,
  })
}

function pooledPair(end: 'alice' | 'bob', size: number, options = {}): Pair {
  const pair = createPair(options)
  configure(pair[end], { iceCandidatePoolSize: size })
  pair.link.runFor(100)
  return pair
}

const gathers = ({ events }: Endpoint): number[] =>
  events.flatMap((event) => (event.type === 'gather' ? [event.transportId] : []))
const releases = ({ events }: Endpoint): number[] =>
  events.flatMap((event) => (event.type === 'release' ? [event.transportId] : []))
const told = ({ events }: Endpoint): string[] =>
  events.flatMap(({ type }) => (/gather$|release/.test(type) ? [] : [type]))
const fragmentsIn = (sdp: string): string[] =>
  [...sdp.matchAll(/^a=ice-ufrag:(.*)\r$/gm)].map(([, fragment]) => fragment!)

function offer({ peer, now }: Endpoint): string {
  const sdp = unwrap(peer.createOffer())
  refused(peer.setLocalDescription(now, 'offer', sdp))
  return sdp
}

const isConnected = ({ alice, bob }: Pair): boolean =>
  alice.peer.sctp?.state === 'connected' && bob.peer.sctp?.state === 'connected'

describe('the candidate pool', () => {
  test('gathers before there is a description, which has the candidates from the beginning', () => {
    const pair = pooledPair('alice', 1)
    const { alice, bob, link } = pair
    expect(gathers(alice)).toHaveLength(1)
    expect(told(alice)).toEqual([])
    expect(alice.peer.transports).toEqual([])
    alice.open()
    const sdp = offer(alice)
    expect(unwrap(alice.peer.createOffer())).toContain(fragmentsIn(sdp)[0])
    expect(alice.peer.localDescriptions.pending!.sdp).toMatch(/a=candidate:.*\r\n[^]*a=end-of-candidates/)
    expect(gathers(alice)).toHaveLength(1)
    alice.drain()
    expect(told(alice)).toEqual(['gatheringState', 'localCandidate', 'localCandidate', 'gatheringState'])
    negotiate(pair, alice, bob)
    link.runUntil(() => isConnected(pair))
    expect(releases(alice)).toEqual([])
  })

  test('of who answers: used for the offer, told and checked with the answer, not before', () => {
    const pair = pooledPair('bob', 1)
    const { alice, bob, link } = pair
    alice.open()
    offer(alice)
    link.runFor(100)
    refused(bob.peer.setRemoteDescription(bob.now, 'offer', alice.peer.localDescriptions.pending!.sdp))
    let checks = 0
    link.tap = ({ from }) => (checks += from.address === '10.0.0.2' ? 1 : 0)
    link.runFor(20_000)
    expect(checks).toBe(0)
    expect(told(bob)).toEqual([])
    expect(bob.transport).toMatchObject({ localParameters: undefined, localCandidates: [], gatheringState: 'new' })
    expect(bob.transport.remoteParameters).toEqual(alice.transport.localParameters)
    refused(bob.peer.setLocalDescription(bob.now, 'answer', unwrap(bob.peer.createAnswer())))
    expect(gathers(bob)).toHaveLength(1)
    expect(bob.peer.localDescriptions.current!.sdp).toContain('a=end-of-candidates')
    refused(alice.peer.setRemoteDescription(alice.now, 'answer', bob.peer.localDescriptions.current!.sdp))
    link.runUntil(() => isConnected(pair))
  })

  test('unused ones are released with the answer, and the pool is used no more', () => {
    const pair = pooledPair('alice', 3)
    const { alice, bob, link } = pair
    alice.open()
    negotiate(pair, alice, bob)
    link.runUntil(() => isConnected(pair))
    expect(releases(alice).toSorted()).toEqual(gathers(alice).slice(1))
    configure(alice, { iceServersChanged: true, iceCandidatePoolSize: 3 })
    link.runFor(1000)
    expect(gathers(alice)).toHaveLength(3)
  })

  test('everything is released at close, used or not', () => {
    const { alice, link } = pooledPair('alice', 2)
    alice.open()
    offer(alice)
    alice.close()
    expect(releases(alice).toSorted()).toEqual(gathers(alice))
    link.runFor(10_000)
    expect(alice.nextTimeout()).toBe(Infinity)
  })

  test('grows and shrinks at once; sixteen are enough for anybody', () => {
    const { alice, link } = pooledPair('alice', 2)
    configure(alice, { iceCandidatePoolSize: 3 })
    link.runFor(10)
    expect(gathers(alice)).toHaveLength(3)
    configure(alice, { iceCandidatePoolSize: 1 })
    link.runFor(10)
    expect(releases(alice)).toEqual(gathers(alice).slice(1))
    configure(alice, { iceCandidatePoolSize: 255 })
    link.runFor(10)
    expect(gathers(alice)).toHaveLength(3 + 15)
  })

  test('other servers, or another policy: what was gathered is discarded, and an offer that was made of it still holds', () => {
    const pair = pooledPair('alice', 1)
    const { alice, bob, link } = pair
    alice.open()
    const sdp = unwrap(alice.peer.createOffer())
    configure(alice, { iceServersChanged: true, iceCandidatePoolSize: 1 })
    link.runFor(10)
    expect(releases(alice)).toHaveLength(1)
    configure(alice, { iceTransportPolicy: 'relay', iceCandidatePoolSize: 1 })
    configure(alice, { iceTransportPolicy: 'all', iceCandidatePoolSize: 1 })
    link.runFor(10)
    expect(releases(alice)).toHaveLength(3)
    refused(alice.peer.setLocalDescription(alice.now, 'offer', sdp))
    link.runFor(10)
    expect([alice.transport.localParameters?.usernameFragment]).toEqual(fragmentsIn(sdp))
    expect(unwrap(alice.peer.createOffer())).toContain(fragmentsIn(sdp)[0])
    expect(alice.peer.needsNegotiation([])).toBe(true)
    negotiate(pair, alice, bob)
    link.runUntil(() => isConnected(pair))
  })

  test('other servers between an offer of the peer and the answer: gathered anew, and answered with that', () => {
    const pair = pooledPair('bob', 1)
    const { alice, bob, link } = pair
    alice.open()
    offer(alice)
    refused(bob.peer.setRemoteDescription(bob.now, 'offer', alice.peer.localDescriptions.pending!.sdp))
    const before = unwrap(bob.peer.createAnswer())
    configure(bob, { iceServersChanged: true, iceCandidatePoolSize: 1 })
    link.runFor(10)
    expect(gathers(bob)).toHaveLength(2)
    const sdp = unwrap(bob.peer.createAnswer())
    expect(fragmentsIn(sdp)).not.toEqual(fragmentsIn(before))
    refused(bob.peer.setLocalDescription(bob.now, 'answer', sdp))
    expect(gathers(bob)).toHaveLength(2)
    refused(alice.peer.setRemoteDescription(alice.now, 'answer', bob.peer.localDescriptions.current!.sdp))
    link.runUntil(() => isConnected(pair))
  })

  test('a rollback, of either side, gathers for the pool again', () => {
    for (const end of ['alice', 'bob'] as const) {
      const pair = pooledPair(end, 1)
      const { alice, bob, link } = pair
      alice.open()
      offer(alice)
      refused(bob.peer.setRemoteDescription(bob.now, 'offer', alice.peer.localDescriptions.pending!.sdp))
      link.runFor(10)
      refused(alice.peer.setLocalDescription(alice.now, 'rollback', ''))
      refused(bob.peer.setRemoteDescription(bob.now, 'rollback', ''))
      link.runFor(10)
      expect(gathers(pair[end])).toHaveLength(2)
      expect(releases(pair[end])).toEqual(gathers(pair[end]).slice(0, 1))
      negotiate(pair, alice, bob)
      link.runUntil(() => isConnected(pair))
    }
  })

  test('an address goes: what was gathered there is not told, what took its place is', () => {
    const pair = pooledPair('alice', 1)
    const { alice, bob, link } = pair
    const [first] = gathers(alice)
    alice.peer.removeLocalSocket(alice.now, first!, alice.socketIdOf('10.0.0.1'))
    link.runFor(10)
    expect(gathers(alice)).toHaveLength(2)
    expect(releases(alice)).toEqual([first])
    alice.open()
    negotiate(pair, alice, bob)
    link.runUntil(() => isConnected(pair))
  })

  test('errors of gathering are told with the candidates, not before', () => {
    const { alice } = pooledPair('alice', 1)
    const error = { local: undefined, url: 'stun:nowhere.example', errorCode: 701, errorText: 'No address.' }
    alice.peer.serverNotAsked(alice.now, gathers(alice)[0]!, error)
    alice.drain()
    expect(told(alice)).toEqual([])
    alice.open()
    offer(alice)
    alice.drain()
    expect(told(alice).at(-1)).toBe('candidateError')
  })

  test('the ICE parameters of the application are those of the first transport, whatever is gathered ahead', () => {
    const iceParameters = { usernameFragment: 'chosen', password: 'chosenByTheApplication0' }
    const { alice, link } = pooledPair('alice', 2, { alice: { iceParameters } })
    configure(alice, { iceServersChanged: true, iceCandidatePoolSize: 2 })
    link.runFor(10)
    alice.open()
    expect(fragmentsIn(unwrap(alice.peer.createOffer()))).toEqual(['chosen'])
  })
})
