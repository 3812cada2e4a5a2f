import { describe, expect, test } from 'vitest'
import { isNominated, isUp, negotiate, Peer, VirtualNetwork } from './virtual-network.test-support.js'

const WAYS = ['192.0.2.1', '192.0.2.11'] as const

/** `a` has two addresses, so that there are two ways to `b`; the first is selected. */
function connected(roleOfA: 'controlling' | 'controlled' = 'controlling') {
  const network = new VirtualNetwork({ seed: 3 })
  const a = new Peer(network, roleOfA, { addresses: WAYS })
  const b = new Peer(network, roleOfA === 'controlling' ? 'controlled' : 'controlling', { addresses: ['192.0.2.2'] })
  negotiate(network, a, b)
  expect(network.runUntil(() => isNominated(a) && isNominated(b))).toBe(true)
  network.runFor(1000)
  const before = a.agent.selectedPair!
  const lost = before.local.address
  const left = WAYS.find((address) => address !== lost)!
  a.events.length = 0
  b.events.length = 0
  return { network, a, b, before, lost, left }
}

describe.each(['controlling', 'controlled'] as const)('the %s side has two ways, and one goes away', (role) => {
  test('the other one is selected on both sides, long before consent expires', () => {
    const { network, a, b, lost, left } = connected(role)
    network.passes = ({ from, to }) => from.address !== lost && to.address !== lost
    const usesOther = () =>
      a.agent.selectedPair?.local.address === left && b.agent.selectedPair?.to.address === left && isUp(a) && isUp(b)
    expect(network.runUntil(usesOther, 15_000)).toBe(true)
    network.runFor(60_000)
    expect(usesOther()).toBe(true)
    for (const { states } of [a, b]) expect(states).not.toContain('failed')
  })

  test('with its socket', () => {
    const { network, a, b, before, left } = connected(role)
    network.unlisten(a.sockets.get(before.socketId)!)
    a.agent.removeLocalSocket(network.now, before.socketId)
    expect(a.agent.selectedPair).toBeUndefined()
    const usesOther = () => a.agent.selectedPair?.local.address === left && b.agent.selectedPair?.to.address === left
    expect(network.runUntil(usesOther, 15_000)).toBe(true)
    expect(isUp(a) && isUp(b)).toBe(true)
    network.runFor(60_000)
    expect(isUp(a) && isUp(b)).toBe(true)
  })
})

test('a short outage of everything: the pair that was selected, or the other one, works again on both sides', () => {
  const { network, a, b } = connected()
  network.passes = () => false
  network.runFor(12_000)
  expect(a.agent.state).toBe('disconnected')
  network.passes = () => true
  expect(network.runUntil(() => isUp(a) && isUp(b), 10_000)).toBe(true)
  network.runFor(20_000)
  expect(a.agent.selectedPair!.local.address).toBe(b.agent.selectedPair!.to.address)
})

test('after the peer closed, no other way is tried', () => {
  const { network, a, b } = connected()
  b.agent.close()
  a.agent.revokeConsent(network.now)
  network.runFor(60_000)
  expect(a.states).toEqual(['disconnected', 'failed'])
  expect(a.agent.selectedPair).toBeUndefined()
})

describe('data as a sign of life', () => {
  function flowing() {
    const network = new VirtualNetwork({ seed: 3 })
    const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'] })
    const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2'] })
    negotiate(network, a, b)
    expect(network.runUntil(() => isNominated(a) && isNominated(b))).toBe(true)
    const { socketId, to } = a.agent.selectedPair!
    a.events.length = 0
    network.passes = () => false // of checks: data is not sent over this network
    return { network, a, socketId, to }
  }

  test('while it flows and checks get lost, nothing is reported; without consent it ends all the same', () => {
    const { network, a, socketId, to } = flowing()
    const since = network.now
    const flow = (): void => {
      a.agent.heard(network.now, socketId, to)
      network.after(1000, flow)
    }
    flow()
    network.runFor(22_000)
    expect(a.states).toEqual([])
    network.runUntil(() => a.agent.state === 'failed')
    expect(a.states).toEqual(['failed'])
    expect(network.now - since).toBeLessThanOrEqual(30_000)
  })

  test('it takes disconnected back', () => {
    const { network, a, socketId, to } = flowing()
    network.runUntil(() => a.agent.state === 'disconnected')
    a.agent.heard(network.now, socketId, { ...to, port: to.port + 1 })
    expect(a.agent.state).toBe('disconnected')
    a.agent.heard(network.now, socketId, to)
    expect(isUp(a)).toBe(true)
    network.runUntil(() => a.agent.state === 'disconnected', 3000)
    a.drain()
    expect(a.states.slice(-3)).toEqual(['disconnected', expect.stringMatching('connected|completed'), 'disconnected'])
  })
})

test('SECURITY: an address that was found to be that of the pair is asked about anew for another pair, port, socket, and once there is none', () => {
  const { network, a, b, before } = connected()
  const theirs = { ...before.to }
  const elsewhere = { ...theirs, port: theirs.port + 1 }
  const statuses = () => [theirs, elsewhere].map((from) => a.agent.pathStatus(before.socketId, from))
  for (let i = 0; i < 2; i++) expect(statuses()).toEqual(['validated', 'unknown'])
  expect(a.agent.pathStatus(before.socketId + 100, theirs)).toBe('unknown')
  network.unlisten(a.sockets.get(before.socketId)!)
  a.agent.removeLocalSocket(network.now, before.socketId)
  expect(network.runUntil(() => a.agent.selectedPair !== undefined && isUp(a) && isUp(b), 15_000)).toBe(true)
  expect(statuses()[1]).toBe('unknown')
  expect(a.agent.countsOf(before.socketId, theirs)).not.toBe(a.agent.countsOf(a.agent.selectedPair!.socketId, theirs))
  a.agent.close()
  expect(statuses()).toEqual(['unknown', 'unknown'])
})
