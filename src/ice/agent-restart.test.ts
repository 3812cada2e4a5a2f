import { expect, test } from 'vitest'
import { generateIceParameters, type IceEvent } from './index.js'
import {
  isNominated,
  isUp,
  negotiate,
  Peer,
  seededCrypto,
  trickle,
  VirtualNetwork,
} from './virtual-network.test-support.js'

function connected(seed = 1, lossRatio = 0) {
  const network = new VirtualNetwork({ seed, lossRatio })
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'], seed })
  const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2'], seed })
  negotiate(network, a, b)
  expect(network.runUntil(() => isNominated(a) && isNominated(b))).toBe(true)
  network.runFor(1000)
  return { network, a, b }
}

const selections = (peer: Peer): IceEvent[] => peer.events.filter(({ type }) => type === 'selectedPair')

/** The offerer restarts; each end applies what the other said after `delayMillis`, the answerer in the given order. */
function restart(network: VirtualNetwork, a: Peer, b: Peer, delayMillis: number, remoteFirst: boolean): void {
  a.gather()
  const offer = { ...a.agent.localParameters!, iceLite: false }
  const offered = a.agent.localCandidates
  network.after(delayMillis, () => {
    if (remoteFirst) b.agent.setRemote(network.now, offer)
    if (remoteFirst) for (const candidate of offered) b.agent.addRemoteCandidate(network.now, candidate)
    b.gather()
    if (!remoteFirst) b.agent.setRemote(network.now, offer)
    if (!remoteFirst) for (const candidate of offered) b.agent.addRemoteCandidate(network.now, candidate)
    b.agent.setRemoteEndOfCandidates(network.now)
    const answer = { ...b.agent.localParameters!, iceLite: false }
    const answered = b.agent.localCandidates
    network.after(delayMillis, () => {
      a.agent.setRemote(network.now, answer)
      for (const candidate of answered) a.agent.addRemoteCandidate(network.now, candidate)
      a.agent.setRemoteEndOfCandidates(network.now)
    })
  })
}

test.each([
  [true, 0],
  [true, 0.2],
  [false, 0],
  [false, 0.2],
])(
  'restart keeps the old pair until the new one is nominated (remote first: %s, loss %d)',
  (remoteFirst, lossRatio) => {
    for (let seed = 1; seed <= 15; seed++) {
      const { network, a, b } = connected(seed, lossRatio)
      const before = [selections(a).length, selections(b).length]
      const oldFragment = a.agent.localParameters!.usernameFragment
      restart(network, a, b, 20_000, remoteFirst)
      expect(a.agent.selectedPair).toBeDefined()
      // Long enough for several consent checks with the old credentials.
      network.runFor(19_000)
      expect(a.agent.selectedPair, 'old pair').toBeDefined()
      expect(isUp(a) || lossRatio > 0).toBe(true)
      expect(a.agent.state).not.toBe('completed')
      const done = (): boolean => selections(a).length > before[0]! && selections(b).length > before[1]!
      expect(network.runUntil(done, 40_000), `seed ${seed}`).toBe(true)
      expect(network.runUntil(() => isUp(a) && isUp(b), 10_000)).toBe(true)
      expect(a.agent.localParameters!.usernameFragment).not.toBe(oldFragment)
      expect(b.agent.remoteParameters!.usernameFragment).toBe(a.agent.localParameters!.usernameFragment)
      network.runFor(60_000)
      expect(
        network.runUntil(() => isUp(a) && isUp(b), 10_000),
        'consent goes on',
      ).toBe(true)
      expect([...a.states, ...b.states]).not.toContain('failed')
    }
  },
)

test('a restart emits candidates with the new fragment over the sockets that there are, and new ones', () => {
  const { network, a } = connected()
  const params = generateIceParameters(seededCrypto(77))
  const from = a.events.length
  a.agent.startGathering(network.now, params)
  a.bind('192.0.2.10')
  a.agent.endOfLocalSockets(network.now)
  a.drain()
  expect(a.events.slice(from).map(({ type }) => type)).toEqual([
    'gatheringState',
    'localCandidate',
    'state',
    'localCandidate',
    'gatheringState',
  ])
  expect(a.agent.localCandidates.map(({ usernameFragment }) => usernameFragment)).toEqual([
    params.usernameFragment,
    params.usernameFragment,
  ])
  expect(a.agent.remoteParameters).toBeUndefined()
  expect(a.agent.state).toBe('connected')
})

test('a restart brings a failed connection back', () => {
  const { network, a, b } = connected()
  network.passes = () => false
  network.runFor(40_000)
  expect([a.agent.state, b.agent.state]).toEqual(['failed', 'failed'])
  network.passes = () => true
  restart(network, a, b, 10, true)
  expect(network.runUntil(() => isUp(a) && isUp(b), 5000)).toBe(true)
  expect(a.states.slice(-4)).toEqual(expect.arrayContaining(['failed', 'checking']))
})

test('a candidate of the old generation is refused', () => {
  const { network, a, b } = connected()
  const old = { ...b.agent.localCandidates[0]!, address: '192.0.2.50' }
  a.gather()
  expect(a.agent.addRemoteCandidate(network.now, old)).toBe(false)
  b.gather()
  a.agent.setRemote(network.now, { ...b.agent.localParameters!, iceLite: false })
  expect(a.agent.addRemoteCandidate(network.now, old)).toBe(false)
  expect(a.agent.addRemoteCandidate(network.now, b.agent.localCandidates[0]!)).toBe(true)
})

test('a peer that changes without us (a second answer) gets a new check list', () => {
  const network = new VirtualNetwork()
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'] })
  const first = new Peer(network, 'controlled', { addresses: ['192.0.2.2'], seed: 5 })
  const second = new Peer(network, 'controlled', { addresses: ['192.0.2.3'], seed: 6 })
  negotiate(network, a, first)
  expect(network.runUntil(() => isUp(a) && isUp(first))).toBe(true)
  second.gather()
  second.agent.setRemote(network.now, { ...a.agent.localParameters!, iceLite: false })
  trickle(network, second, a)
  expect(network.runUntil(() => isUp(second), 5000)).toBe(true)
  network.runFor(50)
  expect(a.agent.selectedPair!.to.address).toBe('192.0.2.3')
})

test('several restarts in a row, each before the last is done', () => {
  const { network, a, b } = connected()
  for (let i = 0; i < 5; i++) {
    restart(network, a, b, 15, i % 2 === 0)
    network.runFor(35)
  }
  network.runFor(2000)
  expect([isUp(a), isUp(b)]).toEqual([true, true])
  const { local } = a.agent.selectedPair!
  expect(local.usernameFragment).toBe(a.agent.localParameters!.usernameFragment)
})
