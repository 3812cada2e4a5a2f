import { describe, expect, test } from 'vitest'
import { METHOD_BINDING, StunMessageBuilder, XOR_MAPPED_ADDRESS } from '../../src/stun/index.js'
import type { SecureStunServer, TurnServer, VerifyServer } from '../../src/ice/types.js'
import { writeFragment } from '../../src/dtls/handshake/message.js'
import { PASSWORD, USER } from '../../src/turn/turn-server.test-support.js'
import { createPair, KiB, negotiate, openChannel, type Pair, type PairOptions } from './support/connected-pair.js'
import { DtlsFront, seen } from './support/dtls-front.js'
import { certificateOf, type Endpoint, type EndpointOptions } from './support/endpoint.js'

const SERVER = { address: '198.51.100.1', port: 5349 }
const NAME = 'turn.example'

/** Who the server is, told by its certificate. */
const verify: VerifyServer = (serverName, chain) => {
  const isOurs = chain.length === 1 && Buffer.from(chain[0]!).equals(certificateOf('server').der)
  return isOurs && serverName === NAME ? undefined : `The server's certificate is not for ${serverName}.`
}

const secure = { ...SERVER, protocol: 'dtls', serverName: NAME, verify } as const
const turns: TurnServer = { ...secure, url: `turns:${NAME}?transport=udp`, username: USER, password: PASSWORD }
const stuns: SecureStunServer = { ...secure, url: `stuns:${NAME}` }

interface Served extends Pair {
  readonly front: DtlsFront
}

function served(side: EndpointOptions, options: PairOptions = {}): Served {
  const pair = createPair({ ...options, alice: side, bob: { ...side, ...options.bob } })
  return { ...pair, front: new DtlsFront(pair.link, SERVER, '198.51.100.9') }
}

const relayed = (options: PairOptions = {}): Served =>
  served({ iceTransportPolicy: 'relay', turnServers: [turns] }, options)

function connect(pair: Pair): void {
  const { alice, bob, link } = pair
  alice.open({ label: 'first' })
  negotiate(pair, alice, bob)
  link.runUntil(() => bob.incoming.length === 1)
}

/** Gathers, and nothing else: an offer that nobody sees. */
function gather({ alice, link }: Pair): void {
  alice.open({ label: 'first' })
  const offer = alice.peer.createOffer({})
  if (!offer.ok) throw new Error('no offer')
  alice.peer.setLocalDescription(alice.now, 'offer', offer.value)
  link.runUntil(() => alice.events.some((event) => event.type === 'gatheringState' && event.state === 'complete'))
}

const errorsOf = ({ events }: Endpoint): object[] => events.filter(({ type }) => type === 'candidateError')
const candidates = ({ transport }: Endpoint, type: string): object[] =>
  transport.localCandidates.filter((candidate) => candidate.type === type)

describe('TURN over DTLS', () => {
  test('the relay policy: connected, and every byte to the server is in a record', () => {
    const pair = relayed()
    const { alice, bob, link, front } = pair
    const plain: number[] = []
    link.tap = ({ to, data }) => {
      if (to.address === SERVER.address && (data[0]! < 20 || data[0]! > 63)) plain.push(data[0]!)
    }
    connect(pair)
    for (const side of [alice, bob]) {
      const { url } = turns
      expect(side.transport.localCandidates).toMatchObject([{ type: 'relay', relayProtocol: 'udp', url }])
    }
    const [ours, theirs] = openChannel(pair, alice, bob)
    ours.send(new Uint8Array(200 * KiB))
    link.runUntil(() => theirs.messages.length === 1)
    expect(plain).toEqual([])
    expect(front.server.relayedViaChannel).toBeGreaterThan(100)
    alice.close()
    bob.close()
    link.runFor(3000)
    expect(front.server.allocations).toEqual([])
    expect(front.states).toEqual(['closed', 'closed'])
    expect(alice.peer.nextTimeout()).toBe(Infinity)
  })

  test.each([1, 2, 3, 4])('through loss, duplicates and disorder (seed %i)', (seed) => {
    const pair = relayed({ seed, lossRatio: 0.1, duplicateRatio: 0.05, jitterMillis: 20 })
    const { alice, bob, link, front } = pair
    connect(pair)
    const [ours, theirs] = openChannel(pair, alice, bob)
    ours.send(new Uint8Array(100 * KiB))
    link.runUntil(() => theirs.messages.length === 1)
    alice.close()
    bob.close()
    link.runFor(3000)
    expect(front.server.allocations).toEqual([])
    expect(alice.peer.nextTimeout()).toBe(Infinity)
  })

  test('a restart of ICE goes on over the association that there is', () => {
    const pair = relayed()
    const { alice, bob, link, front } = pair
    connect(pair)
    negotiate(pair, alice, bob, { iceRestart: true })
    link.runFor(4000)
    expect(alice.transport.selectedPair?.local.type).toBe('relay')
    expect(front.clients).toHaveLength(2)
    expect(front.server.created).toBe(2)
    expect(errorsOf(alice)).toEqual([])
  })

  test.each([undefined, 'other.example'])(
    '300 leads to another server: its certificate has to be for the name that it is told by (%s)',
    (domain) => {
      const asked: string[] = []
      const recorded: VerifyServer = (serverName) => void asked.push(serverName)
      const pair = served({ iceTransportPolicy: 'relay', turnServers: [{ ...turns, verify: recorded }] })
      const other = new DtlsFront(pair.link, { address: '198.51.100.2', port: 5349 }, '198.51.100.10')
      pair.front.server.alternate = { address: '198.51.100.2', port: 5349 }
      pair.front.server.alternateDomain = domain
      connect(pair)
      expect(other.server.created).toBe(2)
      expect(candidates(pair.alice, 'relay')).toMatchObject([{ address: '198.51.100.10', url: turns.url }])
      expect(new Set(asked)).toEqual(new Set([NAME, domain ?? NAME]))
    },
  )

  test('closed while shaking hands: nothing is asked, and nothing is left', () => {
    const pair = relayed()
    const { alice, link, front } = pair
    alice.open({ label: 'first' })
    const offer = alice.peer.createOffer({})
    if (offer.ok) alice.peer.setLocalDescription(alice.now, 'offer', offer.value)
    link.runUntil(() => front.clients.length === 1)
    alice.close()
    expect(alice.peer.nextTimeout()).toBe(Infinity)
    link.runFor(3000)
    expect(front.heard).toBe(0)
    expect(alice.events.at(-1)).toMatchObject({ type: 'release' })
  })

  test('the server ends the association: the relay is gone at once, and with it the connection', () => {
    const pair = relayed()
    const { alice, link, front } = pair
    connect(pair)
    for (const { dtls } of front.clients) dtls.close(link.now)
    link.runUntil(() => alice.states('iceState').includes('disconnected'), { withinMillis: 1000 })
  })
})

describe('STUN over DTLS', () => {
  test('the server-reflexive candidate is of the very socket', () => {
    const pair = served({ stunServers: [stuns] })
    gather(pair)
    const [host] = candidates(pair.alice, 'host') as { address: string; port: number }[]
    expect(candidates(pair.alice, 'srflx')).toMatchObject([{ ...seen(host!), protocol: 'udp', url: stuns.url }])
    expect(errorsOf(pair.alice)).toEqual([])
  })

  test('with TURN on the same server there is one association for both', () => {
    const pair = served({ stunServers: [stuns], turnServers: [turns] })
    gather(pair)
    expect(candidates(pair.alice, 'srflx')).toHaveLength(1)
    expect(candidates(pair.alice, 'relay')).toHaveLength(1)
    expect(pair.front.states).toEqual(['connected'])
  })

  test('SECURITY: a second name on the same association is checked, too', () => {
    const pair = served({ stunServers: [stuns], turnServers: [{ ...turns, serverName: 'other.example' }] })
    gather(pair)
    expect(candidates(pair.alice, 'srflx')).toHaveLength(1)
    expect(errorsOf(pair.alice)).toMatchObject([
      { errorCode: 701, errorText: expect.stringContaining('other.example') },
    ])
    expect(pair.front.server.created).toBe(0)
  })

  test('kept alive until a pair is selected, and then ended', () => {
    const pair = served({ stunServers: [stuns] })
    const { link, front } = pair
    gather(pair)
    const { heard } = front
    link.runFor(31_000)
    expect(front.heard).toBe(heard + 2)
    const other = served({ stunServers: [stuns] })
    connect(other)
    other.link.runFor(5000)
    expect(other.front.states).toEqual(['closed', 'closed'])
  })

  test('a server that no socket can reach: 701 for its URL, once', () => {
    const far = [
      { ...stuns, address: '::1' },
      { ...stuns, address: '2001:db8::1' },
    ]
    const pair = served({ stunServers: far })
    gather(pair)
    expect(errorsOf(pair.alice)).toMatchObject([{ errorCode: 701, url: stuns.url }])
    const other = served({ stunServers: [...far, stuns] })
    gather(other)
    expect(errorsOf(other.alice)).toEqual([])
  })

  test('with the relay policy nobody is asked', () => {
    const pair = served({ stunServers: [stuns], iceTransportPolicy: 'relay' })
    gather(pair)
    pair.link.runFor(1000)
    expect(pair.front.clients).toEqual([])
  })
})

describe('a server that is not what it should be', () => {
  test('SECURITY: another certificate: 701 in words, and not a message is sent', () => {
    const nobody: VerifyServer = () => 'No authority that is trusted here vouches for it.'
    const pair = served({ stunServers: [{ ...stuns, verify: nobody } as SecureStunServer] })
    gather(pair)
    expect(errorsOf(pair.alice)).toMatchObject([{ errorCode: 701, url: stuns.url, errorText: nobody('', []) }])
    expect(pair.front.heard).toBe(0)
    expect(pair.link.now).toBeLessThan(3000)
  })

  test('without anybody to check it nobody is trusted', () => {
    const { url, username, password } = turns
    const unchecked: TurnServer = { ...SERVER, protocol: 'dtls', serverName: NAME, url, username, password }
    const pair = served({ turnServers: [unchecked] })
    gather(pair)
    expect(errorsOf(pair.alice)).toMatchObject([{ errorCode: 701 }])
    expect(pair.front.heard).toBe(0)
  })

  test('silence: asked five times, and told after 9.5 seconds', () => {
    const pair = served({ stunServers: [stuns] })
    pair.front.answers = false
    let sent = 0
    pair.link.tap = ({ to }) => void (sent += to.address === SERVER.address ? 1 : 0)
    const start = pair.link.now
    gather(pair)
    expect(pair.link.now - start).toBe(9500)
    expect(sent).toBe(5)
    expect(errorsOf(pair.alice)).toMatchObject([{ errorCode: 701, errorText: 'The server did not answer.' }])
  })

  test('its port is closed: told at once', () => {
    const pair = served({ stunServers: [stuns], turnServers: [turns] })
    const { alice, link } = pair
    pair.front.answers = false
    link.after(100, () => alice.peer.serverUnreachable(link.now, 1, SERVER))
    gather(pair)
    expect(errorsOf(alice)).toMatchObject([{ errorCode: 701 }, { errorCode: 701 }])
    expect(link.now).toBeLessThan(2000)
  })

  test('SECURITY: answers in plain text, from its very address, count for nothing', () => {
    const pair = served({ stunServers: [stuns] })
    const { link, alice, front } = pair
    front.answers = false
    link.tap = ({ from, to, data }) => {
      if (to.address !== SERVER.address) return
      const id = data.slice(-12)
      const answer = new StunMessageBuilder('success', METHOD_BINDING, id).add(XOR_MAPPED_ADDRESS, seen(from)).finish()
      link.after(10, () => link.deliver({ from: SERVER, to: from, data: answer }))
    }
    gather(pair)
    expect(candidates(alice, 'srflx')).toEqual([])
    expect(errorsOf(alice)).toMatchObject([{ errorCode: 701 }])
  })

  test('SECURITY: what others send in its name does not keep the handshake from its end', () => {
    const pair = served({ stunServers: [stuns] })
    const { link, alice } = pair
    link.tap = ({ from, to }) => {
      if (to.address !== SERVER.address) return
      const rubbish = [Uint8Array.of(21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40), new Uint8Array(60).fill(22)]
      for (const data of rubbish) {
        link.deliver({ from: SERVER, to: from, data })
        link.deliver({ from: { address: '192.0.2.66', port: 5349 }, to: from, data })
      }
    }
    gather(pair)
    expect(candidates(alice, 'srflx')).toHaveLength(1)
  })

  test('SECURITY: a certificate of sixteen megabytes, and a flood of handshakes: refused, counted, over in time', () => {
    const pair = served({ stunServers: [stuns] })
    const { link, alice, front } = pair
    front.answers = false
    const body = new Uint8Array(16 * KiB * KiB - 1)
    link.tap = ({ from, to }) => {
      if (to.address !== SERVER.address) return
      for (let i = 0; i < 1000; i++) {
        const message = { type: 11, sequence: i % 8, body: i % 2 === 0 ? body : body.subarray(0, 20_000 + i) }
        const fragment = writeFragment(message, 1000 * (i % 20), 1000 * (i % 20) + 1000)
        const header = [
          22,
          0xfe,
          0xfd,
          0,
          0,
          0,
          0,
          0,
          0,
          i >> 8,
          i & 0xff,
          fragment.length >> 8,
          fragment.length & 0xff,
        ]
        link.deliver({ from: SERVER, to: from, data: Uint8Array.from([...header, ...fragment]) })
      }
    }
    const start = link.now
    gather(pair)
    expect(link.now - start).toBeLessThanOrEqual(9500)
    expect(errorsOf(alice)).toMatchObject([{ errorCode: 701 }])
    expect(candidates(alice, 'srflx')).toEqual([])
  })
})
