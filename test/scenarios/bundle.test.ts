import { expect, test } from 'vitest'
import type { BundlePolicy } from '../../src/jsep/index.js'
import { createPair, openChannel, refused, unwrap, type Pair } from './support/connected-pair.js'
import type { Endpoint } from './support/endpoint.js'
import { transceiver } from './support/transceiver.js'

/** Audio, video and data, answered by a peer that takes all of it. */
function exchange(
  { alice, bob, link }: Pair,
  options: { readonly munge?: (sdp: string) => string; readonly iceRestart?: boolean } = {},
): { readonly offer: string; readonly answer: string } {
  const { munge = (sdp: string) => sdp, iceRestart = false } = options
  const mids = alice.peer.localDescriptions.current === null ? [null, null] : ['0', '1']
  const ours = [transceiver(1, 'audio', mids[0]), transceiver(2, 'video', mids[1])]
  const theirs = [transceiver(1, 'audio', '0'), transceiver(2, 'video', '1')]
  const gathered = (endpoint: Endpoint): string => {
    link.runUntil(() => endpoint.peer.transports.every(({ gatheringState }) => gatheringState === 'complete'))
    return (endpoint.peer.localDescriptions.pending ?? endpoint.peer.localDescriptions.current)!.sdp
  }
  refused(
    alice.peer.setLocalDescription(
      alice.now,
      'offer',
      unwrap(alice.peer.createOffer({ iceRestart, transceivers: ours })),
    ),
  )
  const offer = gathered(alice)
  refused(bob.peer.setRemoteDescription(bob.now, 'offer', munge(offer)))
  refused(bob.peer.setLocalDescription(bob.now, 'answer', unwrap(bob.peer.createAnswer({ transceivers: theirs }))))
  const answer = gathered(bob)
  refused(alice.peer.setRemoteDescription(alice.now, 'answer', munge(answer)))
  return { offer, answer }
}

function offered({ peer }: Endpoint): string {
  const transceivers = [transceiver(1, 'audio', '0'), transceiver(2, 'video', '1')]
  return unwrap(peer.createOffer({ transceivers }))
}

function answerBoth({ peer, now }: Endpoint): void {
  const transceivers = [transceiver(1, 'audio', '0'), transceiver(2, 'video', '1')]
  refused(peer.setLocalDescription(now, 'answer', unwrap(peer.createAnswer({ transceivers }))))
}

function mediaPair(bundlePolicy: BundlePolicy): Pair {
  const pair = createPair({ trickles: false, alice: { bundlePolicy } })
  pair.alice.open({ label: 'first', negotiated: true, id: 1000 })
  return pair
}

function isUp({ alice, bob }: Pair): boolean {
  return [alice, bob].every(
    ({ peer }) =>
      peer.sctp?.state === 'connected' && peer.transports.every(({ dtlsState }) => dtlsState === 'connected'),
  )
}

const midsOf = ({ peer }: Endpoint) => peer.transports.map(({ mids }) => mids)
const unbundle = (sdp: string) => sdp.replace(/a=group:.*\r\n/, '')
const BUNDLED = [['0', '1', '2']]

test.each([
  ['balanced', 3],
  ['max-compat', 3],
  ['max-bundle', 1],
] as const)('%s: what was gathered beyond the bundle is given up with the answer', (policy, gatherings) => {
  const pair = mediaPair(policy)
  const { alice, bob, link } = pair
  const { offer, answer } = exchange(pair)
  expect(offer.match(/^a=candidate:\S+ 1 udp /gm)).toHaveLength(gatherings)
  expect(answer.match(/^a=candidate:\S+ 1 udp /gm)).toHaveLength(1)
  link.runFor(1)
  expect(alice.events.filter(({ type }) => type === 'release')).toHaveLength(gatherings - 1)
  expect([midsOf(alice), midsOf(bob)]).toEqual([BUNDLED, BUNDLED])
  for (const { peer } of [alice, bob]) {
    expect(new Set(['0', '1', '2'].map((mid) => peer.transportOf(mid)))).toEqual(new Set([peer.transports[0]!.id]))
    expect(peer.negotiatedMedia('1')?.sendCodecs).not.toHaveLength(0)
    expect(peer.negotiatedMedia('2')).toBeUndefined()
  }
  link.runUntil(() => isUp(pair))
  expect(alice.peer.sctp!.transportId).toBe(alice.peer.transportOf('2'))
})

test('sections that are not bundled have transports of their own, which restart each; data is on its own one', () => {
  const pair = mediaPair('max-compat')
  const { alice, bob, link } = pair
  exchange(pair, { munge: unbundle })
  expect([midsOf(alice), midsOf(bob)]).toEqual([
    [['0'], ['1'], ['2']],
    [['0'], ['1'], ['2']],
  ])
  link.runUntil(() => isUp(pair))
  expect(alice.peer.sctp!.transportId).toBe(alice.peer.transportOf('2'))
  const fragments = () => alice.peer.transports.map(({ localParameters }) => localParameters!.usernameFragment)
  const before = fragments()
  exchange(pair, { iceRestart: true, munge: unbundle })
  expect(new Set([...before, ...fragments()]).size).toBe(6)
  link.runUntil(() =>
    [alice, bob].every(({ peer }) => peer.transports.every(({ iceState }) => iceState !== 'checking')),
  )
  const [ours, theirs] = openChannel(pair, alice, bob)
  ours.send('after the restarts')
  link.runUntil(() => theirs.messages.length === 1)
  expect(midsOf(alice)).toHaveLength(3)
})

test('a section that a later offer bundles moves to that transport, and data with it to a new association', () => {
  const pair = mediaPair('max-compat')
  const { alice, bob, link } = pair
  exchange(pair, { munge: unbundle })
  link.runUntil(() => isUp(pair))
  const [ours, theirs] = openChannel(pair, alice, bob)
  // What our own offers would not say (RFC 9429 §5.2.2).
  const rebundled = unbundle(offered(alice)).replace('t=0 0\r\n', 't=0 0\r\na=group:BUNDLE 0 1 2\r\n')
  refused(bob.peer.setRemoteDescription(bob.now, 'offer', rebundled))
  link.runFor(100)
  expect(bob.events.filter(({ type }) => type === 'release')).toEqual([])
  ours.send('while the offer is open')
  link.runUntil(() => theirs.messages.length === 1)
  expect(theirs.readyState).toBe('open')
  answerBoth(bob)
  expect(midsOf(bob)).toEqual(BUNDLED)
  link.runFor(100)
  expect([ours.readyState, theirs.readyState]).toEqual(['closed', 'closed'])
  // Alice, who never gets the answer, said her INIT again: bob presumes that she is there.
  expect(bob.peer.sctp).toMatchObject({ state: 'connected', transportId: bob.peer.transportOf('0') })
})

test('another SCTP port alone ends the association, once it is answered (RFC 8841 §9.3)', () => {
  const pair = mediaPair('balanced')
  const { alice, bob, link } = pair
  exchange(pair)
  link.runUntil(() => isUp(pair))
  const [ours, theirs] = openChannel(pair, alice, bob)
  refused(bob.peer.setRemoteDescription(bob.now, 'offer', offered(alice).replace('sctp-port:5000', 'sctp-port:5001')))
  link.runFor(100)
  expect([bob.peer.sctp?.state, theirs.readyState]).toEqual(['connected', 'open'])
  answerBoth(bob)
  link.runFor(100)
  expect([bob.peer.sctp?.state, theirs.readyState]).toEqual(['connected', 'closed']) // by the INIT in the offer
  expect(bob.peer.transports[0]!.dtlsState).toBe('connected')
  expect(ours.readyState).toBe('closed') // bob's ABORT
})

test('an association that the peer has ended stays so while DTLS lives, until the peer names another port', () => {
  const pair = mediaPair('balanced')
  const { alice, bob, link } = pair
  exchange(pair)
  link.runUntil(() => isUp(pair))
  refused(bob.peer.setRemoteDescription(bob.now, 'offer', offered(alice).replace('sctp-port:5000', 'sctp-port:5001')))
  answerBoth(bob)
  link.runUntil(() => alice.peer.sctp?.state === 'closed') // bob's ABORT
  alice.events.length = 0
  const candidate = 'candidate:9 1 udp 1 10.0.0.2 9999 typ host'
  refused(alice.peer.addIceCandidate(alice.now, { candidate, sdpMid: '0' }))
  link.runFor(100)
  expect(alice.peer.transports[0]!.dtlsState).toBe('connected')
  expect(alice.peer.sctp?.state).toBe('closed')
  exchange(pair, { iceRestart: true })
  link.runFor(1000)
  expect(alice.peer.sctp?.state).toBe('closed')
  expect(alice.states('sctpState')).toEqual([])
  exchange(pair, { munge: (sdp) => sdp.replace('sctp-port:5000', 'sctp-port:5002') })
  link.runFor(10)
  expect(alice.peer.sctp?.state).toBe('connected')
})

test('another tls-id alone begins another DTLS association, once it is answered (RFC 8842 §3.1)', () => {
  const pair = mediaPair('balanced')
  const { alice, bob, link } = pair
  const withId = (id: string) => (sdp: string) => sdp.replaceAll(/a=setup:/g, `a=tls-id:${id.repeat(20)}\r\na=setup:`)
  exchange(pair, { munge: withId('x') })
  link.runUntil(() => isUp(pair))
  const told = bob.states('dtlsState').length
  exchange(pair, { munge: withId('x') })
  link.runFor(100)
  expect(bob.states('dtlsState')).toHaveLength(told)
  exchange(pair, { munge: withId('y') })
  link.runUntil(() => isUp(pair))
  for (const { states } of [alice, bob].map((end) => ({ states: end.states('dtlsState') }))) {
    expect(states.slice(told)).toEqual(['new', 'connecting', 'connected'])
  }
  expect(openChannel(pair, alice, bob)[1].readyState).toBe('open')
})
