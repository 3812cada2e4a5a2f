import { expect, test } from 'vitest'
import { ERROR_CODE, METHOD_BINDING, parseStunMessage, StunMessageBuilder, XOR_MAPPED_ADDRESS } from '../stun/index.js'
import { generateIceParameters } from './index.js'
import { isUp, Nat, negotiate, Peer, seededCrypto, VirtualNetwork } from './virtual-network.test-support.js'

const STUN = { address: '198.51.100.1', port: 3478 }
const kinds = (peer: Peer): string[] =>
  peer.events.map((event) =>
    event.type === 'gatheringState' ? event.state : event.type === 'localCandidate' ? event.candidate.type : event.type,
  )

test('host and server-reflexive candidates, with what RFC 8445 §5.1 says of them', () => {
  const network = new VirtualNetwork()
  network.addStunServer(STUN)
  const nat = new Nat(network, '203.0.113.1', 'full-cone')
  const a = new Peer(network, 'controlling', { addresses: ['10.0.0.1', '10.0.0.2'], nat, stunServer: STUN })
  a.gather()
  expect(a.agent.gatheringState).toBe('gathering')
  network.runFor(200)
  expect(kinds(a)).toEqual(['gathering', 'host', 'host', 'srflx', 'srflx', 'complete'])
  const [first, second, third, fourth] = a.agent.localCandidates
  const { usernameFragment } = a.agent.localParameters!
  expect(first).toMatchObject({
    address: '10.0.0.1',
    port: 5001,
    priority: 126 * 2 ** 24 + 65534 * 256 + 255,
    usernameFragment,
  })
  expect(third).toMatchObject({
    address: '203.0.113.1',
    port: 40_000,
    relatedAddress: '10.0.0.1',
    relatedPort: 5001,
    url: 'stun:stun.example',
    priority: 100 * 2 ** 24 + 65534 * 256 + 255,
    usernameFragment,
  })
  const foundations = [first, second, third, fourth].map((candidate) => candidate!.foundation)
  expect(new Set(foundations).size).toBe(4)
})

test('without a NAT the reflexive candidate is redundant (RFC 8445 §5.1.3)', () => {
  const network = new VirtualNetwork()
  network.addStunServer(STUN)
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'], stunServer: STUN })
  a.gather()
  network.runFor(200)
  expect(kinds(a)).toEqual(['gathering', 'host', 'complete'])
})

test('two servers that see the same: one candidate', () => {
  const network = new VirtualNetwork()
  const other = { address: '198.51.100.2', port: 3478 }
  network.addStunServer(STUN)
  network.addStunServer(other)
  const nat = new Nat(network, '203.0.113.1', 'full-cone')
  const a = new Peer(network, 'controlling', { addresses: ['10.0.0.1'], nat, stunServer: STUN })
  a.gather()
  a.agent.addStunServer(network.now, { ...other, url: 'stun:other.example' })
  a.agent.addStunServer(network.now, { ...STUN, url: 'stun:again.example' })
  network.runFor(500)
  expect(kinds(a)).toEqual(['gathering', 'host', 'srflx', 'complete'])
})

test('a silent server: five requests, error 701 after 9.5 s, then complete', () => {
  const network = new VirtualNetwork()
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'], stunServer: STUN })
  a.gather()
  network.runFor(9400)
  expect(network.sent).toHaveLength(5)
  expect(a.agent.gatheringState).toBe('gathering')
  network.runFor(200)
  expect(a.agent.gatheringState).toBe('complete')
  expect(a.events.find(({ type }) => type === 'candidateError')).toMatchObject({
    errorCode: 701,
    url: 'stun:stun.example',
    local: { address: '192.0.2.1', port: 5001 },
  })
})

test('a server that refuses: its error, with its own words', () => {
  const network = new VirtualNetwork()
  network.listen(STUN, ({ from, data }) => {
    const { transactionId } = parseStunMessage(data)!
    const error = new StunMessageBuilder('error', METHOD_BINDING, transactionId).add(ERROR_CODE, {
      code: 403,
      reason: 'No',
    })
    network.send({ from: STUN, to: from, data: error.finish() })
  })
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'], stunServer: STUN })
  a.gather()
  network.runFor(100)
  expect(a.events.find(({ type }) => type === 'candidateError')).toMatchObject({ errorCode: 403, errorText: 'No' })
  expect(a.agent.gatheringState).toBe('complete')
})

test('servers are asked only from where they can be reached', () => {
  const network = new VirtualNetwork()
  const addresses = ['192.0.2.1', '2001:db8::1', '127.0.0.1', 'fe80::1']
  const a = new Peer(network, 'controlling', { addresses })
  a.gather()
  a.agent.startGathering(network.now, generateIceParameters(seededCrypto(9)))
  a.agent.addStunServer(network.now, { ...STUN, url: 'stun:four.example' })
  a.agent.addStunServer(network.now, { address: '2001:db8::53', port: 3478, url: 'stun:six.example' })
  a.agent.addStunServer(network.now, { address: 'stun.example', port: 3478, url: 'stun:unresolved.example' })
  a.agent.endOfLocalSockets(network.now)
  network.runFor(300)
  const asked = network.sent.map(({ from, to }) => `${from.address} ${to.address}`)
  expect(asked).toEqual(['192.0.2.1 198.51.100.1', '2001:db8::1 2001:db8::53'])
})

test('bindings are kept while nothing is selected, and no longer (RFC 8445 §11)', () => {
  const network = new VirtualNetwork()
  network.addStunServer(STUN)
  const nat = new Nat(network, '203.0.113.1', 'port-restricted')
  const a = new Peer(network, 'controlling', { addresses: ['10.0.0.1'], nat, stunServer: STUN })
  const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2'] })
  a.gather()
  network.runFor(100)
  const toServer = (): number => network.sent.filter(({ to }) => to.address === STUN.address).length
  const before = toServer()
  network.runFor(60_000)
  expect(toServer() - before).toBe(4)
  negotiate(network, a, b)
  expect(network.runUntil(() => isUp(a) && isUp(b), 5000)).toBe(true)
  network.runFor(500)
  const selected = toServer()
  network.runFor(60_000)
  expect(toServer()).toBe(selected)
})

test('relay policy: no host or reflexive candidate is told, paired or asked for', () => {
  const network = new VirtualNetwork()
  network.addStunServer(STUN)
  const a = new Peer(network, 'controlling', {
    addresses: ['192.0.2.1'],
    stunServer: STUN,
    agent: { transportPolicy: 'relay' },
  })
  const b = new Peer(network, 'controlled', { addresses: ['192.0.2.2'] })
  negotiate(network, a, b)
  network.runFor(14_000)
  expect(a.agent.localCandidates).toEqual([])
  expect(network.sent.filter(({ from }) => from.address === '192.0.2.1')).toEqual([])
  network.runFor(2000)
  expect(a.agent.state).toBe('failed')
})

test('a changed policy takes effect with the next gathering', () => {
  const network = new VirtualNetwork()
  const a = new Peer(network, 'controlling', { addresses: ['192.0.2.1'], agent: { transportPolicy: 'relay' } })
  a.gather()
  a.agent.setTransportPolicy('all')
  expect(a.agent.localCandidates).toEqual([])
  a.gather()
  expect(a.agent.localCandidates).toHaveLength(1)
})

test('complete comes only when the sockets have ended and the servers have answered', () => {
  const network = new VirtualNetwork()
  network.addStunServer(STUN)
  const a = new Peer(network, 'controlling', { addresses: [] })
  a.agent.startGathering(network.now, generateIceParameters(seededCrypto(1)))
  a.bind('192.0.2.1')
  a.agent.addStunServer(network.now, { ...STUN, url: 'stun:x' })
  network.runFor(5000)
  expect(a.agent.gatheringState).toBe('gathering')
  a.agent.endOfLocalSockets(network.now)
  expect(a.agent.gatheringState).toBe('complete')
})

test.each([
  ['from another address', 1, { ...STUN, address: '198.51.100.66' }],
  ['from another port', 1, { ...STUN, port: 666 }],
  ['over another socket', 2, STUN],
])('SECURITY 10: an answer %s is not that of the server, whose own still counts', (_, socketId, from) => {
  const network = new VirtualNetwork()
  const a = new Peer(network, 'controlling', { addresses: ['10.0.0.1', '10.0.0.2'], stunServer: STUN })
  const answer = ({ data }: { data: Uint8Array }, address: string): Uint8Array =>
    new StunMessageBuilder('success', METHOD_BINDING, parseStunMessage(data)!.transactionId)
      .add(XOR_MAPPED_ADDRESS, { address, port: 1234 })
      .fingerprint()
      .finish()
  let asked = 0
  network.listen(STUN, (packet) => {
    if (packet.from.address !== '10.0.0.1') return
    a.deliver(socketId, { from, to: packet.from, data: answer(packet, '203.0.113.66') })
    if (++asked === 2) network.send({ from: STUN, to: packet.from, data: answer(packet, '203.0.113.1') })
  })
  a.gather()
  network.runFor(30_000)
  expect(a.agent.counters['responsesAsymmetric']).toBe(2)
  const reflexive = a.agent.localCandidates.filter(({ type }) => type === 'srflx')
  expect(reflexive).toMatchObject([{ address: '203.0.113.1', relatedAddress: '10.0.0.1' }])
})

test('SECURITY 9: sixteen STUN servers are enough for anybody', () => {
  const network = new VirtualNetwork()
  const a = new Peer(network, 'controlling', { addresses: ['10.0.0.1'], stunServer: STUN })
  a.gather()
  for (let i = 0; i < 40; i++)
    a.agent.addStunServer(network.now, { address: '198.51.100.9', port: 1000 + i, url: `stun:many${i}.example` })
  network.runFor(30_000)
  expect(new Set(network.sent.map(({ to }) => `${to.address} ${to.port}`)).size).toBe(16)
  expect(a.agent.counters['stunServersRefused']).toBe(25)
  expect(a.agent.gatheringState).toBe('complete')
})

test('a server whose port is closed: 701 at once, and others still answer', () => {
  const network = new VirtualNetwork()
  network.addStunServer(STUN)
  const closed = { address: '198.51.100.7', port: 1 }
  const nat = new Nat(network, '203.0.113.1', 'full-cone')
  const a = new Peer(network, 'controlling', { addresses: ['10.0.0.1'], nat, stunServer: STUN })
  a.gather()
  a.agent.addStunServer(network.now, { ...closed, url: 'stun:closed.example' })
  network.runFor(100)
  expect(kinds(a)).toEqual(['gathering', 'host', 'srflx'])
  a.agent.serverUnreachable(network.now, closed)
  network.runFor(1)
  expect(kinds(a).slice(3)).toEqual(['candidateError', 'complete'])
  expect(a.events.find(({ type }) => type === 'candidateError')).toMatchObject({
    url: 'stun:closed.example',
    errorCode: 701,
  })
})

test('a server whose port is closed, said before anything was sent to it: it is not asked', () => {
  const network = new VirtualNetwork()
  const a = new Peer(network, 'controlling', { addresses: ['10.0.0.1'], stunServer: STUN })
  a.gather()
  a.agent.serverUnreachable(network.now, STUN)
  network.runFor(1000)
  expect(kinds(a)).toEqual(['gathering', 'host', 'candidateError', 'complete'])
  expect(network.sent).toEqual([])
})

test.each([
  ['of another family', '192.0.2.1', '2001:db8::7'],
  ['on this host, where only the network is used', '192.0.2.1', '127.0.0.1'],
  ['in the network, where only this host is used', '127.0.0.1', '198.51.100.7'],
])('a server that no address of ours reaches (%s): 701 at once, one for each URL', (_, ours, theirs) => {
  const network = new VirtualNetwork()
  const stunServer = { address: theirs, port: 3478, url: 'stun:stun.example' }
  const a = new Peer(network, 'controlling', { addresses: [ours], stunServer })
  a.gather()
  network.runFor(1)
  expect(kinds(a)).toEqual(['gathering', 'host', 'candidateError', 'complete'])
  const error = a.events.find(({ type }) => type === 'candidateError')
  expect(error).toMatchObject({ errorCode: 701, url: 'stun:stun.example', local: { address: ours } })
  expect(network.sent).toHaveLength(0)
})

test.each([
  ['one that answers is enough', true],
  ['only when none answers is it an error, and one', false],
])('several addresses of one server: %s', (_, answers) => {
  const network = new VirtualNetwork()
  if (answers) network.addStunServer(STUN)
  const nat = new Nat(network, '203.0.113.1', 'full-cone')
  const a = new Peer(network, 'controlling', { addresses: [], nat })
  a.agent.startGathering(network.now, generateIceParameters(seededCrypto(1)))
  a.bind('10.0.0.1')
  for (const server of [{ address: '198.51.100.7', port: 1 }, STUN, { address: '198.51.100.8', port: 1 }]) {
    a.agent.addStunServer(network.now, { ...server, url: 'stun:many.example' })
  }
  a.agent.endOfLocalSockets(network.now)
  a.agent.serverUnreachable(network.now, { address: '198.51.100.7', port: 1 })
  network.runFor(30_000)
  expect(kinds(a).toSorted()).toEqual(
    ['complete', 'gathering', 'host', answers ? 'srflx' : 'candidateError'].toSorted(),
  )
})

test('relay policy: who finds a host socket all the same gets no answer from it, however authentic', () => {
  const network = new VirtualNetwork()
  const a = new Peer(network, 'controlled', { addresses: ['192.0.2.1'], agent: { transportPolicy: 'relay' } })
  const b = new Peer(network, 'controlling', { addresses: ['192.0.2.2'] })
  negotiate(network, a, b)
  network.runFor(100)
  const guessed = { ...b.agent.localCandidates[0]!, address: '192.0.2.1', port: 5001 }
  b.agent.addRemoteCandidate(network.now, { ...guessed, usernameFragment: a.agent.localParameters!.usernameFragment })
  network.runFor(5000)
  expect(network.sent.filter(({ to }) => to.address === '192.0.2.1').length).toBeGreaterThan(1)
  expect(network.sent.filter(({ from }) => from.address === '192.0.2.1')).toEqual([])
  expect(a.agent.counters['requestsOutsideRelay']).toBeGreaterThan(0)
})
