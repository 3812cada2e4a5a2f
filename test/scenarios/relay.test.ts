import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../../src/crypto/index.js'
import type { TransportAddress, TurnServer } from '../../src/ice/types.js'
import { ERROR_CODE, parseStunMessage, StunMessageBuilder } from '../../src/stun/index.js'
import { METHOD_CREATE_PERMISSION } from '../../src/turn/attributes.js'
import { PASSWORD, USER, VirtualTurnServer } from '../../src/turn/turn-server.test-support.js'
import { createPair, KiB, negotiate, openChannel, type Pair, type PairOptions } from './support/connected-pair.js'
import type { Endpoint } from './support/endpoint.js'
import type { VirtualLink } from './support/virtual-link.js'

const SERVER = { address: '198.51.100.1', port: 3478 }
const OTHER = { address: '198.51.100.2', port: 3478 }

function turnServer({ address, port }: TransportAddress = SERVER, more: Partial<TurnServer> = {}): TurnServer {
  const url = `turn:${address}:${port}`
  return { address, port, url, protocol: 'udp', serverName: address, username: USER, password: PASSWORD, ...more }
}

function serve(link: VirtualLink, at: TransportAddress = SERVER, relayAddress = '198.51.100.9'): VirtualTurnServer {
  const server: VirtualTurnServer = new VirtualTurnServer({
    crypto: nodeCrypto,
    now: () => link.now,
    send: (to, data) => link.send({ from: at, to, data: data.slice() }),
    relay: (from, to, data) => link.send({ from, to, data: data.slice() }),
    relayAddresses: { IPv4: relayAddress },
    listen: (relayed, isOpen) => {
      if (!isOpen) link.unlisten(relayed)
      else link.listen(relayed, ({ from, data }) => server.receiveAtRelay(relayed, from, data))
    },
  })
  link.listen(at, ({ from, data }) => server.receive(from, data))
  return server
}

interface Relayed extends Pair {
  readonly server: VirtualTurnServer
}

function relayedPair(options: PairOptions = {}, iceTransportPolicy: 'all' | 'relay' = 'relay'): Relayed {
  const side = { iceTransportPolicy, turnServers: [turnServer()] }
  const pair = createPair({ ...options, alice: { ...side, ...options.alice }, bob: { ...side, ...options.bob } })
  return { ...pair, server: serve(pair.link) }
}

function connect(pair: Relayed): void {
  const { alice, bob, link } = pair
  alice.open({ label: 'first' })
  negotiate(pair, alice, bob)
  link.runUntil(() => bob.incoming.length === 1)
}

const selectedTypes = ({ transport: { selectedPair } }: Endpoint): (string | undefined)[] => [
  selectedPair?.local.type,
  selectedPair?.remote.type,
]

/** Long enough for a nomination to be final, and for its losers to go. */
const SETTLED_MILLIS = 4000

describe('relays', () => {
  test('SECURITY 18: the relay policy: connected through relays, and not a byte goes another way', () => {
    const pair = relayedPair()
    const { alice, bob, link, server } = pair
    const own = new Set(['10.0.0.1', '10.0.0.2'])
    const outside: string[] = []
    link.tap = ({ from, to }) => {
      if (own.has(from.address) && to.address !== SERVER.address) outside.push(`${from.address} ${to.address}`)
    }
    connect(pair)
    for (const side of [alice, bob]) {
      expect(selectedTypes(side)).toEqual(['relay', 'relay'])
      expect(side.transport.localCandidates).toMatchObject([
        {
          type: 'relay',
          relatedAddress: '0.0.0.0',
          relatedPort: 9,
          relayProtocol: 'udp',
          url: 'turn:198.51.100.1:3478',
        },
      ])
    }
    const [ours, theirs] = openChannel(pair, alice, bob)
    ours.send(new Uint8Array(200 * KiB))
    link.runUntil(() => theirs.messages.length === 1)
    expect(outside).toEqual([])
    // A packet a second is a generous bound for what is not on a channel.
    expect(server.relayedViaChannel).toBeGreaterThan(10 * server.relayedViaIndication)
  })

  test.each([true, false])(
    'the relay policy: no name that the peer tells is asked for anywhere (trickled: %s)',
    (trickles) => {
      const pair = relayedPair({ trickles })
      const { alice, bob, link } = pair
      const names = ['bob.local', 'who-asks.example'].map((name) => `candidate:9 1 udp 2130706431 ${name} 9 typ host`)
      const told = names.map((name) => `a=${name}\r\n`).join('')
      alice.open({ label: 'first' })
      negotiate(pair, alice, bob, { trickles, munge: (sdp) => sdp.replace(/a=(?=ice-ufrag)/, `${told}a=`) })
      link.runUntil(() => bob.incoming.length === 1)
      for (const side of [alice, bob]) {
        expect(side.events.filter(({ type }) => type === 'resolve')).toEqual([])
        expect(side.peer.counters['transport.candidateNamesNotAsked']).toBe(names.length)
      }
    },
  )

  test.each([1, 2, 3, 4, 5, 6])('through loss, duplicates and disorder (seed %i)', (seed) => {
    const pair = relayedPair({ seed, lossRatio: 0.1, duplicateRatio: 0.05, jitterMillis: 20 })
    const { alice, bob, link, server } = pair
    connect(pair)
    const [ours, theirs] = openChannel(pair, alice, bob)
    ours.send(new Uint8Array(100 * KiB))
    link.runUntil(() => theirs.messages.length === 1)
    alice.close()
    bob.close()
    link.runFor(3000)
    expect(alice.peer.nextTimeout()).toBe(Infinity)
    expect(server.allocations).toEqual([])
  })

  test('one side alone is relayed, the other is where it is', () => {
    const pair = relayedPair({ bob: { iceTransportPolicy: 'all', turnServers: [] } })
    connect(pair)
    expect(selectedTypes(pair.alice)).toEqual(['relay', 'host'])
    expect(selectedTypes(pair.bob)[1]).toBe('relay')
  })

  test('the address behind an mDNS name is not told to the server, unless the peer tells it itself', () => {
    const pair = relayedPair({ trickles: false, bob: { turnServers: [] } }, 'all')
    const { alice, bob, link, server } = pair
    const name = '3f2504e0-4f89-41d3-9a0c-0305e82c3301.local'
    alice.names.set(name, '10.0.0.2')
    link.passes = ({ from, to }) => ![from, to].every(({ address }) => address.startsWith('10.0.0.'))
    let hidden = ''
    const munge = (sdp: string): string =>
      sdp
        .replace(/^a=candidate:\S+ 1 tcp .*\r\n/gm, '')
        .replace(/^a=(candidate:.*) 10\.0\.0\.2 (.*)\r\n/gm, (_, before, after) => {
          hidden = `${before} 10.0.0.2 ${after}`
          return `a=${before} ${name} ${after}\r\n`
        })
    const permissions = (): number => server.requests.filter(({ method }) => method === METHOD_CREATE_PERMISSION).length
    alice.open({ label: 'first' })
    negotiate(pair, alice, bob, { trickles: false, munge })
    link.runFor(5000)
    expect(server.allocations).toHaveLength(1)
    expect(alice.transport.remoteCandidates).toMatchObject([{ hostname: name, address: '10.0.0.2' }])
    expect(permissions()).toBe(0)
    alice.peer.addIceCandidate(alice.now, { candidate: hidden, sdpMid: null, sdpMLineIndex: 0, usernameFragment: null })
    link.runUntil(() => bob.incoming.length === 1)
    expect(permissions()).toBeGreaterThan(0)
    expect(selectedTypes(alice)).toEqual(['relay', 'host'])
  })

  test('relays that lose are given back while the connection goes on', () => {
    const pair = relayedPair({}, 'all')
    const { alice, link, server } = pair
    connect(pair)
    expect(selectedTypes(alice)).toEqual(['host', 'host'])
    expect(server.created).toBe(2)
    link.runFor(SETTLED_MILLIS)
    expect(server.allocations).toEqual([])
    // The application was told of the candidate, and that stays so.
    expect(alice.transport.localCandidates.map(({ type, protocol }) => `${type} ${protocol}`)).toEqual([
      'host udp',
      'host tcp',
      'relay udp',
    ])
    expect(alice.transport.iceState).toMatch(/^(connected|completed)$/)
  })

  test('where the direct way is closed the relay is taken, and kept for an hour of short nonces', () => {
    const pair = relayedPair({}, 'all')
    const { alice, bob, link, server } = pair
    server.nonceLifetimeMillis = 15_000
    link.passes = ({ from, to }) =>
      from.address === SERVER.address || to.address === SERVER.address || isRelay(from, to)
    connect(pair)
    for (let minute = 0; minute < 60; minute++) link.runFor(60_000)
    for (const side of [alice, bob]) {
      expect(selectedTypes(side)).toContain('relay')
      expect(side.states('iceState')).not.toContain('disconnected')
    }
    expect(server.created).toBe(2)
    const [ours, theirs] = openChannel(pair, alice, bob)
    ours.send('still here')
    link.runUntil(() => theirs.messages.length === 1)
  })

  test.each([
    ['of one server', SERVER],
    ['of another server', OTHER],
  ])(
    'credentials that are wrong do not harm other ones, %s: 401 for them, and a relay by the right ones',
    (_, right) => {
      const outdated = [turnServer(SERVER, { password: 'outdated' }), turnServer(SERVER, { username: 'gone' })]
      const turnServers = [...outdated, turnServer(right, { url: 'turn:named.example' })]
      const pair = relayedPair({ alice: { turnServers } })
      const other = serve(pair.link, OTHER, '198.51.100.10')
      connect(pair)
      const { alice, bob, server, link } = pair
      expect(selectedTypes(alice)).toEqual(['relay', 'relay'])
      expect(alice.transport.localCandidates).toMatchObject([{ url: 'turn:named.example' }])
      const refused = { errorCode: 401, url: 'turn:198.51.100.1:3478' }
      expect(alice.events.filter(({ type }) => type === 'candidateError')).toMatchObject([refused, refused])
      expect(alice.transport.gatheringState).toBe('complete')
      alice.close()
      bob.close()
      link.runFor(1000)
      expect([...server.allocations, ...other.allocations]).toEqual([])
    },
  )

  test('one entry twice, and one server under two names, with a password that is wrong: asked once', () => {
    const wrong = { password: 'outdated' }
    const turnServers = [
      turnServer(SERVER, wrong),
      turnServer(SERVER, wrong),
      turnServer(SERVER, { ...wrong, url: 'x' }),
    ]
    const pair = relayedPair({ alice: { turnServers } })
    pair.alice.open({ label: 'x' })
    negotiate(pair, pair.alice, pair.bob)
    pair.link.runFor(1000)
    expect(pair.alice.events.filter(({ type }) => type === 'candidateError')).toHaveLength(1)
    expect(pair.alice.transport.gatheringState).toBe('complete')
  })

  test('a server behind which several stand: 300 leads to the other one, under the URL that was configured', () => {
    const pair = relayedPair()
    pair.server.alternate = OTHER
    const other = serve(pair.link, OTHER, '198.51.100.10')
    connect(pair)
    expect(pair.alice.transport.localCandidates).toMatchObject([
      { address: '198.51.100.10', url: 'turn:198.51.100.1:3478' },
    ])
    expect(other.created).toBe(2)
    pair.alice.close()
    pair.bob.close()
    pair.link.runFor(1000)
    expect(other.allocations).toEqual([])
  })

  test('SECURITY 16: servers that send each other round in circles are left, with an error', () => {
    const pair = relayedPair()
    pair.server.alternate = OTHER
    const other = serve(pair.link, OTHER)
    other.alternate = SERVER
    pair.alice.open({ label: 'x' })
    negotiate(pair, pair.alice, pair.bob)
    pair.link.runFor(1000)
    const errors = pair.alice.events.filter((event) => event.type === 'candidateError')
    expect(errors).toMatchObject([{ errorCode: 300, url: 'turn:198.51.100.1:3478', local: undefined }])
    expect(pair.alice.transport.gatheringState).toBe('complete')
    // Each of them once by each side.
    expect([pair.server.errors, other.errors]).toEqual([
      [300, 300],
      [300, 300],
    ])
  })

  test('SECURITY 16: of servers that send us on and on four are asked, and then there is an error', () => {
    const pair = relayedPair()
    const chain = [pair.server]
    for (let i = 2; i <= 8; i++) {
      const next = { address: `198.51.100.${i}`, port: 3478 }
      chain.at(-1)!.alternate = next
      chain.push(serve(pair.link, next))
    }
    pair.alice.open({ label: 'x' })
    negotiate(pair, pair.alice, pair.bob)
    pair.link.runFor(1000)
    expect(chain.map(({ errors, created }) => errors.length + created)).toEqual([2, 2, 2, 2, 0, 0, 0, 0])
    expect(pair.alice.events.filter(({ type }) => type === 'candidateError')).toMatchObject([{ errorCode: 300 }])
  })

  test('the server sees us behind a NAT: a server-reflexive candidate comes with the allocation', () => {
    const pair = relayedPair({}, 'all')
    const { alice, link } = pair
    const outside = { address: '203.0.113.5', port: 40_000 }
    const inside = { address: '10.0.0.1', port: 5001 }
    const direct = link.send.bind(link)
    link.listen(outside, ({ from, data }) => link.deliver({ from, to: inside, data }))
    link.send = (datagram) => {
      const isOut = datagram.from.address === inside.address && datagram.to.address === SERVER.address
      direct(isOut ? { ...datagram, from: outside } : datagram)
    }
    alice.open({ label: 'x' })
    negotiate(pair, alice, pair.bob)
    link.runFor(500)
    const datagrams = alice.transport.localCandidates.filter(({ protocol }) => protocol === 'udp')
    expect(datagrams.map(({ type, address }) => [type, address])).toEqual([
      ['host', '10.0.0.1'],
      ['srflx', '203.0.113.5'],
      ['relay', '198.51.100.9'],
    ])
    expect(datagrams[2]).toMatchObject({ relatedAddress: '203.0.113.5', relatedPort: 40_000 })
  })

  test('SECURITY 9: more servers than anybody needs: bounded, and gathering ends', () => {
    const turnServers = Array.from({ length: 200 }, (_, i) => turnServer({ address: `192.0.2.${i + 1}`, port: 3478 }))
    const pair = relayedPair({ alice: { turnServers } })
    pair.alice.open({ label: 'x' })
    negotiate(pair, pair.alice, pair.bob)
    pair.link.runUntil(() => pair.alice.transport.gatheringState === 'complete', { withinMillis: 20_000 })
    expect(pair.alice.peer.counters['transport.turnServersRefused']).toBe(200 - 32)
    expect(pair.alice.events.filter(({ type }) => type === 'candidateError')).toHaveLength(32)
  })
})

test('the address that a relay was reached from is gone: so is the relay, at once, and another address serves', () => {
  const pair = relayedPair({ alice: { addresses: ['10.0.0.1', '10.0.1.1'] } })
  connect(pair)
  const { alice, bob, link } = pair
  link.runUntil(() => alice.transport.selectedPair !== undefined && bob.transport.selectedPair !== undefined)
  const { socketId: relayId } = alice.transport.selectedPair!
  const bytesFrom = new Map<string, number>()
  link.tap = ({ from, data }) => bytesFrom.set(from.address, (bytesFrom.get(from.address) ?? 0) + data.length)
  const [ours, theirs] = openChannel(pair, alice, bob)
  ours.send(new Uint8Array(100 * KiB))
  link.runUntil(() => theirs.messages.length === 1)
  const used = (bytesFrom.get('10.0.0.1') ?? 0) > (bytesFrom.get('10.0.1.1') ?? 0) ? '10.0.0.1' : '10.0.1.1'
  const [first] = alice.events.filter((event) => event.type === 'gather')
  alice.peer.removeLocalSocket(link.now, first!.transportId, alice.socketIdOf(used))
  expect(alice.transport.iceState).toBe('disconnected')
  link.runUntil(() => /^(connected|completed)$/.test(alice.transport.iceState), { withinMillis: 20_000 })
  expect(alice.transport.selectedPair!.socketId).not.toBe(relayId)
})

describe('ICE restarts over relays', () => {
  test('on a server that has not changed: the allocation is confirmed and used again', () => {
    const pair = relayedPair()
    connect(pair)
    const { alice, bob, link, server } = pair
    const before = alice.transport.selectedPair!.local.usernameFragment
    negotiate(pair, alice, bob, { iceRestart: true })
    link.runUntil(() => alice.transport.selectedPair?.local.usernameFragment !== before)
    link.runFor(SETTLED_MILLIS)
    expect(server.created).toBe(2)
    expect(server.allocations).toHaveLength(2)
  })

  test('the server has forgotten everything: new allocations, the old ones gone, no message lost', () => {
    const pair = relayedPair()
    connect(pair)
    const { alice, bob, link, server } = pair
    const [ours, theirs] = openChannel(pair, alice, bob)
    server.restart()
    ours.send('into the void')
    link.runFor(10_000)
    negotiate(pair, alice, bob, { iceRestart: true })
    link.runUntil(() => theirs.messages.length === 1)
    link.runFor(SETTLED_MILLIS)
    expect(server.allocations).toHaveLength(2)
    expect(server.created).toBe(4)
  })

  test('another server is configured: the former one is asked no more, and holds nothing once the new pair is in use', () => {
    const pair = relayedPair()
    connect(pair)
    const { alice, bob, link, server } = pair
    const other = serve(link, OTHER, '198.51.100.10')
    for (const side of [alice, bob]) side.turnServers = [turnServer(OTHER)]
    negotiate(pair, alice, bob, { iceRestart: true })
    link.runUntil(() => alice.transport.selectedPair?.local.address === '198.51.100.10')
    link.runFor(SETTLED_MILLIS)
    expect(server.allocations).toEqual([])
    expect(other.allocations).toHaveLength(2)
    expect(server.created).toBe(2)
  })
})

describe('the end of relays (P8)', () => {
  test('closed at every moment of connecting: two seconds later the server holds nothing, and nothing waits any more', () => {
    for (let at = 0; at <= 400; at += 5) {
      const pair = relayedPair()
      const { alice, bob, link, server } = pair
      server.nonceLifetimeMillis = 70
      alice.open({ label: 'first' })
      negotiate(pair, alice, bob)
      link.runFor(at)
      alice.close()
      bob.close()
      link.runFor(2000)
      if (server.allocations.length > 0) throw new Error(`held when closed after ${at} ms`)
      for (const side of [alice, bob]) {
        expect(side.peer.nextTimeout()).toBe(Infinity)
        expect(side.events.at(-1)).toMatchObject({ type: 'release' })
      }
    }
  })

  test('the last words to the peer go through the relay before it is given back', () => {
    const pair = relayedPair()
    connect(pair)
    const { alice, bob, link } = pair
    alice.close()
    link.runFor(200)
    expect(bob.transport.dtlsState).toBe('closed')
  })

  test('a server that says nothing more holds nobody up: released after two seconds', () => {
    const pair = relayedPair()
    connect(pair)
    const { alice, link } = pair
    link.unlisten(SERVER)
    const closedAt = link.now
    alice.close()
    link.runUntil(() => alice.events.at(-1)?.type === 'release', { withinMillis: 5000 })
    expect(link.now - closedAt).toBe(2000)
    const sent = link.datagramsSent
    expect(alice.peer.nextTimeout()).toBe(Infinity)
    link.runFor(100)
    expect(link.datagramsSent - sent).toBeLessThan(5) // those of the other side
  })

  test('SECURITY 16: forged ends: requests said again from elsewhere, and answers that nobody signed', () => {
    const pair = relayedPair()
    connect(pair)
    const { alice, bob, link, server } = pair
    const taken: Uint8Array[] = []
    let forged = 0
    link.tap = ({ from, to, data }) => {
      const message = to.address === SERVER.address ? parseStunMessage(data) : undefined
      if (message?.class !== 'request') return
      taken.push(data.slice())
      const answer = new StunMessageBuilder('error', message.method, message.transactionId)
      link.send({ from: SERVER, to: from, data: answer.add(ERROR_CODE, { code: 437, reason: 'gone' }).finish() })
      forged++
    }
    link.runFor(600_000)
    link.tap = () => undefined
    // Every request again, from another port: another 5-tuple has no allocation.
    for (const data of taken) link.send({ from: { address: '192.0.2.66', port: 1 }, to: SERVER, data })
    link.runFor(1000)
    expect(forged).toBeGreaterThan(0)
    const refused = [alice, bob].map(({ peer }) => peer.counters['turn.responsesUnauthenticated'] ?? 0)
    expect(refused[0]! + refused[1]!).toBe(forged)
    expect(server.allocations).toHaveLength(2)
    expect(alice.transport.iceState).toMatch(/^(connected|completed)$/)
  })
})

function isRelay(from: TransportAddress, to: TransportAddress): boolean {
  return from.address === '198.51.100.9' || to.address === '198.51.100.9'
}
