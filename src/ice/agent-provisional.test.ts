/** Data flows over a pair that works, before any is nominated (RFC 8445 §12.1). */
import { expect, test } from 'vitest'
import { hasAttribute, parseStunMessage, USE_CANDIDATE } from '../stun/index.js'
import type { IceCandidate, IceEvent } from './index.js'
import { isNominated, isUp, negotiate, Peer, VirtualNetwork, type Packet } from './virtual-network.test-support.js'

const HOST = '192.0.2.2'
const MAPPED = '192.0.2.3'

function nominates({ data }: Packet): boolean {
  const message = parseStunMessage(data)
  return message?.class === 'request' && hasAttribute(message, USE_CANDIDATE)
}

/** What changed for applications, in order. */
function history({ events }: Peer): string[] {
  return events.flatMap((event: IceEvent) => {
    if (event.type === 'selectedPair') return [event.pair.to.address]
    return event.type === 'state' ? [event.state] : event.type === 'nominated' ? ['nominated'] : []
  })
}

/** Two ways to `b`; the lower one is told to `a` as if it were of this kind, so that a better one is waited for. */
function twoWays(kind: IceCandidate['type']) {
  const network = new VirtualNetwork({ delayMillis: 1 })
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'] })
  const b = new Peer(network, 'controlled', { addresses: [HOST, MAPPED] })
  a.gather()
  b.gather()
  b.agent.setRemote(network.now, { ...a.agent.localParameters!, iceLite: false })
  a.agent.setRemote(network.now, { ...b.agent.localParameters!, iceLite: false })
  const [host, lower] = b.agent.localCandidates
  a.agent.addRemoteCandidate(network.now, { ...lower!, type: kind, priority: 1 })
  a.agent.addRemoteCandidate(network.now, host!)
  a.agent.setRemoteEndOfCandidates(network.now)
  return { network, a, b }
}

/** Two of one way each, between which no nomination passes. */
function neverNominated() {
  const network = new VirtualNetwork({ delayMillis: 5 })
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'] })
  const b = new Peer(network, 'controlled', { addresses: [HOST] })
  network.passes = (packet) => !nominates(packet)
  negotiate(network, a, b)
  return { network, a, b }
}

test('the first pair that works is selected; its nomination completes it, and selects nothing anew', () => {
  const { network, a, b } = twoWays('srflx')
  network.passes = ({ from, to }) => from.address !== HOST && to.address !== HOST
  expect(network.runUntil(() => isUp(a), 100)).toBe(true)
  expect([a.agent.state, a.agent.isSettled]).toEqual(['connected', false])
  expect(network.sent.some(nominates)).toBe(false)
  expect(network.runUntil(() => isNominated(a) && isNominated(b), 200)).toBe(true)
  network.runFor(60_000)
  expect(history(a)).toEqual(['checking', MAPPED, 'connected', 'nominated', 'completed'])
  expect(history(b)).toEqual(['checking', '192.0.2.1', 'connected', 'nominated'])
  expect([a.agent.statistics.selectedPairChanges, b.agent.statistics.selectedPairChanges]).toEqual([1, 1])
})

test('a more direct pair takes its place, and is the only one that is nominated', () => {
  const { network, a, b } = twoWays('relay')
  network.passes = ({ from, to }) => network.now > 1400 || (from.address !== HOST && to.address !== HOST)
  network.runFor(3000)
  expect(history(a)).toEqual(['checking', MAPPED, 'connected', HOST, 'nominated', 'completed'])
  expect(b.agent.selectedPair!.local.address).toBe(HOST)
  expect(b.states).toEqual(['checking', 'connected'])
  expect(new Set(network.sent.filter(nominates).map(({ to }) => to.address))).toEqual(new Set([HOST]))
})

test('the one that works gives way to another when it fails before its nomination', () => {
  const { network, a, b } = twoWays('srflx')
  let isDead = false
  network.passes = (packet) => {
    isDead ||= nominates(packet)
    return !isDead || (packet.from.address !== HOST && packet.to.address !== HOST)
  }
  expect(network.runUntil(() => isUp(a), 100)).toBe(true)
  expect(a.agent.selectedPair!.to.address).toBe(HOST)
  expect(network.runUntil(() => isNominated(a) && isNominated(b), 20_000)).toBe(true)
  expect([a.agent.selectedPair!.to.address, b.agent.selectedPair!.local.address]).toEqual([MAPPED, MAPPED])
  for (const { states } of [a, b]) expect(states).not.toContain('failed')
})

test('with its socket goes its selection; the next pair that works takes its place', () => {
  const { network, a, b } = neverNominated()
  expect(network.runUntil(() => isUp(a) && isUp(b), 1000)).toBe(true)
  a.agent.removeLocalSocket(network.now, 1)
  expect([a.agent.selectedPair, a.agent.state]).toEqual([undefined, 'disconnected'])
  a.bind('192.0.2.11')
  expect(network.runUntil(() => isUp(a), 1000)).toBe(true)
  expect(a.agent.selectedPair!.local.address).toBe('192.0.2.11')
  expect(a.agent.isSettled).toBe(false)
})

test('the controlled side that is never told a nomination goes on while the peer consents, and no longer', () => {
  const { network, b } = neverNominated()
  expect(network.runUntil(() => isUp(b), 1000)).toBe(true)
  // The peer gives up; what answers from now on is its socket alone.
  network.runFor(8000)
  expect([b.agent.state, b.agent.isSettled]).toEqual(['connected', false])
  network.passes = () => false
  const since = network.now
  network.runUntil(() => b.agent.state === 'failed')
  expect(b.states).toEqual(['checking', 'connected', 'disconnected', 'failed'])
  expect(network.now - since).toBeLessThanOrEqual(30_000)
  expect(b.agent.selectedPair).toBeUndefined()
})

test('an ICE restart before the nomination: the pair goes on until the next credentials have one', () => {
  const { network, a, b } = neverNominated()
  expect(network.runUntil(() => isUp(a) && isUp(b), 1000)).toBe(true)
  const fragment = a.agent.localParameters!.usernameFragment
  network.passes = () => true
  negotiate(network, a, b, { parametersDelayMillis: 3000, candidateDelayMillis: () => 3000 })
  network.runFor(2500)
  expect(a.agent.selectedPair!.local.usernameFragment).toBe(fragment)
  expect([isUp(a), isUp(b), a.agent.isSettled]).toEqual([true, true, false])
  expect(network.runUntil(() => isNominated(a) && isNominated(b), 5000)).toBe(true)
  expect(a.agent.selectedPair!.local.usernameFragment).not.toBe(fragment)
  for (const { states } of [a, b]) expect(states).not.toContain('disconnected')
})

test('a restart whose old pair is dead does not wait for the nomination either; while it lives, it does', () => {
  for (const isDead of [true, false]) {
    const network = new VirtualNetwork({ delayMillis: 5 })
    const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'] })
    const b = new Peer(network, 'controlled', { addresses: [HOST] })
    negotiate(network, a, b)
    expect(network.runUntil(() => isNominated(a) && isNominated(b), 1000)).toBe(true)
    const fragment = a.agent.localParameters!.usernameFragment
    if (isDead) network.passes = () => false
    network.runUntil(() => a.agent.state === 'disconnected' && b.agent.state === 'disconnected', 10_000)
    network.passes = (packet) => !nominates(packet)
    negotiate(network, a, b)
    network.runFor(1000)
    expect(a.agent.selectedPair!.local.usernameFragment === fragment).toBe(!isDead)
    expect([isUp(a), isUp(b), a.agent.isSettled]).toEqual([true, true, false])
  }
})
