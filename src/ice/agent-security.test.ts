import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.js'
import {
  ERROR_CODE,
  hasIntegrity,
  ICE_CONTROLLING,
  METHOD_BINDING,
  parseStunMessage,
  PRIORITY,
  readAttribute,
  shortTermKey,
  StunMessageBuilder,
  textAttribute,
  UNKNOWN_ATTRIBUTES,
  USE_CANDIDATE,
  USERNAME,
  verifyIntegrity,
  XOR_MAPPED_ADDRESS,
  type StunMessage,
} from '../stun/index.js'
import { isUp, negotiate, Peer, VirtualNetwork, type Packet } from './virtual-network.test-support.js'

const ATTACKER = { address: '198.51.100.66', port: 666 }
const ID = new Uint8Array(12).fill(7)

/** One agent that gathered, and knows a peer when asked to. */
function alone() {
  const network = new VirtualNetwork()
  const peer = new Peer(network, 'controlled', { addresses: ['192.0.2.1'] })
  peer.gather()
  peer.drain()
  const { usernameFragment, password } = peer.agent.localParameters!
  const ask = (data: Uint8Array, from = ATTACKER): Packet[] => {
    const sent = network.sent.length
    peer.deliver(1, { from, to: peer.sockets.get(1)!, data })
    peer.drain()
    return network.sent.slice(sent)
  }
  const request = (): StunMessageBuilder =>
    new StunMessageBuilder('request', METHOD_BINDING, ID)
      .add(USERNAME, `${usernameFragment}:peer`)
      .add(PRIORITY, 12345)
      .add(ICE_CONTROLLING, 5n)
  return { network, peer, ask, request, key: shortTermKey(password), usernameFragment }
}

const parse = (packets: Packet[]): StunMessage => parseStunMessage(packets[0]!.data)!

test('an authentic request is answered with the address it came from', () => {
  const { ask, request, key } = alone()
  const replies = ask(request().integrity(nodeCrypto, key).fingerprint().finish())
  expect(replies).toHaveLength(1)
  expect(replies[0]!.to).toEqual(ATTACKER)
  expect(parse(replies)).toMatchObject({ class: 'success', transactionId: ID })
  expect(readAttribute(parse(replies), XOR_MAPPED_ADDRESS)).toEqual(ATTACKER)
  expect(verifyIntegrity(nodeCrypto, parse(replies), key, 'sha1')).toBe(true)
})

test('a request by SHA-256 is answered by SHA-256', () => {
  const { ask, request, key } = alone()
  const reply = parse(ask(request().integrity(nodeCrypto, key, 'sha256').fingerprint().finish()))
  expect(verifyIntegrity(nodeCrypto, reply, key, 'sha256')).toBe(true)
})

test('400 without integrity or name, 401 with wrong ones, neither with integrity (RFC 8489 §9.1.3)', () => {
  const { ask, request, key } = alone()
  const wrong = shortTermKey('wrong')
  const stranger = (): StunMessageBuilder => new StunMessageBuilder('request', METHOD_BINDING, ID).add(PRIORITY, 1)
  const cases: [StunMessageBuilder, number][] = [
    [request(), 400],
    [stranger().integrity(nodeCrypto, key), 400],
    [stranger().add(USERNAME, 'nobody:peer').integrity(nodeCrypto, key), 401],
    [stranger().add(USERNAME, 'nobody').integrity(nodeCrypto, key), 401],
    [request().integrity(nodeCrypto, wrong), 401],
  ]
  for (const [builder, code] of cases) {
    const reply = parse(ask(builder.fingerprint().finish()))
    expect(reply.class).toBe('error')
    expect(readAttribute(reply, ERROR_CODE)!.code).toBe(code)
    expect(hasIntegrity(reply, 'sha1')).toBe(false)
  }
})

test('420 names what is not understood, 400 a missing priority; both are authentic', () => {
  const { ask, request, key, usernameFragment } = alone()
  const odd = textAttribute(0x7fff, 'ODD', 9)
  const unknown = parse(ask(request().add(odd, 'x').integrity(nodeCrypto, key).fingerprint().finish()))
  expect(readAttribute(unknown, ERROR_CODE)!.code).toBe(420)
  expect(readAttribute(unknown, UNKNOWN_ATTRIBUTES)).toEqual([0x7fff])
  expect(verifyIntegrity(nodeCrypto, unknown, key, 'sha1')).toBe(true)

  const bare = new StunMessageBuilder('request', METHOD_BINDING, ID).add(USERNAME, `${usernameFragment}:peer`)
  const refused = parse(ask(bare.integrity(nodeCrypto, key).fingerprint().finish()))
  expect(readAttribute(refused, ERROR_CODE)!.code).toBe(400)
  expect(verifyIntegrity(nodeCrypto, refused, key, 'sha1')).toBe(true)
})

test('without fingerprint, of another method, or an indication: nothing', () => {
  const { ask, request, key, peer } = alone()
  expect(ask(request().integrity(nodeCrypto, key).finish())).toEqual([])
  expect(ask(new StunMessageBuilder('request', 0x003, ID).fingerprint().finish())).toEqual([])
  expect(ask(new StunMessageBuilder('indication', METHOD_BINDING, ID).fingerprint().finish())).toEqual([])
  expect(ask(new StunMessageBuilder('success', METHOD_BINDING, ID).fingerprint().finish())).toEqual([])
  expect(peer.agent.counters).toMatchObject({ requestsMalformed: 2, responsesUnknown: 1 })
})

test('SECURITY 10: strangers get few answers', () => {
  const { ask, request, network, peer } = alone()
  let replies = 0
  for (let i = 0; i < 1000; i++) replies += ask(request().fingerprint().finish()).length
  expect(replies).toBe(10)
  expect(peer.agent.counters['requestsRateLimited']).toBe(990)
  network.runFor(2000)
  for (let i = 0; i < 1000; i++) replies += ask(request().fingerprint().finish()).length
  expect(replies).toBe(20)
})

test('SECURITY 9: early checks, remote candidates and pairs are bounded', () => {
  const { ask, request, key, peer, network } = alone()
  for (let i = 0; i < 300; i++) {
    const data = request().integrity(nodeCrypto, key).fingerprint().finish()
    expect(ask(data, { address: '203.0.113.1', port: 1000 + i })).toHaveLength(1)
  }
  expect(peer.agent.counters['earlyChecksDropped']).toBe(300 - 32)
  peer.agent.setRemote(network.now, { usernameFragment: 'peer', password: 'x'.repeat(22), iceLite: false })
  let accepted = 0
  for (let i = 0; i < 300; i++) {
    const candidate = {
      foundation: `${i}`,
      component: 1,
      protocol: 'udp',
      priority: i + 1,
      address: '203.0.113.9',
      port: i + 1,
      type: 'host',
    } as const
    if (peer.agent.addRemoteCandidate(network.now, candidate)) accepted++
  }
  expect(accepted).toBe(100 - 32)
  const from = network.sent.length
  for (let i = 0; i < 300; i++)
    ask(request().integrity(nodeCrypto, key).fingerprint().finish(), { address: '203.0.113.3', port: i + 1 })
  expect(peer.agent.counters['checksWithoutPair']).toBe(300)
  network.runFor(12_000)
  const checks = network.sent.slice(from).filter(({ data }) => parseStunMessage(data)?.class === 'request')
  const targets = new Set(checks.map(({ to }) => `${to.address} ${to.port}`))
  expect(targets.size).toBeLessThanOrEqual(100)
})

test('SECURITY 9: pairs are bounded, however many addresses both have: the best ones stay (RFC 8445 §6.1.2.5)', () => {
  const network = new VirtualNetwork()
  const peer = new Peer(network, 'controlling', { addresses: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] })
  peer.gather()
  peer.agent.setRemote(network.now, { usernameFragment: 'peer', password: 'x'.repeat(22), iceLite: false })
  const candidate = { component: 1, protocol: 'udp', address: '203.0.113.9', type: 'host' } as const
  for (let port = 1; port <= 80; port++)
    peer.agent.addRemoteCandidate(network.now, { ...candidate, foundation: `${port}`, priority: port, port })
  network.runFor(12_000)
  const pairs = new Set(network.sent.map(({ from, to }) => `${from.address} ${to.port}`))
  expect(pairs.size).toBe(100)
  for (let port = 80; port > 50; port--)
    for (const { address } of peer.sockets.values()) expect(pairs).toContain(`${address} ${port}`)
})

test('SECURITY 9: answers that nobody takes away, and sockets, are bounded', () => {
  const { peer, request, key, network } = alone()
  const data = request().integrity(nodeCrypto, key).fingerprint().finish()
  for (let i = 0; i < 1000; i++) peer.deliver(1, { from: ATTACKER, to: peer.sockets.get(1)!, data })
  expect(peer.agent.counters['repliesDropped']).toBe(1000 - 128)
  peer.drain()
  expect(network.sent.filter(({ to }) => to === ATTACKER)).toHaveLength(128)
  for (let i = 0; i < 200; i++) peer.bind(`192.0.2.${i + 2}`)
  expect(peer.agent.localCandidates).toHaveLength(96)
  expect(peer.agent.counters['socketsRefused']).toBe(200 - 95)
})

test('candidates that no host can have are refused', () => {
  const { peer, network } = alone()
  peer.agent.setRemote(network.now, { usernameFragment: 'peer', password: 'x'.repeat(22), iceLite: false })
  const base = { foundation: '1', component: 1, protocol: 'udp', priority: 1, port: 9, type: 'host' } as const
  for (const address of ['0.0.0.0', '224.0.0.1', '255.255.255.255', '::', 'ff02::1', 'abc.local', 'example.com', '']) {
    expect(peer.agent.addRemoteCandidate(network.now, { ...base, address }), address).toBe(false)
  }
  expect(peer.agent.addRemoteCandidate(network.now, { ...base, address: '192.0.2.2', port: 0 })).toBe(false)
  expect(peer.agent.addRemoteCandidate(network.now, { ...base, address: '192.0.2.2', component: 2 })).toBe(false)
  expect(peer.agent.addRemoteCandidate(network.now, { ...base, address: '192.0.2.2', usernameFragment: 'zzzz' })).toBe(
    false,
  )
  expect(peer.agent.state).toBe('new')
  const tcp = { ...base, address: '192.0.2.2', protocol: 'tcp', tcpType: 'passive' } as const
  expect(peer.agent.addRemoteCandidate(network.now, tcp)).toBe(true)
  expect(peer.agent.remoteCandidates).toEqual([tcp])
})

/** Listens to all, and answers each packet with forgeries of its own, from its own and from forged addresses. */
function attack(network: VirtualNetwork, victims: readonly Peer[]): void {
  const forge = (packet: Packet): Uint8Array[] => {
    const seen = parseStunMessage(packet.data)
    const id = seen?.transactionId ?? ID
    const key = shortTermKey('a guess')
    const request = new StunMessageBuilder('request', METHOD_BINDING, id)
      .add(PRIORITY, 0x7fffffff)
      .add(USE_CANDIDATE, true)
    const name = seen && readAttribute(seen, USERNAME)
    if (name !== undefined) request.add(USERNAME, name)
    return [
      request.integrity(nodeCrypto, key).fingerprint().finish(),
      new StunMessageBuilder('success', METHOD_BINDING, id).add(XOR_MAPPED_ADDRESS, ATTACKER).fingerprint().finish(),
      new StunMessageBuilder('success', METHOD_BINDING, id)
        .add(XOR_MAPPED_ADDRESS, ATTACKER)
        .integrity(nodeCrypto, key)
        .fingerprint()
        .finish(),
      new StunMessageBuilder('error', METHOD_BINDING, id)
        .add(ERROR_CODE, { code: 487, reason: '' })
        .fingerprint()
        .finish(),
      new StunMessageBuilder('error', METHOD_BINDING, id)
        .add(ERROR_CODE, { code: 401, reason: '' })
        .fingerprint()
        .finish(),
      packet.data.map((byte, i) => (i === 30 ? byte ^ 1 : byte)),
    ]
  }
  let seen = 0
  const strike = (): void => {
    for (const end = network.sent.length; seen < end; seen++) {
      for (const data of forge(network.sent[seen]!)) {
        for (const victim of victims) {
          for (const from of [ATTACKER, { address: '192.0.2.1', port: 5001 }, { address: '192.0.2.2', port: 5001 }]) {
            victim.deliver(1, { from, to: victim.sockets.get(1)!, data })
          }
        }
      }
    }
    network.after(1, strike)
  }
  strike()
}

test('an off-path attacker who even sees every packet changes nothing', () => {
  const network = new VirtualNetwork({ delayMillis: 5 })
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'] })
  const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2'] })
  negotiate(network, a, b)
  attack(network, [a, b])
  expect(network.runUntil(() => isUp(a) && isUp(b), 1000)).toBe(true)
  network.runFor(40_000)
  for (const peer of [a, b]) {
    expect(isUp(peer)).toBe(true)
    expect(peer.agent.pathStatus(1, ATTACKER)).toBe('unknown')
    expect(peer.states.filter((state) => state === 'disconnected' || state === 'failed')).toEqual([])
    expect(peer.events.filter(({ type }) => type === 'role')).toEqual([])
    expect(peer.events.filter(({ type }) => type === 'selectedPair')).toHaveLength(1)
  }
  expect(a.agent.selectedPair!.to).toEqual({ address: '192.0.2.2', port: 5001 })
  expect(a.agent.selectedPair!.local.type).toBe('host')
})

test('an authentic answer from another address than the one asked does not count (RFC 8445 §7.2.5.2.1)', () => {
  const network = new VirtualNetwork()
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'] })
  const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2'] })
  negotiate(network, a, b)
  const asked = { address: '192.0.2.2', port: 5001 }
  network.passes = (packet) => {
    if (packet.to.address !== '192.0.2.1') return true
    a.deliver(1, { ...packet, from: { address: '192.0.2.2', port: 9999 } })
    return false
  }
  network.runFor(1000)
  expect(a.agent.counters['responsesAsymmetric']).toBeGreaterThan(0)
  expect(a.agent.pathStatus(1, asked)).toBe('pending')
  expect(isUp(a)).toBe(false)
})

test('who copies answers and sends them from elsewhere, ahead of the real ones, stops nothing', () => {
  const network = new VirtualNetwork()
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'] })
  const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2'] })
  network.passes = (packet) => {
    const target = packet.to.address === '192.0.2.1' ? a : b
    if (parseStunMessage(packet.data)?.class === 'success') target.deliver(1, { ...packet, from: ATTACKER })
    return true
  }
  negotiate(network, a, b)
  expect(network.runUntil(() => isUp(a) && isUp(b), 500)).toBe(true)
  network.runFor(60_000)
  for (const { agent, states } of [a, b]) {
    expect(agent.counters['responsesAsymmetric']).toBeGreaterThan(5)
    expect(states).not.toContain('disconnected')
  }
})

test('any datagrams: nothing throws, and STUN alone is taken', () => {
  const { peer, network } = alone()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, dressed) => {
      const data = Uint8Array.from(bytes)
      if (dressed && data.length >= 20) data.set([0, data[1]! & 1, 0, data.length - 20, 0x21, 0x12, 0xa4, 0x42])
      const taken = peer.agent.receive(network.now, { socketId: 1, from: ATTACKER, data })
      if (taken) expect([...data.subarray(4, 8)]).toEqual([0x21, 0x12, 0xa4, 0x42])
      peer.drain()
    }),
    { numRuns: 500 },
  )
  expect(peer.agent.state).toBe('new')
})
