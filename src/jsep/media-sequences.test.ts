import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSdp } from '../sdp/index.js'
import { reversed } from './direction.js'
import { createAnswer, createOffer, mediaSections, negotiatedMedia } from './index.js'
import type { BundlePolicy, MediaKind } from './index.js'
import { MediaPeer } from './media-peer.test-support.js'

const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const
const CODECS = {
  audio: [{ mimeType: 'audio/PCMU', clockRate: 8000, channels: 1 }],
  video: [{ mimeType: 'video/VP8', clockRate: 90000 }],
}

type Deed =
  | { readonly what: 'add'; readonly kind: MediaKind; readonly rids: number }
  | { readonly what: 'stop'; readonly which: number }
  | { readonly what: 'turn'; readonly which: number; readonly direction: (typeof DIRECTIONS)[number] }
  | { readonly what: 'prefer'; readonly which: number; readonly some: boolean }
  | { readonly what: 'data' }
  | { readonly what: 'restart' }

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ what: fc.constant('add' as const), kind: fc.constantFrom<MediaKind>('audio', 'video'), rids: fc.nat(3) }),
  fc.record({ what: fc.constant('stop' as const), which: fc.nat(20) }),
  fc.record({ what: fc.constant('turn' as const), which: fc.nat(20), direction: fc.constantFrom(...DIRECTIONS) }),
  fc.record({ what: fc.constant('prefer' as const), which: fc.nat(20), some: fc.boolean() }),
  fc.record({ what: fc.constant('data' as const) }),
  fc.record({ what: fc.constant('restart' as const) }),
)

function act(peer: MediaPeer, deed: Deed): void {
  const { transceivers } = peer
  if (deed.what === 'add') {
    const rids = ['h', 'm', 'l'].slice(0, deed.rids)
    if (deed.kind === 'audio' || rids.length < 2) peer.add(deed.kind)
    else peer.add('video', { sendStreams: rids.map((rid, index) => ({ rid, ssrc: index + 1 })) })
  } else if (deed.what === 'data') peer.inputs = { ...peer.inputs, wantsData: true }
  else if (deed.what === 'restart') peer.generation++
  else {
    const one = transceivers[deed.which % Math.max(transceivers.length, 1)]
    if (one === undefined) return
    if (deed.what === 'stop') one.isStopping = true
    else if (deed.what === 'turn') one.direction = deed.direction
    else one.preferredCodecs = deed.some ? CODECS[one.kind] : []
  }
}

function textMids(sdp: string): string[] {
  const parsed = parseSdp(sdp)
  if (!parsed.ok) throw new Error(`line ${parsed.error.line}: ${parsed.error.message}`)
  return parsed.value.media.map((section) => section.attributes.mid ?? '')
}

/** What both sides think of a finished exchange. */
function checkAgreement(a: MediaPeer, b: MediaPeer): void {
  for (const [self, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const [ours, theirs] = [mediaSections(self.state, 'local'), mediaSections(other.state, 'remote')]
    expect(ours.map((said) => ({ ...said, transceiver: undefined }))).toEqual(
      theirs.map((said) => ({ ...said, transceiver: undefined })),
    )
    const isAnswerer = self.state.currentLocal?.type === 'answer'
    for (const section of isAnswerer ? ours : []) {
      const offered = mediaSections(self.state, 'remote')[section.index]!
      if (section.isRejected) continue
      const bound = reversed(offered.direction)
      if (section.direction !== 'inactive') expect(['sendrecv', section.direction]).toContain(bound)
    }
    for (const { mid } of ours) {
      const [one, two] = [negotiatedMedia(self.state, mid, ''), negotiatedMedia(other.state, mid, '')]
      expect(one === undefined).toBe(two === undefined)
      expect(one?.sendCodecs.map(({ payloadType }) => payloadType)).toEqual(
        two?.receiveCodecs.map(({ payloadType }) => payloadType),
      )
      expect(one?.headerExtensions.map(({ id, uri }) => [id, uri]).toSorted()).toEqual(
        two?.headerExtensions.map(({ id, uri }) => [id, uri]).toSorted(),
      )
    }
  }
  const carried = ({ plan }: MediaPeer) =>
    plan.transports.map(({ mid: name, sectionIndex }) => {
      const live = plan.sections.filter(({ rejected, transportMid }) => !rejected && transportMid === name)
      return [sectionIndex, ...live.map(({ mid }) => mid)]
    })
  expect(carried(a)).toEqual(carried(b))
  for (const [index, ours] of a.plan.transports.entries()) {
    const theirs = b.plan.transports[index]!
    expect(ours.dtlsRole).not.toBe(theirs.dtlsRole)
    expect(ours.remote).toMatchObject(theirs.local!)
    expect(theirs.remote).toMatchObject(ours.local!)
  }
  expect(a.plan.sctp?.mid).toBe(b.plan.sctp?.mid)
}

const round = fc.record({
  before: fc.array(fc.tuple(fc.boolean(), deed), { maxLength: 4 }),
  between: fc.array(fc.tuple(fc.boolean(), deed), { maxLength: 2 }),
  byA: fc.boolean(),
  glare: fc.boolean(),
  pranswer: fc.boolean(),
  rollback: fc.constantFrom('none', 'none', 'local', 'remote'),
  unbundle: fc.boolean(),
})

test('exchanges with any transceivers agree on sections, directions, codecs and transports, and keep their places', () => {
  const policies = fc.constantFrom<BundlePolicy>('balanced', 'max-compat', 'max-bundle')
  fc.assert(
    fc.property(policies, fc.array(round, { minLength: 1, maxLength: 8 }), (bundlePolicy, rounds) => {
      const peers = [new MediaPeer('a', { bundlePolicy }), new MediaPeer('b', { bundlePolicy: 'max-compat' })] as const
      let places: string[] = []
      for (const [number, round] of rounds.entries()) {
        for (const [isA, deed] of round.before) act(peers[isA ? 0 : 1], deed)
        const [offerer, answerer] = round.byA ? peers : [peers[1], peers[0]]
        if (round.glare) answerer.offer()
        if (round.rollback === 'local') {
          offerer.offer()
          offerer.local('rollback')
        }
        const said = offerer.offer()
        expect(offerer.createOffer()).toBe(said)
        const isRemote = number === 0 && round.unbundle && bundlePolicy === 'max-compat'
        const heard = isRemote ? said.replace(/a=group:.*\r\n/, '') : said
        answerer.remote('offer', heard)
        if (round.rollback === 'remote') {
          answerer.remote('rollback')
          answerer.remote('offer', heard)
        }
        for (const [isA, deed] of round.between) act(peers[isA ? 0 : 1], deed)
        const answer = answerer.createAnswer()
        if (round.pranswer) {
          answerer.local('pranswer', answer)
          offerer.remote('pranswer', answer)
        }
        answerer.local('answer', answer)
        offerer.remote('answer', answer)
        checkAgreement(...peers)
        const now = textMids(said)
        expect(now.length).toBeGreaterThanOrEqual(places.length)
        expect(new Set(now).size).toBe(now.length)
        const rejected = new Set(mediaSections(answerer.state, 'local').flatMap((s) => (s.isRejected ? [s.mid] : [])))
        // A place changes hands only after it was rejected: '' stands for one that may.
        for (const [index, mid] of places.entries()) if (mid !== '') expect(now[index]).toBe(mid)
        places = now.map((mid) => (rejected.has(mid) ? '' : mid))
      }
    }),
    { numRuns: 150 },
  )
})

const STEPS = ['offer', 'pranswer', 'answer', 'deliver', 'rollback', 'lose'] as const

test('whatever is done in whatever order, nothing throws, and a refusal changes nothing', () => {
  const step = fc.tuple(fc.boolean(), fc.oneof(fc.constantFrom(...STEPS), deed))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const ends = (['a', 'b'] as const).map((name) => {
        return { peer: new MediaPeer(name), said: [] as { type: 'offer' | 'pranswer' | 'answer'; sdp: string }[] }
      })
      for (const [isA, what] of steps) {
        const [self, other] = isA ? [ends[0]!, ends[1]!] : [ends[1]!, ends[0]!]
        const { peer } = self
        if (typeof what === 'object') act(peer, what)
        else if (what === 'lose') self.said = []
        else if (what === 'deliver') {
          const next = other.said.shift()
          const before = peer.state
          if (next !== undefined && peer.refusal('remote', next.type, next.sdp) === undefined) {
            peer.remote(next.type, next.sdp)
          } else expect(peer.state).toBe(before)
        } else if (what === 'rollback') {
          for (const side of ['local', 'remote'] as const) {
            if (peer.refusal(side, 'rollback') === undefined) peer[side]('rollback')
          }
        } else {
          const create = what === 'offer' ? createOffer : createAnswer
          const created = create(peer.state, peer.inputs)
          if (!created.ok) expect(created.error.kind).toBe('InvalidState')
          else {
            peer.state = created.value.state
            peer.local(what, created.value.sdp)
            self.said.push({ type: what, sdp: created.value.sdp })
          }
        }
        const { plan } = peer
        const live = plan.sections.filter(({ rejected }) => !rejected)
        expect(new Set(live.map(({ transportMid }) => transportMid))).toEqual(
          new Set(plan.transports.map(({ mid }) => mid)),
        )
        expect(mediaSections(peer.state, 'local').every(({ index, mid }, at) => index === at && mid !== '')).toBe(true)
      }
    }),
    { numRuns: 200 },
  )
})
