import { expect, test } from 'vitest'
import { seededCrypto, VirtualNetwork } from '../ice/virtual-network.test-support.js'
import { METHOD_ALLOCATE, METHOD_CHANNEL_BIND, METHOD_CREATE_PERMISSION, METHOD_REFRESH } from './attributes.js'
import { addEcho, addTurnServer, CLIENT, PEER, scene, SERVER, TurnHost } from './turn-network.test-support.js'
import { BOTH_ALGORITHMS } from './turn-server.test-support.js'

type Scene = ReturnType<typeof scene>

test('an allocation: challenged once, then told with the relayed and the mapped address', () => {
  const { network, server, host } = scene()
  host.agent.start()
  network.runFor(100)
  expect(host.events).toEqual([
    { type: 'allocated', relayed: [{ address: '198.51.100.9', port: 60_000 }], mapped: CLIENT },
  ])
  expect(server.errors).toEqual([401])
  expect(server.requests.map(({ method }) => method)).toEqual([METHOD_ALLOCATE, METHOD_ALLOCATE])
  expect(host.agent.state).toBe('allocated')
})

test('what is sent waits for the permission, then goes as an indication, and over a channel once there is one', () => {
  const { network, server, host } = scene()
  const heard = addEcho(network)
  host.agent.start()
  network.runFor(100)
  host.send(PEER, 'one')
  host.send({ ...PEER, port: 9 }, 'to nobody')
  network.runFor(100)
  expect(heard).toEqual([{ from: host.relayed[0], text: 'one' }])
  expect(host.received).toEqual([{ from: PEER, text: 'ONE' }])
  expect(server.requests.filter(({ method }) => method === METHOD_CREATE_PERMISSION)).toHaveLength(1)
  host.agent.bindChannel(network.now, PEER)
  host.agent.bindChannel(network.now, PEER)
  host.send(PEER, 'two')
  network.runFor(100)
  host.send(PEER, 'three')
  network.runFor(100)
  expect(heard.map(({ text }) => text)).toEqual(['one', 'two', 'three'])
  expect(host.received.map(({ text }) => text)).toEqual(['ONE', 'TWO', 'THREE'])
  expect(server.relayedViaIndication).toBe(3)
  expect(server.relayedViaChannel).toBe(1)
  expect(server.requests.filter(({ method }) => method === METHOD_CHANNEL_BIND)).toHaveLength(1)
})

test('allocation, permission and channel are kept for hours, through nonces that last ten seconds', () => {
  const { network, server, host } = scene()
  server.nonceLifetimeMillis = 10_000
  const heard = addEcho(network)
  host.agent.start()
  network.runFor(100)
  host.agent.bindChannel(network.now, PEER)
  network.runFor(100)
  for (let minute = 0; minute < 180; minute++) {
    host.send(PEER, `minute ${minute}`)
    network.runFor(60_000)
  }
  expect(heard).toHaveLength(180)
  expect(host.received).toHaveLength(180)
  expect(host.types).toEqual(['allocated'])
  expect(server.allocations).toHaveLength(1)
  expect(server.errors.filter((code) => code === 438).length).toBeGreaterThan(40)
  expect(server.created).toBe(1)
})

test('a permission that is used is asked for again in time: the peer can reach us all along', () => {
  const { network, host } = scene()
  host.agent.start()
  network.runFor(100)
  for (let minute = 0; minute < 30; minute++) {
    host.send(PEER, 'still here')
    network.runFor(59_000)
    network.send({ from: PEER, to: host.relayed[0]!, data: new TextEncoder().encode(`minute ${minute}`) })
    network.runFor(1000)
  }
  expect(host.received).toHaveLength(30)
})

test('a permission that is not used any more is not asked for again', () => {
  const { network, server, host } = scene()
  addEcho(network)
  host.agent.start()
  network.runFor(100)
  host.send(PEER, 'once')
  network.runFor(3_600_000)
  // Asked for, and once more for what was used in the first four minutes.
  expect(server.requests.filter(({ method }) => method === METHOD_CREATE_PERMISSION).length).toBeLessThanOrEqual(2)
  host.send(PEER, 'again')
  network.runFor(100)
  expect(host.received.map(({ text }) => text)).toEqual(['ONCE', 'AGAIN'])
})

test('a lifetime that the server shortens is followed', () => {
  const { network, server, host } = scene()
  host.agent.start()
  network.runFor(100)
  server.maxLifetimeSeconds = 20
  network.runFor(541_000)
  const before = server.requests.length
  network.runFor(100_000)
  expect(server.requests.slice(before).map(({ method }) => method)).toEqual(new Array(10).fill(METHOD_REFRESH))
  expect(server.allocations).toHaveLength(1)
})

test.each([false, true])(
  'both families on one allocation, where the server has them (as the draft had it: %s)',
  (knowsDraftOnly) => {
    const network = new VirtualNetwork()
    const relayAddresses = { IPv4: '198.51.100.9', IPv6: '2001:db8::9' }
    addTurnServer(network, SERVER, { relayAddresses, knowsDraftOnly })
    const peer6 = { address: '2001:db8::77', port: 7000 }
    addEcho(network)
    addEcho(network, peer6)
    const host = new TurnHost(network, { family: 'both' })
    host.agent.start()
    network.runFor(100)
    expect(host.relayed.map(({ address }) => address)).toEqual(['198.51.100.9', '2001:db8::9'])
    host.send(PEER, 'four')
    host.send(peer6, 'six')
    network.runFor(100)
    expect(host.received.map(({ from, text }) => [from.address, text]).sort()).toEqual([
      ['2001:db8::77', 'SIX'],
      ['203.0.113.7', 'FOUR'],
    ])
  },
)

test('both families of a server that has one: that one; and peers of the other are not asked for', () => {
  const { network, server, host } = scene({}, { family: 'both' })
  host.agent.start()
  network.runFor(100)
  expect(host.relayed.map(({ address }) => address)).toEqual(['198.51.100.9'])
  host.send({ address: '2001:db8::77', port: 1 }, 'nowhere')
  network.runFor(100)
  expect(server.requests).toHaveLength(2)
  expect(host.agent.counters).toEqual({ sendsRefused: 1 })
})

test('both families of a server that has IPv6 alone: that, asked for by itself', () => {
  const network = new VirtualNetwork()
  const server = addTurnServer(network, SERVER, { relayAddresses: { IPv6: '2001:db8::9' } })
  const host = new TurnHost(network, { family: 'both' })
  const peer6 = { address: '2001:db8::77', port: 7000 }
  addEcho(network, peer6)
  host.agent.start()
  network.runFor(100)
  expect(host.relayed.map(({ address }) => address)).toEqual(['2001:db8::9'])
  expect(server.errors).toEqual([401, 440])
  host.send(peer6, 'six')
  network.runFor(100)
  expect(host.received.map(({ text }) => text)).toEqual(['SIX'])
})

test('both families of a server that has none: 440, after each was asked for', () => {
  const network = new VirtualNetwork()
  const server = addTurnServer(network, SERVER, { relayAddresses: {} })
  const host = new TurnHost(network, { family: 'both' })
  host.agent.start()
  network.runFor(60_000)
  expect(host.events).toEqual([{ type: 'failed', code: 440, reason: 'error 440' }])
  expect(server.errors).toEqual([401, 440, 440])
})

test('IPv6 alone, asked of a server that has none: its 440', () => {
  const { network, host } = scene({}, { family: 'IPv6' })
  host.agent.start()
  network.runFor(100)
  expect(host.events).toEqual([{ type: 'failed', code: 440, reason: 'error 440' }])
})

test('a wrong password: 401 after two requests, and no more', () => {
  const { network, server, host } = scene({}, { password: 'wrong' })
  host.agent.start()
  network.runFor(60_000)
  expect(host.events).toEqual([{ type: 'failed', code: 401, reason: 'error 401' }])
  expect(server.requests).toHaveLength(2)
})

test.each([BOTH_ALGORITHMS, [2], [1]])('password algorithms %j, and an anonymous user name', (...algorithms) => {
  const { network, server, host } = scene()
  server.passwordAlgorithms = algorithms
  server.isAnonymous = true
  host.agent.start()
  network.runFor(100)
  expect(host.types).toEqual(['allocated'])
  host.agent.close(network.now)
  network.runFor(100)
  expect(server.allocations).toEqual([])
  expect(server.errors).toEqual([401])
})

test('algorithms that we do not know: refused, and the password is not used with another one', () => {
  const { network, server, host } = scene()
  server.passwordAlgorithms = [7]
  host.agent.start()
  network.runFor(1000)
  expect(host.events).toMatchObject([{ type: 'failed', code: 401 }])
  expect(server.requests).toHaveLength(1)
})

test('the realm changes while it lasts', () => {
  const { network, server, host } = scene()
  const heard = addEcho(network)
  host.agent.start()
  network.runFor(100)
  server.realm = 'other.example'
  host.send(PEER, 'x')
  network.runFor(100)
  expect(server.errors).toEqual([401, 401])
  expect(heard).toHaveLength(1)
  host.agent.close(network.now)
  network.runFor(100)
  expect(server.allocations).toEqual([])
  expect(host.types).toEqual(['allocated', 'closed'])
})

test('a server that never likes the nonce is asked five times', () => {
  const { network, server, host } = scene()
  server.nonceLifetimeMillis = 1
  host.agent.start()
  network.runFor(60_000)
  expect(host.events).toEqual([{ type: 'failed', code: 438, reason: 'error 438' }])
  expect(server.requests).toHaveLength(5)
})

test.each([486, 508, 403, 500])('error %i ends it, with the words of the server', (code) => {
  const { network, server, host } = scene()
  server.fails = () => ({ code, reason: 'x' })
  host.agent.start()
  network.runFor(60_000)
  expect(host.events).toEqual([{ type: 'failed', code, reason: `error ${code}` }])
  expect(server.requests).toHaveLength(2)
})

test('redirected: over, with where to go', () => {
  const { network, server, host } = scene()
  server.alternate = { address: '198.51.100.2', port: 3479 }
  host.agent.start()
  network.runFor(1000)
  expect(host.events).toEqual([{ type: 'redirected', server: server.alternate, domain: undefined }])
})

test.each([
  { address: '127.0.0.1', port: 22 },
  { address: '224.0.0.1', port: 3478 },
  { address: '198.51.100.2', port: 0 },
])('SECURITY 16: redirected to %j: refused', (alternate) => {
  const { network, server, host } = scene()
  server.alternate = alternate
  host.agent.start()
  network.runFor(1000)
  expect(host.events).toEqual([{ type: 'failed', code: 300, reason: 'error 300' }])
})

test('nobody there: five requests and 701 after 9.5 s', () => {
  const network = new VirtualNetwork()
  const host = new TurnHost(network)
  host.agent.start()
  network.runFor(9400)
  expect(network.sent).toHaveLength(5)
  expect(host.events).toEqual([])
  network.runFor(200)
  expect(host.events).toMatchObject([{ type: 'failed', code: 701 }])
  network.runFor(60_000)
  expect(network.sent).toHaveLength(5)
})

test('a left-over allocation on our port is deleted, and Allocate tried once more (437)', () => {
  const { network, server, host } = scene()
  host.agent.start()
  network.runFor(100)
  const again = new TurnHost(network, { crypto: seededCrypto(6) })
  again.agent.start()
  network.runFor(200)
  expect(again.types).toEqual(['allocated'])
  expect(server.created).toBe(2)
  expect(server.allocations).toHaveLength(1)
})

test('SECURITY 16: a server that says it has deleted it, and has it still: tried once more, and no further', () => {
  const { network, server, host } = scene()
  server.keepsDeleted = true
  host.agent.start()
  network.runFor(100)
  const before = server.requests.length
  const again = new TurnHost(network, { crypto: seededCrypto(6) })
  again.agent.start()
  network.runFor(60_000)
  expect(again.events).toMatchObject([{ type: 'failed', code: 437 }])
  const methods = server.requests.slice(before).map(({ method }) => method)
  expect(methods).toEqual([METHOD_ALLOCATE, METHOD_ALLOCATE, METHOD_REFRESH, METHOD_ALLOCATE])
})

test('a server that was killed and started again: 437 to the next request, and the allocation is lost', () => {
  const { network, server, host } = scene()
  host.agent.start()
  network.runFor(100)
  server.restart()
  host.agent.revalidate()
  network.runFor(100)
  expect(host.events.slice(1)).toEqual([{ type: 'failed', code: 437, reason: 'error 437' }])
})

/** Each kind of request on an allocation, beside its deletion (closing.test.ts). */
const REQUESTS = [
  ['Refresh', METHOD_REFRESH, ({ network }: Scene) => network.runFor(540_000)],
  ['CreatePermission', METHOD_CREATE_PERMISSION, ({ network, host }: Scene) => host.agent.permit(network.now, PEER)],
  ['ChannelBind', METHOD_CHANNEL_BIND, ({ network, host }: Scene) => host.agent.bindChannel(network.now, PEER)],
] as const

test.each(REQUESTS)('438 to %s: asked again with the new nonce, and granted', (_, method, ask) => {
  const all = scene()
  const { network, server, host } = all
  server.nonceLifetimeMillis = 5000
  host.agent.start()
  network.runFor(6000)
  const before = server.requests.length
  ask(all)
  network.runFor(1000)
  expect(server.requests.slice(before).map((request) => request.method)).toEqual([method, method])
  expect(server.errors).toEqual([401, 438])
  // What was granted is not asked for again.
  network.runFor(30_000)
  expect(server.requests).toHaveLength(before + 2)
  expect(host.types).toEqual(['allocated'])
})

test.each(REQUESTS)('437 to %s: the allocation is lost, and nothing more is asked', (_, method, ask) => {
  const all = scene()
  const { network, server, host } = all
  host.agent.start()
  network.runFor(6000)
  server.restart()
  const before = server.requests.length
  ask(all)
  network.runFor(600_000)
  expect(new Set(server.requests.slice(before).map((request) => request.method))).toEqual(new Set([method]))
  expect(host.types).toEqual(['allocated', 'failed'])
  expect(host.events[1]).toMatchObject({ code: 437 })
})

test('a server that still has it confirms', () => {
  const { network, host } = scene()
  host.agent.start()
  network.runFor(100)
  host.agent.revalidate()
  network.runFor(100)
  expect(host.types).toEqual(['allocated', 'confirmed'])
})

test('a server that vanishes: the allocation is lost when it has run out, not before', () => {
  const { network, host } = scene()
  host.agent.start()
  network.runFor(100)
  network.unlisten(SERVER)
  network.runFor(599_000)
  expect(host.types).toEqual(['allocated'])
  network.runFor(2000)
  expect(host.events.slice(1)).toMatchObject([{ type: 'failed', code: 701 }])
})

test('a passing error to Refresh is not the end', () => {
  const { network, server, host } = scene()
  host.agent.start()
  network.runFor(100)
  server.fails = () => ({ code: 500, reason: 'later' })
  network.runFor(545_000)
  server.fails = undefined
  network.runFor(600_000)
  expect(host.types).toEqual(['allocated'])
  expect(server.allocations).toHaveLength(1)
})

test('a peer that the server does not allow: what is sent there is lost, and asked for again only after a while', () => {
  const { network, server, host } = scene()
  server.permits = () => false
  host.agent.start()
  network.runFor(100)
  for (let i = 0; i < 20; i++) {
    host.send(PEER, 'x')
    network.runFor(50)
  }
  expect(server.errors.filter((code) => code === 403)).toHaveLength(1)
  server.permits = () => true
  const heard = addEcho(network)
  network.runFor(10_000)
  host.send(PEER, 'now')
  network.runFor(100)
  expect(heard.map(({ text }) => text)).toEqual(['now'])
})

test('NATs on the way are kept open by a packet every 15 s at least', () => {
  const { network, host } = scene()
  host.agent.start()
  network.runFor(100)
  const before = network.sent.length
  network.runFor(60_100)
  expect(network.sent.length - before).toBe(4)
})

test('the stream under it ends: failed, or closed where it was to be closed', () => {
  const { network, host } = scene()
  host.agent.start()
  network.runFor(100)
  host.agent.transportLost('reset')
  network.runFor(1)
  expect(host.events.slice(1)).toEqual([{ type: 'failed', code: 701, reason: 'reset' }])
  expect(host.agent.nextTimeout()).toBe(Infinity)
})
