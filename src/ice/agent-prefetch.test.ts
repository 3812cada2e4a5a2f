import { expect, test } from 'vitest'
import { generateIceParameters, type IceParameters } from './index.js'
import { isUp, Nat, Peer, seededCrypto, trickle, VirtualNetwork } from './virtual-network.test-support.js'

const STUN = { address: '198.51.100.1', port: 3478 }

/** One that has gathered behind a NAT before anybody asked for a description, and a peer that has not. */
function prefetched(): { network: VirtualNetwork; a: Peer; b: Peer; parameters: IceParameters } {
  const network = new VirtualNetwork()
  network.addStunServer(STUN)
  const nat = new Nat(network, '203.0.113.1', 'full-cone')
  const a = new Peer(network, 'controlling', { addresses: ['10.0.0.1'], nat })
  const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2'] })
  const parameters = generateIceParameters(seededCrypto(9))
  a.agent.prefetch(network.now, parameters)
  a.bind('10.0.0.1')
  a.agent.addStunServer(network.now, { ...STUN, url: 'stun:stun.example' })
  a.agent.endOfLocalSockets(network.now)
  network.runFor(1000)
  return { network, a, b, parameters }
}

test('what was gathered ahead is told at once when gathering begins with the same parameters, and connects', () => {
  const { network, a, b, parameters } = prefetched()
  expect(a.events).toEqual([])
  expect(a.agent.localParameters).toBeUndefined()
  expect(a.agent.prefetchedParameters).toEqual(parameters)
  expect(a.agent.localCandidates).toEqual([])
  expect(a.agent.gatheringState).toBe('new')
  const sent = network.sent.length
  a.agent.startGathering(network.now, parameters)
  trickle(network, a, b)
  b.gather()
  trickle(network, b, a)
  a.drain()
  expect(a.events.map((event) => (event.type === 'gatheringState' ? event.state : event.type))).toEqual([
    'gathering',
    'localCandidate',
    'localCandidate',
    'complete',
  ])
  expect(network.sent).toHaveLength(sent) // no server was asked again
  expect(network.runUntil(() => isUp(a) && isUp(b))).toBe(true)
})

test('nothing is checked before, although the peer is known', () => {
  const { network, a, b, parameters } = prefetched()
  b.gather()
  trickle(network, b, a)
  network.runFor(20_000)
  expect(a.agent.state).toBe('new')
  expect(network.sent.filter(({ to }) => to.address === '192.0.2.2')).toEqual([])
  a.agent.startGathering(network.now, parameters)
  trickle(network, a, b)
  expect(network.runUntil(() => isUp(a) && isUp(b))).toBe(true)
})

test('other parameters: it is as if nothing had been gathered', () => {
  const { network, a } = prefetched()
  const other = generateIceParameters(seededCrypto(10))
  a.agent.startGathering(network.now, other)
  network.runFor(100)
  expect(a.agent.localParameters).toEqual(other)
  const fragments = a.events.flatMap((event) =>
    event.type === 'localCandidate' ? [event.candidate.usernameFragment] : [],
  )
  expect(fragments).toEqual([other.usernameFragment])
  a.agent.endOfLocalSockets(network.now)
  expect(a.agent.gatheringState).toBe('complete')
})

test('prefetched anew, for other servers: one set of candidates, those of the last time', () => {
  const { network, a } = prefetched()
  const other = generateIceParameters(seededCrypto(10))
  a.agent.prefetch(network.now, other)
  a.agent.endOfLocalSockets(network.now)
  network.runFor(1000)
  expect(a.events).toEqual([])
  a.agent.startGathering(network.now, other)
  a.drain()
  expect(a.agent.localCandidates.map(({ type }) => type)).toEqual(['host'])
  expect(a.events.filter(({ type }) => type === 'localCandidate')).toHaveLength(1)
})
