import fc from 'fast-check'
import { expect, test } from 'vitest'
import { generateIceParameters } from './index.js'
import { isUp, Peer, seededCrypto, VirtualNetwork, type Packet } from './virtual-network.test-support.js'

const operations = [
  'gather',
  'bind',
  'unbind',
  'stun',
  'ended',
  'remote',
  'oldRemote',
  'strangeRemote',
  'candidates',
  'candidate',
  'remoteEnd',
  'role',
  'policy',
  'revoke',
  'replay',
  'run',
  'runLong',
] as const
type Operation = (typeof operations)[number]

/** Whatever the owner calls and in whatever order, the agent answers, stands still when idle, and can be closed. */
test('any sequence of calls leaves an agent that works, and that a restart connects', () => {
  const step = fc.tuple(fc.constantFrom(...operations), fc.nat(1), fc.nat(7))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(1000), (steps, seed) => {
      const network = new VirtualNetwork({ seed, lossRatio: 0.05, duplicateRatio: 0.05, jitterMillis: 15 })
      network.addStunServer({ address: '198.51.100.1', port: 3478 })
      const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'], seed })
      const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2'], seed })
      const crypto = seededCrypto(seed)
      for (const [operation, who, value] of steps) {
        const [us, them] = who === 0 ? [a, b] : [b, a]
        perform(operation, network, us, them, value, crypto)
        expect(us.agent.nextTimeout()).not.toBeNaN()
      }
      for (const peer of [a, b]) {
        peer.agent.setTransportPolicy('all')
        peer.gather()
        peer.bind(`192.0.2.${peer === a ? 50 : 60}`)
        peer.agent.endOfLocalSockets(network.now)
      }
      for (const [us, them] of [
        [a, b],
        [b, a],
      ] as const) {
        us.agent.setRemote(network.now, { ...them.agent.localParameters!, iceLite: false })
        for (const candidate of them.agent.localCandidates) us.agent.addRemoteCandidate(network.now, candidate)
      }
      expect(network.runUntil(() => isUp(a) && isUp(b), 30_000)).toBe(true)
      a.agent.close()
      b.agent.close()
      network.runFor(100)
      expect([a.agent.nextTimeout(), b.agent.nextTimeout()]).toEqual([Infinity, Infinity])
    }),
    { numRuns: 150 },
  )
})

function perform(
  operation: Operation,
  network: VirtualNetwork,
  us: Peer,
  them: Peer,
  value: number,
  crypto: ReturnType<typeof seededCrypto>,
): void {
  const { now } = network
  const { agent } = us
  const calls: Record<Operation, () => unknown> = {
    gather: () => us.gather(),
    bind: () => us.bind(value > 4 ? `2001:db8::${value}` : `192.0.2.${10 + value}`),
    unbind: () => agent.removeLocalSocket(now, value),
    stun: () => agent.addStunServer(now, { address: '198.51.100.1', port: 3478 + (value & 1), url: 'stun:x' }),
    ended: () => agent.endOfLocalSockets(now),
    remote: () => them.agent.localParameters && agent.setRemote(now, { ...them.agent.localParameters, iceLite: false }),
    oldRemote: () => agent.remoteParameters && agent.setRemote(now, { ...agent.remoteParameters, iceLite: false }),
    strangeRemote: () => agent.setRemote(now, { ...generateIceParameters(crypto), iceLite: value === 0 }),
    candidates: () => them.agent.localCandidates.map((candidate) => agent.addRemoteCandidate(now, candidate)),
    candidate: () =>
      agent.addRemoteCandidate(now, {
        foundation: `${value}`,
        component: 1,
        protocol: value === 3 ? 'tcp' : 'udp',
        priority: value * 1000,
        address: `192.0.2.${value}`,
        port: value,
        type: 'host',
      }),
    remoteEnd: () => agent.setRemoteEndOfCandidates(now),
    role: () => agent.setRole(value & 1 ? 'controlling' : 'controlled'),
    policy: () => agent.setTransportPolicy(value === 0 ? 'relay' : 'all'),
    revoke: () => agent.revokeConsent(now),
    replay: () => replay(us, network.sent.slice(-1 - value)),
    run: () => network.runFor(value * 20),
    runLong: () => network.runFor(value * 5000),
  }
  calls[operation]()
}

function replay(us: Peer, packets: readonly Packet[]): void {
  for (const packet of packets) us.deliver(1, packet)
}
