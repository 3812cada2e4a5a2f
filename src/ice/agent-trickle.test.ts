import { expect, test } from 'vitest'
import { isUp, negotiate, Peer, seededRandom, trickle, VirtualNetwork } from './virtual-network.test-support.js'

const A = ['192.0.2.1']
const B = ['192.0.2.2']

function twoPeers(
  network: VirtualNetwork,
  roles: ['controlling' | 'controlled', 'controlling' | 'controlled'],
  seed = 0,
) {
  const a = new Peer(network, roles[0], { addresses: A, seed })
  const b = new Peer(network, roles[1], { addresses: B, seed: seed + 1000 })
  return [a, b] as const
}

test('candidates and parameters in any order, also one before the other', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed)
    const network = new VirtualNetwork({ seed, delayMillis: 1 + random() * 40 })
    const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1', '192.0.2.11', '2001:db8::1'], seed })
    const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2', '2001:db8::2'], seed })
    a.gather()
    b.gather()
    const candidateDelayMillis = (): number => random() * 500
    trickle(network, a, b, { parametersDelayMillis: random() * 300, candidateDelayMillis })
    trickle(network, b, a, { parametersDelayMillis: random() * 300, candidateDelayMillis })
    expect(
      network.runUntil(() => isUp(a) && isUp(b), 5000),
      `seed ${seed}`,
    ).toBe(true)
    network.runFor(2000)
    expect(a.agent.state).toBe('completed')
    expect(a.agent.selectedPair!.to).toEqual({
      address: b.agent.selectedPair!.local.address,
      port: b.agent.selectedPair!.local.port,
    })
  }
})

test.each(['controlling', 'controlled'] as const)(
  'the %s side learns of no candidate: peer-reflexive ones do',
  (deaf) => {
    const network = new VirtualNetwork()
    const [a, b] = twoPeers(network, ['controlling', 'controlled'])
    const silent = { candidateDelayMillis: () => 100_000 }
    a.gather()
    b.gather()
    trickle(network, a, b, deaf === 'controlled' ? silent : {})
    trickle(network, b, a, deaf === 'controlling' ? silent : {})
    expect(network.runUntil(() => isUp(a) && isUp(b), 5000)).toBe(true)
    const deafPeer = deaf === 'controlling' ? a : b
    expect(deafPeer.agent.selectedPair!.remote.type).toBe('prflx')
    expect(deafPeer.agent.remoteCandidates).toEqual([])
  },
)

test('a signalled candidate replaces the peer-reflexive one, which stays nominated (RFC 8838 §11.4)', () => {
  const network = new VirtualNetwork()
  const [a, b] = twoPeers(network, ['controlling', 'controlled'])
  a.gather()
  b.gather()
  trickle(network, a, b, { candidateDelayMillis: () => 3000 })
  trickle(network, b, a)
  expect(network.runUntil(() => isUp(b), 2900)).toBe(true)
  network.runFor(1000)
  expect(b.agent.selectedPair!.remote.type).toBe('prflx')
  const { selected, selectedPairChanges } = b.agent.statistics
  expect(selected).toMatchObject({ nominated: true, state: 'succeeded' })
  const told = b.events.length
  network.runFor(3000)
  expect(b.agent.statistics).toMatchObject({ selectedPairChanges })
  expect(b.agent.statistics.selected).toBe(selected)
  expect(selected).toMatchObject({ nominated: true, state: 'succeeded' })
  expect(b.events.slice(told).filter(({ type }) => type === 'state')).toEqual([])
  expect(b.agent.selectedPair!.remote).toMatchObject({ type: 'host', foundation: '1', address: '192.0.2.1' })
  expect(b.agent.remoteCandidates).toHaveLength(1)
})

test('checks that come before the answer are answered at once and used when it arrives', () => {
  const network = new VirtualNetwork({ delayMillis: 1 })
  const [a, b] = twoPeers(network, ['controlling', 'controlled'])
  a.gather()
  b.gather()
  trickle(network, a, b)
  trickle(network, b, a, { parametersDelayMillis: 4000, candidateDelayMillis: () => 100_000 })
  const validated = (): boolean => b.events.some(({ type }) => type === 'pathValidated')
  expect(network.runUntil(validated, 50)).toBe(true)
  expect(a.agent.state).toBe('new')
  expect(a.agent.pathStatus(1, { address: '192.0.2.2', port: 5001 })).toBe('pending')
  const answerAt = 1000 + 4000
  expect(network.runUntil(() => isUp(a) && isUp(b), 5000)).toBe(true)
  expect(network.now - answerAt).toBeLessThanOrEqual(4)
})

test.each([
  ['controlling', 'controlling'],
  ['controlled', 'controlled'],
] as const)('role conflict: both are %s', (first, second) => {
  for (let seed = 1; seed <= 30; seed++) {
    const network = new VirtualNetwork({ seed, lossRatio: 0.1, jitterMillis: 20 })
    const [a, b] = twoPeers(network, [first, second], seed)
    negotiate(network, a, b)
    expect(
      network.runUntil(() => isUp(a) && isUp(b)),
      `seed ${seed}`,
    ).toBe(true)
    network.runFor(2000)
    expect([a.agent.role, b.agent.role].sort()).toEqual(['controlled', 'controlling'])
    const changes = [...a.events, ...b.events].filter(({ type }) => type === 'role')
    expect(changes).toHaveLength(1)
  }
})

test('the end of candidates without any: failed, in time; a late candidate revives it', () => {
  const network = new VirtualNetwork()
  const [a, b] = twoPeers(network, ['controlling', 'controlled'])
  a.gather()
  b.gather()
  const { usernameFragment, password } = b.agent.localParameters!
  a.agent.setRemote(network.now, { usernameFragment, password, iceLite: false })
  expect(a.agent.state).toBe('new')
  a.agent.setRemoteEndOfCandidates(network.now)
  expect(a.agent.state).toBe('checking')
  network.runFor(14_900)
  expect(a.agent.state).toBe('checking')
  network.runFor(200)
  expect(a.agent.state).toBe('failed')

  b.agent.setRemote(network.now, { ...a.agent.localParameters!, iceLite: false })
  expect(a.agent.addRemoteCandidate(network.now, b.agent.localCandidates[0]!)).toBe(true)
  expect(network.runUntil(() => isUp(a) && isUp(b), 1000)).toBe(true)
  expect(a.states).toEqual(['checking', 'failed', 'checking', 'connected'])
})

test('nobody answers: failed after 15 s, and silent then; a check of the peer still revives it', () => {
  const network = new VirtualNetwork()
  const [a, b] = twoPeers(network, ['controlling', 'controlled'])
  network.passes = () => false
  negotiate(network, a, b)
  network.runFor(16_000)
  expect([a.agent.state, b.agent.state]).toEqual(['failed', 'failed'])
  const sent = network.sent.length
  network.runFor(60_000)
  expect(network.sent.length).toBe(sent)
  expect(a.agent.nextTimeout()).toBe(Infinity)

  network.passes = () => true
  b.agent.addRemoteCandidate(network.now, { ...a.agent.localCandidates[0]!, address: '192.0.2.77' })
  expect(b.agent.state).toBe('checking')
  const socketId = b.bind('192.0.2.22')
  expect(b.agent.localCandidates).toHaveLength(2)
  expect(network.runUntil(() => isUp(a) && isUp(b), 5000)).toBe(true)
  expect(b.agent.selectedPair!.socketId).toBe(socketId)
  expect(a.states.slice(-2)).not.toContain('failed')
})

test('a check is sent seven times within 9.5 s (RFC 8489 §6.2.1, with a limit to the doubling)', () => {
  const network = new VirtualNetwork()
  const [a, b] = twoPeers(network, ['controlling', 'controlled'])
  b.gather()
  a.gather()
  const start = network.now
  a.agent.setRemote(start, { ...b.agent.localParameters!, iceLite: false })
  a.agent.addRemoteCandidate(start, { ...b.agent.localCandidates[0]!, address: '192.0.2.99' })
  const times: number[] = []
  let seen = 0
  network.runUntil(() => {
    for (; seen < network.sent.length; seen++) times.push(network.now - start)
    return false
  }, 14_000)
  expect(times).toEqual([0, 500, 1500, 3500, 5500, 7500, 9500])
})

test('ordinary checks are Ta apart, the first is not delayed (RFC 8445 §14.2)', () => {
  const network = new VirtualNetwork()
  const [a, b] = twoPeers(network, ['controlling', 'controlled'])
  b.gather()
  a.gather()
  const start = network.now
  a.agent.setRemote(start, { ...b.agent.localParameters!, iceLite: false })
  for (let i = 0; i < 8; i++) {
    const candidate = { ...b.agent.localCandidates[0]!, foundation: `f${i}`, address: `192.0.2.${100 + i}` }
    a.agent.addRemoteCandidate(start, candidate)
  }
  network.runFor(140)
  expect(network.sent.length).toBe(3)
  network.runFor(300)
  expect(new Set(network.sent.map(({ to }) => to.address)).size).toBe(8)
})
