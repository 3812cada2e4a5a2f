import { expect, test } from 'vitest'
import { parseStunMessage, readAttribute, USE_CANDIDATE, hasAttribute, PRIORITY } from '../stun/index.js'
import { isUp, negotiate, Peer, VirtualNetwork } from './virtual-network.test-support.js'

function connected(options: { lossRatio?: number; seed?: number } = {}) {
  const network = new VirtualNetwork({ seed: 3, ...options })
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'] })
  const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2'] })
  negotiate(network, a, b)
  expect(network.runUntil(() => isUp(a) && isUp(b))).toBe(true)
  network.runFor(300)
  return { network, a, b }
}

test('consent checks are 4 to 6 s apart and each is new (RFC 7675 §5.1)', () => {
  const { network } = connected()
  const from = network.sent.length
  const at: number[] = []
  const ids = new Set<string>()
  let seen = from
  network.runUntil(() => {
    for (; seen < network.sent.length; seen++) {
      const { from: source, data } = network.sent[seen]!
      const message = parseStunMessage(data)!
      if (source.address !== '192.0.2.1' || message.class !== 'request') continue
      expect(readAttribute(message, PRIORITY)).toBeDefined()
      expect(hasAttribute(message, USE_CANDIDATE)).toBe(false)
      ids.add(message.transactionId.join())
      at.push(network.now)
    }
    return false
  }, 300_000)
  const gaps = at.slice(1).map((time, i) => time - at[i]!)
  expect(gaps.length).toBeGreaterThan(45)
  expect(ids.size).toBe(at.length)
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(4000)
  expect(Math.max(...gaps)).toBeLessThanOrEqual(6000)
  expect(Math.max(...gaps) - Math.min(...gaps)).toBeGreaterThan(1000)
})

test('silence: disconnected within 9 s, failed after 30 s, and then nothing is sent', () => {
  const { network, a } = connected()
  const silentSince = network.now
  network.passes = () => false
  expect(network.runUntil(() => a.agent.state === 'disconnected', 9000)).toBe(true)
  expect(network.now - silentSince).toBeGreaterThanOrEqual(2500)
  expect(a.agent.selectedPair).toBeDefined()
  expect(network.runUntil(() => a.agent.state === 'failed', 30_000)).toBe(true)
  expect(network.now - silentSince).toBeLessThanOrEqual(30_000)
  expect(network.now - silentSince).toBeGreaterThan(23_000)
  expect(a.agent.selectedPair).toBeUndefined()
  network.runFor(10_000)
  const sent = network.sent.length
  network.runFor(60_000)
  expect(network.sent.length).toBe(sent)
})

test('connectivity that comes back: connected again', () => {
  const { network, a, b } = connected()
  network.passes = () => false
  expect(network.runUntil(() => a.agent.state === 'disconnected' && b.agent.state === 'disconnected', 12_000)).toBe(
    true,
  )
  network.runFor(8000)
  network.passes = () => true
  expect(network.runUntil(() => isUp(a) && isUp(b), 3000)).toBe(true)
  expect(a.states.slice(-2)).toEqual(['disconnected', 'completed'])
  expect(b.states.slice(-2)).toEqual(['disconnected', 'connected'])
})

test('one way only: our checks get lost, so do we; the peer hears and stays', () => {
  const { network, a, b } = connected()
  network.passes = ({ from, data }) => from.address !== '192.0.2.1' || parseStunMessage(data)?.class !== 'request'
  expect(network.runUntil(() => a.agent.state === 'disconnected', 12_000)).toBe(true)
  expect(b.agent.state).toBe('connected')
  expect(network.runUntil(() => a.agent.state === 'failed', 30_000)).toBe(true)
})

test('a lossy path is never given up', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { network, a, b } = connected({ lossRatio: 0.2, seed })
    network.runFor(600_000)
    expect([...a.states, ...b.states]).not.toContain('failed')
  }
})

test('an authenticated close revokes consent: disconnected at once, nothing is sent, failed at its expiry', () => {
  const { network, a, b } = connected()
  b.agent.close()
  a.agent.revokeConsent(network.now)
  expect(a.agent.state).toBe('disconnected')
  expect(a.agent.selectedPair).toBeUndefined()
  const sent = network.sent.length
  expect(network.runUntil(() => a.agent.state === 'failed', 30_000)).toBe(true)
  expect(network.sent.length).toBe(sent)
  expect(a.agent.nextTimeout()).toBe(Infinity)
})

test('close: nothing is sent or told any more, whatever happens', () => {
  const { network, a, b } = connected()
  const { length } = a.events
  a.agent.close()
  const sent = network.sent.length
  a.agent.addRemoteCandidate(network.now, b.agent.localCandidates[0]!)
  a.agent.setRemoteEndOfCandidates(network.now)
  a.agent.startGathering(network.now, { usernameFragment: 'abcd', password: 'x'.repeat(22) })
  a.agent.revokeConsent(network.now)
  network.runFor(40_000)
  expect(a.events.length).toBe(length)
  expect(network.sent.slice(sent).every(({ from }) => from.address === '192.0.2.2')).toBe(true)
  expect(a.agent.state).toBe('closed')
  expect(a.agent.nextTimeout()).toBe(Infinity)
  expect(b.agent.state).toBe('failed')
})

test('the socket of the selected pair vanishes: disconnected', () => {
  const { network, a } = connected()
  a.agent.removeLocalSocket(network.now, 1)
  expect(a.agent.state).toBe('disconnected')
  expect(a.agent.localCandidates).toHaveLength(1) // it was one, and the application knows it
  network.runFor(31_000)
  expect(a.agent.state).toBe('failed')
})
