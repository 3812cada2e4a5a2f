import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSdp } from '../sdp/index.js'
import { ALL_OFFERS } from '../sdp/offers.test-support.js'
import { applyLocal, applyRemote, createAnswer, createOffer, planOf, withRemoteCandidate } from './index.js'
import { saysWhatIsApplied, sessionVersion, TestPeer } from './negotiation.test-support.js'

const STEPS = ['offer', 'pranswer', 'answer', 'deliver', 'rollback', 'restart', 'candidate', 'lose'] as const
type Said = { readonly type: 'offer' | 'pranswer' | 'answer'; readonly sdp: string }

/** One peer and what it said that the other has not heard. */
interface End {
  readonly peer: TestPeer
  said: Said[]
  versions: number[]
}

function mids(sdp: string): string[] {
  const parsed = parseSdp(sdp)
  expect(parsed.ok).toBe(true)
  return parsed.ok ? parsed.value.media.map((section) => section.attributes.mid ?? '') : []
}

/** Does it if it may be done now; a refusal must be a value and leave all as it was. */
function step(self: End, other: End, what: (typeof STEPS)[number]): void {
  const { peer } = self
  if (what === 'offer' || what === 'pranswer' || what === 'answer') {
    const created = (what === 'offer' ? createOffer : createAnswer)(peer.state, peer.inputs)
    if (!created.ok) return expect(created.error.kind).toBe('InvalidState')
    saysWhatIsApplied(what === 'offer' ? created.value.state.lastOffer : created.value.state.lastAnswer)
    self.versions.push(sessionVersion(created.value.sdp))
    const set = applyLocal(created.value.state, what, created.value.sdp)
    expect(set.ok).toBe(true)
    if (set.ok) peer.state = set.value.state
    self.said.push({ type: what, sdp: created.value.sdp })
  } else if (what === 'deliver') {
    const next = other.said.shift()
    if (next === undefined) return
    const heard = applyRemote(peer.state, next.type, next.sdp)
    if (heard.ok) peer.state = heard.value.state
    else expect(['InvalidState', 'InvalidAccess']).toContain(heard.error.kind)
  } else if (what === 'rollback') {
    for (const apply of [applyLocal, applyRemote]) {
      const back = apply(peer.state, 'rollback', '')
      if (back.ok) peer.state = back.value.state
    }
  } else if (what === 'restart') peer.generation++
  else if (what === 'candidate') {
    const added = withRemoteCandidate(peer.state, {
      candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host',
      sdpMLineIndex: 0,
    })
    if (added.ok) peer.state = added.value.state
  } else self.said = []
}

function checkInvariants({ peer, versions }: End): void {
  const { state } = peer
  expect(versions).toEqual(versions.toSorted((a, b) => a - b))
  if (state.currentLocal && state.currentRemote) {
    expect(mids(state.currentLocal.sdp)).toEqual(mids(state.currentRemote.sdp))
  }
  const isStable = state.signalingState === 'stable'
  expect(state.pendingLocal === undefined && state.pendingRemote === undefined).toBe(isStable)
  const plan = planOf(state)
  const live = plan.sections.filter((section) => !section.rejected)
  expect(new Set(live.map((section) => section.transportMid))).toEqual(new Set(plan.transports.map(({ mid }) => mid)))
  if (isStable) {
    for (const transport of plan.transports) {
      expect(transport.local && transport.remote && transport.dtlsRole).toBeDefined()
    }
  }
}

test('whatever two peers do, their descriptions and plans stay in step and versions never decrease', () => {
  const actions = fc.array(fc.tuple(fc.boolean(), fc.constantFrom(...STEPS)), { maxLength: 40 })
  fc.assert(
    fc.property(actions, fc.boolean(), (list, aWants) => {
      const a: End = { peer: new TestPeer('a', { wantsData: aWants }), said: [], versions: [] }
      const b: End = { peer: new TestPeer('b'), said: [], versions: [] }
      for (const [isA, what] of list) {
        step(isA ? a : b, isA ? b : a, what)
        checkInvariants(a)
        checkInvariants(b)
      }
    }),
    { numRuns: 300 },
  )
})

test('exchanges in any direction, with glare and restarts between, agree on roles and credentials', () => {
  const exchange = fc.record({ byA: fc.boolean(), glare: fc.boolean(), restart: fc.boolean(), pranswer: fc.boolean() })
  fc.assert(
    fc.property(fc.array(exchange, { minLength: 1, maxLength: 12 }), (list) => {
      const [a, b] = [new TestPeer('a'), new TestPeer('b')]
      for (const { byA, glare, restart, pranswer } of list) {
        const [offerer, answerer] = byA ? [a, b] : [b, a]
        if (glare) answerer.offer()
        if (restart) [offerer, answerer].forEach((peer) => peer.generation++)
        answerer.remote('offer', offerer.offer())
        const answer = answerer.createAnswer()
        if (pranswer) {
          answerer.local('pranswer', answer)
          offerer.remote('pranswer', answer)
        }
        answerer.local('answer', answer)
        offerer.remote('answer', answer)
        const [ours, theirs] = [a.plan.transports, b.plan.transports]
        expect(ours).toHaveLength(1)
        expect(ours.map(({ mid }) => mid)).toEqual(theirs.map(({ mid }) => mid))
        expect(ours[0]?.dtlsRole).not.toBe(theirs[0]?.dtlsRole)
        expect(ours[0]?.remote).toMatchObject(theirs[0]!.local!)
        expect(theirs[0]?.remote).toMatchObject(ours[0]!.local!)
      }
      const settled = list[0]!.byA ? a : b
      expect(settled.plan.transports[0]?.dtlsRole).toBe('server')
    }),
    { numRuns: 60 },
  )
})

test('mutated offers are refused as values or answered in full', () => {
  const edit = fc.record({
    at: fc.nat(),
    cut: fc.nat(30),
    put: fc.constantFrom('', '0', 'a=', '\r\na=mid:0\r\n', '\r\n', ' 1', '_'),
  })
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(ALL_OFFERS)),
      fc.array(edit, { minLength: 1, maxLength: 3 }),
      (offer, edits) => {
        let sdp = offer
        for (const { at, cut, put } of edits) {
          const index = at % sdp.length
          sdp = sdp.slice(0, index) + put + sdp.slice(index + cut)
        }
        const peer = new TestPeer('a')
        const refusal = peer.refusal('remote', 'offer', sdp)
        if (refusal !== undefined) {
          expect(['SdpSyntax', 'InvalidAccess']).toContain(refusal.kind)
          expect(refusal.line === undefined).toBe(refusal.kind !== 'SdpSyntax')
          return
        }
        peer.remote('offer', sdp)
        const answer = peer.answer()
        expect(mids(answer)).toHaveLength(mids(sdp).length)
        // And what we answer, a peer with the same offer takes.
        expect(new Set(mids(answer)).size).toBe(mids(answer).length)
      },
    ),
    { numRuns: 500 },
  )
})
