import { expect, test } from 'vitest'
import { sameAddress } from './base.js'
import { isUp, Nat, negotiate, Peer, VirtualNetwork, type NatKind } from './virtual-network.test-support.js'

/** Both ends use the same path. */
function expectAgreement(a: Peer, b: Peer): void {
  const ours = a.agent.selectedPair!
  const theirs = b.agent.selectedPair!
  expect(sameAddress(ours.local, theirs.to), 'the peer sends to what we send from').toBe(true)
  expect(sameAddress(theirs.local, ours.to), 'we send to what the peer sends from').toBe(true)
}

test('two hosts connect within three round trips, and both say so in order', () => {
  const network = new VirtualNetwork({ delayMillis: 1 })
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'] })
  const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2'] })
  negotiate(network, a, b)
  const start = network.now + 5
  expect(network.runUntil(() => isUp(a) && isUp(b))).toBe(true)
  expect(network.now - start).toBeLessThanOrEqual(3 * 2)
  network.runFor(100)
  expectAgreement(a, b)
  expect(a.states).toEqual(['checking', 'connected', 'completed'].filter((s) => a.states.includes(s)))
  expect(a.agent.state).toBe('completed')
  expect(b.states).toEqual(['checking', 'connected'])
  expect(a.agent.pathStatus(1, a.agent.selectedPair!.to)).toBe('validated')
  expect(a.agent.pathStatus(1, { address: '192.0.2.9', port: 1 })).toBe('unknown')
})

test('a loss-free connection needs few packets', () => {
  const network = new VirtualNetwork({ delayMillis: 1 })
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'] })
  const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2'] })
  negotiate(network, a, b)
  network.runFor(2000)
  // Two checks that cross, the triggered ones they cause, a nomination, and an answer to each.
  expect(network.sent.length).toBeLessThanOrEqual(10)
})

test.each([0, 0.1, 0.2, 0.3])('connects with %d loss, reordering and duplication, whatever the seed', (lossRatio) => {
  for (let seed = 1; seed <= 40; seed++) {
    const network = new VirtualNetwork({ seed, lossRatio, duplicateRatio: 0.1, delayMillis: 20, jitterMillis: 60 })
    const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1', '2001:db8::1'], seed })
    const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2', '2001:db8::2'], seed })
    negotiate(network, a, b)
    expect(
      network.runUntil(() => isUp(a) && isUp(b)),
      `seed ${seed}`,
    ).toBe(true)
    network.runFor(3000)
    expectAgreement(a, b)
  }
})

const nats: NatKind[] = ['full-cone', 'port-restricted', 'symmetric']
const pairs = nats.flatMap((left) => [...nats, undefined].map((right) => [left, right] as const))

test.each(pairs)('NATs: %s with %s', (left, right) => {
  const network = new VirtualNetwork({ delayMillis: 10 })
  const stunServer = { address: '198.51.100.1', port: 3478 }
  network.addStunServer(stunServer)
  const a = new Peer(network, 'controlling', {
    addresses: ['10.0.0.1'],
    nat: new Nat(network, '203.0.113.1', left),
    stunServer,
  })
  const b = new Peer(network, 'controlled', {
    addresses: [right ? '10.1.0.1' : '203.0.113.2'],
    ...(right && { nat: new Nat(network, '203.0.113.2', right) }),
    stunServer,
  })
  negotiate(network, a, b)
  const connected = network.runUntil(() => isUp(a) && isUp(b), 14_000)
  const hopeless = [left, right].includes('symmetric') && [left, right].every((kind) => kind && kind !== 'full-cone')
  expect(connected).toBe(!hopeless)
  if (!connected) return
  expect(a.agent.selectedPair!.local.type).toMatch(/srflx|prflx/)
  network.runFor(1000)
  expect(a.agent.state).toBe('completed')
  if (left !== 'symmetric' && right !== 'symmetric') expectAgreement(a, b)
})
