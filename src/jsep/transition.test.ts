import { describe, expect, test } from 'vitest'
import { createAnswer, createOffer, needsNegotiation } from './index.js'
import type { DescriptionType, SignalingState } from './index.js'
import { errorOf, negotiate, sessionVersion, TestPeer } from './negotiation.test-support.js'
import { transition } from './transition.js'

const STATES: readonly SignalingState[] = [
  'stable',
  'have-local-offer',
  'have-remote-offer',
  'have-local-pranswer',
  'have-remote-pranswer',
  'closed',
]
const TYPES: readonly DescriptionType[] = ['offer', 'pranswer', 'answer', 'rollback']

/** Two peers, the first of them in this state by legal steps. */
function peerIn(state: SignalingState): { peer: TestPeer; other: TestPeer } {
  const peer = new TestPeer('a')
  const other = new TestPeer('b')
  if (state === 'have-local-offer') peer.offer()
  if (state === 'have-remote-offer' || state === 'have-local-pranswer') peer.remote('offer', other.offer())
  if (state === 'have-local-pranswer') peer.local('pranswer', peer.createAnswer())
  if (state === 'have-remote-pranswer') {
    other.remote('offer', peer.offer())
    peer.remote('pranswer', other.createAnswer())
  }
  if (state === 'closed') peer.state = { ...peer.state, signalingState: 'closed' }
  expect(peer.state.signalingState).toBe(state)
  return { peer, other }
}

/** From W3C WebRTC §4.3.1; every pair that is not here is an InvalidStateError. */
const LEGAL: Readonly<Record<string, SignalingState>> = {
  'local offer in stable': 'have-local-offer',
  'local offer in have-local-offer': 'have-local-offer',
  'local pranswer in have-remote-offer': 'have-local-pranswer',
  'local pranswer in have-local-pranswer': 'have-local-pranswer',
  'local answer in have-remote-offer': 'stable',
  'local answer in have-local-pranswer': 'stable',
  'local rollback in have-local-offer': 'stable',
  'remote offer in stable': 'have-remote-offer',
  'remote offer in have-remote-offer': 'have-remote-offer',
  'remote offer in have-local-offer': 'have-remote-offer',
  'remote pranswer in have-local-offer': 'have-remote-pranswer',
  'remote pranswer in have-remote-pranswer': 'have-remote-pranswer',
  'remote answer in have-local-offer': 'stable',
  'remote answer in have-remote-pranswer': 'stable',
  'remote rollback in have-remote-offer': 'stable',
}

const CASES = STATES.flatMap((state) =>
  TYPES.flatMap((type) => (['local', 'remote'] as const).map((side) => ({ side, type, state }))),
)

describe('signaling', () => {
  test.each(CASES)('$side $type in $state', ({ side, type, state }) => {
    const expected = LEGAL[`${side} ${type} in ${state}`]
    expect(transition(state, side, type)).toBe(expected)
    const { peer, other } = peerIn(state)
    if (expected === undefined) {
      const before = peer.state
      expect(peer.refusal(side, type, 'not even SDP')?.kind).toBe('InvalidState')
      expect(peer.state).toBe(before)
      return
    }
    if (type === 'rollback') peer[side]('rollback', 'not even SDP')
    else if (side === 'local') peer.local(type, type === 'offer' ? peer.createOffer() : peer.createAnswer())
    else if (type === 'offer') peer.remote('offer', other.createOffer())
    else {
      if (other.state.signalingState === 'stable') other.remote('offer', peer.state.pendingLocal!.sdp)
      peer.remote(type, other.createAnswer())
    }
    expect(peer.state.signalingState).toBe(expected)
  })

  test.each(STATES)('createOffer and createAnswer in %s', (state) => {
    const { peer } = peerIn(state)
    const mayOffer = state === 'stable' || state === 'have-local-offer'
    const mayAnswer = state === 'have-remote-offer' || state === 'have-local-pranswer'
    expect(errorOf(createOffer(peer.state, peer.inputs))?.kind).toBe(mayOffer ? undefined : 'InvalidState')
    expect(errorOf(createAnswer(peer.state, peer.inputs))?.kind).toBe(mayAnswer ? undefined : 'InvalidState')
  })

  test('descriptions go from pending to current with the answer, and texts made before are void', () => {
    const [a, b] = [new TestPeer('a'), new TestPeer('b')]
    const { offer, answer } = negotiate(a, b)
    expect(a.state).toMatchObject({
      currentLocal: { sdp: offer },
      currentRemote: { sdp: answer },
      firstOfferBy: 'local',
    })
    expect(b.state).toMatchObject({
      currentLocal: { sdp: answer },
      currentRemote: { sdp: offer },
      firstOfferBy: 'remote',
    })
    for (const { state } of [a, b]) {
      for (const key of ['pendingLocal', 'pendingRemote', 'lastOffer', 'lastAnswer'])
        expect(state).not.toHaveProperty(key)
    }
    expect(a.refusal('local', 'offer', offer)?.kind).toBe('InvalidModification')
  })

  test('only the last created text can be set', () => {
    const a = new TestPeer('a')
    const first = a.createOffer()
    expect(a.refusal('local', 'offer', first + 'a=x\r\n')?.kind).toBe('InvalidModification')
    a.generation++
    const second = a.createOffer()
    expect(a.refusal('local', 'offer', first)?.kind).toBe('InvalidModification')
    a.local('offer', second)
    const b = new TestPeer('b')
    b.remote('offer', second)
    expect(b.refusal('local', 'answer', second)?.kind).toBe('InvalidModification')
  })

  test('a syntax error says its line', () => {
    const a = new TestPeer('a')
    const sdp = new TestPeer('b').createOffer().replace('a=setup:actpass', 'a=setup:perhaps')
    expect(a.refusal('remote', 'offer', sdp)).toMatchObject({ kind: 'SdpSyntax', line: 12 })
  })

  test('a crossing offer rolls ours back; who offered first is who was answered', () => {
    const [a, b] = [new TestPeer('a'), new TestPeer('b')]
    a.offer()
    expect(a.state.firstOfferBy).toBe('local')
    a.remote('offer', b.offer())
    expect(a.state.firstOfferBy).toBe('remote')
    expect(a.state.pendingLocal).toBeUndefined()
    b.remote('answer', a.answer())
    expect([a.plan.transports[0]?.dtlsRole, b.plan.transports[0]?.dtlsRole]).toEqual(['client', 'server'])
  })

  test('a crossing offer that is no good changes nothing', () => {
    const a = new TestPeer('a')
    a.offer()
    const before = a.state
    expect(a.refusal('remote', 'offer', 'nonsense')?.kind).toBe('SdpSyntax')
    expect(a.state).toBe(before)
  })

  test('rollback leaves what was agreed before', () => {
    const [a, b] = [new TestPeer('a'), new TestPeer('b')]
    negotiate(a, b)
    const agreed = a.plan
    a.generation++
    expect(a.local('offer', a.createOffer()).transports[0]?.local?.usernameFragment).toBe('a2/0frag')
    expect(a.local('rollback')).toEqual(agreed)
    b.generation++
    expect(a.remote('offer', b.createOffer()).transports[0]?.remote?.usernameFragment).toBe('b2/0frag')
    expect(a.remote('rollback')).toEqual(agreed)
    expect(new TestPeer('a').plan).toEqual({ sections: [], transports: [] })
  })

  test('the session version grows with each new text, also past a rollback (RFC 9429 §5.2.2)', () => {
    const a = new TestPeer('a')
    const first = a.createOffer()
    expect(a.createOffer()).toBe(first)
    a.local('offer', first)
    a.local('rollback')
    a.generation++
    expect(sessionVersion(a.createOffer())).toBe(sessionVersion(first) + 1)
  })

  test('negotiation is needed for the first data channel, once', () => {
    const [a, b] = [new TestPeer('a'), new TestPeer('b')]
    expect(needsNegotiation(a.state, { wantsData: false, transceivers: [] })).toBe(false)
    expect(needsNegotiation(a.state, { wantsData: true, transceivers: [] })).toBe(true)
    negotiate(a, b)
    expect(needsNegotiation(a.state, { wantsData: true, transceivers: [] })).toBe(false)
    expect(needsNegotiation(b.state, { wantsData: true, transceivers: [] })).toBe(false)
  })
})
