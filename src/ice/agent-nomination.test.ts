import { expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.js'
import {
  hasAttribute,
  hasValidFingerprint,
  ICE_CONTROLLED,
  ICE_CONTROLLING,
  METHOD_BINDING,
  parseStunMessage,
  PRIORITY,
  readAttribute,
  shortTermKey,
  StunMessageBuilder,
  USE_CANDIDATE,
  USERNAME,
  verifyIntegrity,
  XOR_MAPPED_ADDRESS,
  type StunMessage,
} from '../stun/index.js'
import type { IceParameters, TransportAddress } from './index.js'
import { isNominated, negotiate, Peer, trickle, VirtualNetwork, type Packet } from './virtual-network.test-support.js'

const REMOTE: IceParameters = { usernameFragment: 'remo', password: 'a password of the remote' }
const HIGH: TransportAddress = { address: '192.0.2.7', port: 7 }
const LOW: TransportAddress = { address: '192.0.2.8', port: 8 }

/** A peer made by hand: answers every check, as a lite agent does, and sends what it is told to. */
function scripted(role: 'controlling' | 'controlled', addresses: readonly TransportAddress[]) {
  const network = new VirtualNetwork({ delayMillis: 1 })
  const us = new Peer(network, role, { addresses: ['192.0.2.1'] })
  us.gather()
  const requests: { at: number; to: TransportAddress; message: StunMessage }[] = []
  const key = shortTermKey(REMOTE.password)
  const answer = ({ from, to, data }: Packet): void => {
    const message = parseStunMessage(data)!
    if (message.class !== 'request') return
    requests.push({ at: network.now, to, message })
    const builder = new StunMessageBuilder('success', METHOD_BINDING, message.transactionId).add(
      XOR_MAPPED_ADDRESS,
      from,
    )
    network.send({ from: to, to: from, data: builder.integrity(nodeCrypto, key).fingerprint().finish() })
  }
  for (const address of addresses) network.listen(address, answer)
  let asked = 0
  const ask = (from: TransportAddress, nominate: boolean, roleOfPeer = ICE_CONTROLLING): void => {
    const { usernameFragment, password } = us.agent.localParameters!
    const id = new Uint8Array(12).fill(++asked)
    const builder = new StunMessageBuilder('request', METHOD_BINDING, id)
      .add(USERNAME, `${usernameFragment}:${REMOTE.usernameFragment}`)
      .add(PRIORITY, 1)
      .add(roleOfPeer, 1n)
    if (nominate) builder.add(USE_CANDIDATE, true)
    const data = builder.integrity(nodeCrypto, shortTermKey(password)).fingerprint().finish()
    network.send({ from, to: us.sockets.get(1)!, data })
  }
  const tell = (iceLite: boolean): void => {
    us.agent.setRemote(network.now, { ...REMOTE, iceLite })
    for (const [i, { address, port }] of addresses.entries()) {
      const foundation = `${i}`
      const candidate = {
        foundation,
        component: 1,
        protocol: 'udp',
        priority: 1000 - i,
        address,
        port,
        type: 'host',
      } as const
      us.agent.addRemoteCandidate(network.now, candidate)
    }
    us.agent.setRemoteEndOfCandidates(network.now)
  }
  return { network, us, requests, ask, tell, key }
}

test('a check as RFC 8445 §7.1 wants it; the nomination is a second one with USE-CANDIDATE', () => {
  const { network, us, requests, tell, key } = scripted('controlling', [HIGH])
  tell(false)
  expect(network.runUntil(() => isNominated(us), 20)).toBe(true)
  expect(requests.map(({ message }) => hasAttribute(message, USE_CANDIDATE))).toEqual([false, true])
  for (const { message } of requests) {
    expect(readAttribute(message, USERNAME)).toBe(`remo:${us.agent.localParameters!.usernameFragment}`)
    expect(readAttribute(message, PRIORITY)).toBe(110 * 2 ** 24 + 65534 * 256 + 255)
    expect(readAttribute(message, ICE_CONTROLLING)).toBeDefined()
    expect(verifyIntegrity(nodeCrypto, message, key, 'sha1')).toBe(true)
    expect(hasValidFingerprint(message)).toBe(true)
  }
  expect(us.agent.state).toBe('completed')
})

test('a lite peer: we control, whatever we were told', () => {
  const { network, us, tell } = scripted('controlled', [HIGH])
  tell(true)
  expect(us.agent.role).toBe('controlling')
  expect(network.runUntil(() => isNominated(us), 100)).toBe(true)
  us.drain()
  expect(us.events).toContainEqual({ type: 'role', role: 'controlling' })
})

test('aggressive nomination: of several pairs the highest wins (RFC 5245 §8.1.1.2)', () => {
  for (const order of [
    [HIGH, LOW],
    [LOW, HIGH],
  ]) {
    const { network, us, ask, tell } = scripted('controlled', [HIGH, LOW])
    tell(false)
    for (const from of order) ask(from, true)
    network.runFor(200)
    expect(us.agent.selectedPair!.to).toEqual(HIGH)
    for (const from of order) ask(from, true)
    network.runFor(100)
    expect(us.agent.selectedPair!.to).toEqual(HIGH)
  }
})

test('a peer that nominates a lower pair long after has moved', () => {
  const { network, us, ask, tell } = scripted('controlled', [HIGH, LOW])
  tell(false)
  ask(LOW, false)
  ask(HIGH, true)
  network.runFor(4000)
  expect(us.agent.selectedPair!.to).toEqual(HIGH)
  ask(LOW, true)
  network.runFor(100)
  expect(us.agent.selectedPair!.to).toEqual(LOW)
})

test('no pair is selected that did not answer our own check (SECURITY 10)', () => {
  const { network, us, ask, tell } = scripted('controlled', [HIGH])
  tell(false)
  ask({ address: '192.0.2.66', port: 66 }, true)
  network.runFor(5000)
  expect([us.agent.selectedPair?.to, us.agent.isSettled]).toEqual([HIGH, false])
  expect(us.agent.pathStatus(1, { address: '192.0.2.66', port: 66 })).toBe('pending')
  expect(us.agent.pathStatus(1, HIGH)).toBe('validated')
})

test('USE-CANDIDATE from a peer that we control counts for nothing', () => {
  const { network, us, ask, tell } = scripted('controlling', [HIGH, LOW])
  tell(false)
  network.runFor(100)
  expect(us.agent.selectedPair!.to).toEqual(HIGH)
  ask(LOW, true)
  network.runFor(5000)
  expect(us.agent.selectedPair!.to).toEqual(HIGH)
})

test('the best direct path is taken at once, a reflexive one only after a short wait for a direct one', () => {
  const network = new VirtualNetwork({ delayMillis: 1 })
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'] })
  const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2', '192.0.2.3'] })
  a.gather()
  b.gather()
  b.agent.setRemote(network.now, { ...a.agent.localParameters!, iceLite: false })
  a.agent.setRemote(network.now, { ...b.agent.localParameters!, iceLite: false })
  const [dead, alive] = b.agent.localCandidates
  const start = network.now
  a.agent.addRemoteCandidate(start, { ...dead!, address: '192.0.2.99' })
  a.agent.addRemoteCandidate(start, { ...alive!, type: 'srflx', priority: candidateOf(alive!.priority) })
  expect(network.runUntil(() => isNominated(a), 5000)).toBe(true)
  expect(a.agent.selectedPair!.to.address).toBe('192.0.2.3')
  const waited = network.now - start
  expect(waited).toBeGreaterThanOrEqual(100)
  expect(waited).toBeLessThanOrEqual(200)
})

test('dual stack: both families are tried, the one that works is used (RFC 8421)', () => {
  for (const [works, broken] of [
    ['.', ':'],
    [':', '.'],
  ] as const) {
    const network = new VirtualNetwork({ delayMillis: 1 })
    network.passes = ({ to }) => !to.address.includes(broken)
    const a = new Peer(network, 'controlling', { addresses: ['2001:db8::1', '192.0.2.1'] })
    const b = new Peer(network, 'controlled', { addresses: ['2001:db8::2', '192.0.2.2'] })
    negotiate(network, a, b)
    expect(network.runUntil(() => isNominated(a) && isNominated(b), 1000)).toBe(true)
    expect(a.agent.selectedPair!.to.address).toContain(works)
  }
})

test('a nominated pair that dies before it is confirmed is replaced', () => {
  const network = new VirtualNetwork({ delayMillis: 1 })
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'] })
  const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2', '192.0.2.3'] })
  let dead = false
  network.passes = ({ to, from, data }) => {
    if (from.address === '192.0.2.1' && hasAttribute(parseStunMessage(data)!, USE_CANDIDATE))
      dead ||= to.address === '192.0.2.2'
    return !dead || (to.address !== '192.0.2.2' && from.address !== '192.0.2.2')
  }
  a.gather()
  b.gather()
  trickle(network, a, b)
  trickle(network, b, a)
  expect(network.runUntil(() => isNominated(a) && isNominated(b), 40_000)).toBe(true)
  expect(a.agent.selectedPair!.to.address).toBe('192.0.2.3')
})

test('a side that becomes controlling after its checks succeeded nominates', () => {
  const { network, us, requests, ask, tell } = scripted('controlled', [HIGH])
  tell(false)
  network.runFor(100)
  expect(us.agent.pathStatus(1, HIGH)).toBe('validated')
  expect(us.agent.isSettled).toBe(false)
  // Both are controlled; the tie-breaker of the peer is the smaller one (RFC 8445 §7.3.1.1).
  ask(HIGH, false, ICE_CONTROLLED)
  network.runFor(100)
  expect(us.agent.role).toBe('controlling')
  expect(hasAttribute(requests.at(-1)!.message, USE_CANDIDATE)).toBe(true)
  expect(us.agent.selectedPair!.to).toEqual(HIGH)
})

test('a nominated pair whose socket vanishes does not block the others', () => {
  const network = new VirtualNetwork({ delayMillis: 5 })
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1', '192.0.2.11'] })
  const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2'] })
  network.passes = ({ from, data }) =>
    from.address !== '192.0.2.1' || !hasAttribute(parseStunMessage(data)!, USE_CANDIDATE)
  negotiate(network, a, b)
  network.runFor(2000)
  expect(a.agent.isSettled).toBe(false)
  a.agent.removeLocalSocket(network.now, 1)
  expect(network.runUntil(() => isNominated(a) && isNominated(b), 2000)).toBe(true)
  expect(a.agent.selectedPair!.socketId).toBe(2)
})

/** Lower than any host's. */
function candidateOf(priority: number): number {
  return priority - 26 * 2 ** 24
}
