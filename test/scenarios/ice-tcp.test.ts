import { afterEach, describe, expect, test } from 'vitest'
import { resourcesOf, RTCPeerConnection } from '../../src/index.js'
import type { RTCConfiguration } from '../../src/index.js'
import { nodeIo, withIo } from '../../src/node/index.js'
import type { Io } from '../../src/node/index.js'
import type { StreamHandlers, StreamSocket } from '../../src/node/io.js'
import { negotiate } from '../support/signalling.js'
import type { VirtualIo } from '../support/virtual-io.js'
import { VirtualNetwork } from '../support/virtual-network.js'

const [ALICE, BOB, MALLORY] = ['192.0.2.1', '198.51.100.1', '203.0.113.66']
const LISTENS: RTCConfiguration = { tincan: { iceTcp: 'both' } }
const LATENCY_MILLIS = 40

const open: RTCPeerConnection[] = []

afterEach(() => {
  for (const connection of open.splice(0)) connection.close()
})

function connectionOn(io: Io, configuration?: RTCConfiguration): RTCPeerConnection {
  const connection = withIo(io, () => new RTCPeerConnection(configuration))
  open.push(connection)
  return connection
}

/** A network that lets no datagram through. */
function withoutUdp(): VirtualNetwork {
  return new VirtualNetwork({ seed: 5, link: { latencyMillis: LATENCY_MILLIS, lossRatio: 1 } })
}

/** The answerer sends back what it hears; yields what the offerer did. */
function echoing(offerer: RTCPeerConnection, answerer: RTCPeerConnection) {
  const heard: string[] = []
  answerer.ondatachannel = ({ channel }) => {
    channel.onmessage = ({ data }) => channel.send(String(data))
  }
  const channel = offerer.createDataChannel('echo')
  channel.onmessage = ({ data }) => heard.push(String(data))
  return { channel, heard }
}

function selectedOf(connection: RTCPeerConnection): string[] {
  const { local, remote } = connection.sctp!.transport.iceTransport.getSelectedCandidatePair()!
  return [local, remote].map(({ protocol, tcpType, type }) => `${protocol} ${tcpType} ${type}`)
}

function candidatesOf(connection: RTCPeerConnection): string[] {
  return [...connection.localDescription!.sdp.matchAll(/^a=candidate:\S+ 1 (.*) ufrag/gm)].map(([, text]) =>
    text!.replace(/ \d{9,} /, ' '),
  )
}

async function connected(configurations: { alice?: RTCConfiguration; bob?: RTCConfiguration } = { bob: LISTENS }) {
  const network = withoutUdp()
  const [aliceIo, bobIo] = [network.host({ addresses: [ALICE] }), network.host({ addresses: [BOB] })]
  const alice = connectionOn(aliceIo, configurations.alice)
  const bob = connectionOn(bobIo, configurations.bob)
  const { channel, heard } = echoing(alice, bob)
  await negotiate(alice, bob)
  const isSelected = ({ sctp }: RTCPeerConnection): boolean =>
    sctp!.transport.iceTransport.getSelectedCandidatePair() !== null
  await network.run({ until: () => channel.readyState === 'open' && isSelected(alice) && isSelected(bob) })
  return { network, aliceIo, bobIo, alice, bob, channel, heard }
}

describe('ICE over TCP (RFC 6544)', () => {
  test('candidates: active always, as browsers; passive where asked for; none where not wanted', async () => {
    const network = new VirtualNetwork()
    const told = async (configuration?: RTCConfiguration): Promise<string[]> => {
      const connection = connectionOn(network.host({ addresses: [ALICE] }), configuration)
      connection.createDataChannel('x')
      await connection.setLocalDescription()
      await network.run({ until: () => connection.iceGatheringState === 'complete' })
      return candidatesOf(connection).map((text) => text.replace(/ (49|5|6)\d+ typ/, ' P typ'))
    }
    const udp = `udp ${ALICE} P typ host`
    const active = `tcp ${ALICE} 9 typ host tcptype active`
    expect(await told()).toEqual([udp, active])
    expect(await told({ tincan: { iceTcp: 'none' } })).toEqual([udp])
    expect(await told(LISTENS)).toEqual([udp, active, `tcp ${ALICE} P typ host tcptype passive`])
    const ranged = await told({ tincan: { iceTcp: 'both', portRange: { min: 4000, max: 4001 } } })
    expect(ranged[2]).toMatch(/ 400[01] typ host tcptype passive/)
    expect(await told({ ...LISTENS, iceTransportPolicy: 'relay' })).toEqual([])
  })

  test.each([
    ['the answerer listens', { bob: LISTENS }, 'active', 'passive'],
    ['the offerer listens', { alice: LISTENS }, 'passive', 'active'],
  ])('no datagram gets through, and %s: connected', async (_name, configurations, ofAlice, ofBob) => {
    const { network, alice, bob, channel, heard } = await connected(configurations)
    const [fromAlice, fromBob] = [selectedOf(alice), selectedOf(bob)]
    expect(fromAlice[0]).toBe(`tcp ${ofAlice} host`)
    expect(fromBob[0]).toBe(`tcp ${ofBob} host`)
    // Where a connection comes from nobody could signal before.
    expect([fromAlice[1], fromBob[1]]).toContain('tcp active prflx')
    const words = Array.from({ length: 200 }, (_, i) => `${i} `.repeat(1000))
    for (const word of words) channel.send(word)
    await network.run({ until: () => heard.length === words.length })
    expect(heard).toEqual(words)
    // Consent is asked for over it (RFC 7675), and given.
    await network.runFor(60_000)
    expect(alice.iceConnectionState).toMatch(/^(connected|completed)$/)
  })

  test('where datagrams get through they are taken, and no connection is left', async () => {
    const network = new VirtualNetwork({ link: { latencyMillis: LATENCY_MILLIS } })
    const [aliceIo, bobIo] = [network.host({ addresses: [ALICE] }), network.host({ addresses: [BOB] })]
    const [alice, bob] = [connectionOn(aliceIo, LISTENS), connectionOn(bobIo, LISTENS)]
    const { channel } = echoing(alice, bob)
    await negotiate(alice, bob)
    await network.run({ until: () => channel.readyState === 'open' })
    expect(selectedOf(alice)[0]).toBe('udp null host')
    await network.runFor(5000)
    // One for datagrams and one that listens.
    expect([aliceIo.held.sockets, bobIo.held.sockets]).toEqual([2, 2])
  })

  test('a connection that is lost is made anew, and nothing with it is lost', async () => {
    const { network, bobIo, alice, channel, heard } = await connected()
    const states: string[] = []
    alice.oniceconnectionstatechange = () => states.push(alice.iceConnectionState)
    for (let i = 0; i < 50; i++) channel.send(`${i} `.repeat(2000))
    await network.run({ until: () => heard.length > 5 })
    bobIo.resetStreams()
    await network.run({ until: () => heard.length === 50 })
    expect(heard.map((word) => Number(word.split(' ')[0]))).toEqual(heard.map((_, i) => i))
    expect(states).toEqual(['disconnected', 'completed'])
  })

  test('a connection that is lost at any moment before is made anew too', async () => {
    for (let moment = 5; moment < 800; moment += 41) {
      const network = withoutUdp()
      const bobIo = network.host({ addresses: [BOB] })
      const alice = connectionOn(network.host({ addresses: [ALICE] }))
      const bob = connectionOn(bobIo, LISTENS)
      const { channel, heard } = echoing(alice, bob)
      channel.onopen = () => channel.send('here')
      await negotiate(alice, bob)
      await network.runFor(moment)
      bobIo.resetStreams()
      await network.run({ until: () => heard.length === 1 })
      alice.close()
      bob.close()
    }
  })

  test('a connection that is lost for good fails the pair and then the connection', async () => {
    const { network, bobIo, alice } = await connected()
    bobIo.unplug(BOB)
    bobIo.resetStreams()
    await network.run({ until: () => alice.iceConnectionState === 'failed' })
    expect(alice.connectionState).toBe('failed')
  })

  test('ICE restarts over TCP', async () => {
    const { network, alice, bob, channel, heard } = await connected()
    const before = alice.localDescription!.sdp
    alice.restartIce()
    await negotiate(alice, bob)
    channel.send('after')
    await network.run({ until: () => heard.length === 1 })
    await network.runFor(5000)
    expect(alice.localDescription!.sdp).not.toBe(before)
    expect(selectedOf(alice)).toEqual(['tcp active host', 'tcp passive host'])
    expect(alice.iceConnectionState).toMatch(/^(connected|completed)$/)
  })

  test('closing gives everything back, at any moment', async () => {
    for (let moment = 0; moment < 500; moment += 37) {
      const network = withoutUdp()
      const [aliceIo, bobIo] = [network.host({ addresses: [ALICE] }), network.host({ addresses: [BOB] })]
      const [alice, bob] = [connectionOn(aliceIo), connectionOn(bobIo, LISTENS)]
      echoing(alice, bob)
      await negotiate(alice, bob)
      await network.runFor(moment)
      alice.close()
      bob.close()
      await network.runFor(1000)
      expect([aliceIo.held, bobIo.held], `after ${moment} ms`).toEqual([
        { sockets: 0, timers: 0 },
        { sockets: 0, timers: 0 },
      ])
      expect(resourcesOf(bob)).toMatchObject({ sockets: 0, timers: 0 })
    }
  })
})

describe('SECURITY: who connects is not the peer before an authentic check says so', () => {
  interface Knock {
    readonly stream: StreamSocket
    readonly received: Uint8Array[]
    isClosed: boolean
  }

  function knock(io: VirtualIo, port: number): Knock {
    const received: Uint8Array[] = []
    const handlers: StreamHandlers = {
      opened: () => {},
      received: (data) => received.push(data),
      closed: () => (made.isClosed = true),
    }
    const stream = io.connectStream({ address: BOB, port }, handlers)
    const made: Knock = { stream, received, isClosed: false }
    return made
  }

  async function listening() {
    const network = withoutUdp()
    const bobIo = network.host({ addresses: [BOB] })
    const bob = connectionOn(bobIo, LISTENS)
    const alice = connectionOn(network.host({ addresses: [ALICE] }))
    const { channel } = echoing(alice, bob)
    const mallory = network.host({ addresses: [MALLORY] })
    let port = 0
    bob.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.tcpType === 'passive') port = candidate.port!
    })
    await negotiate(alice, bob, () => port < 0)
    await network.run({ until: () => port > 0 })
    const connect = async (): Promise<void> => {
      await alice.addIceCandidate({
        candidate: `candidate:1 1 tcp 5 ${BOB} ${port} typ host tcptype passive`,
        sdpMid: '0',
      })
      await network.run({ until: () => channel.readyState === 'open' })
    }
    return { network, bob, bobIo, mallory, port, connect }
  }

  test('silence and slow beginnings end after ten seconds, and are few', async () => {
    const { network, mallory, port, bobIo, connect } = await listening()
    const knocks = Array.from({ length: 40 }, () => knock(mallory, port))
    await network.runFor(1000)
    expect(knocks.filter(({ isClosed }) => !isClosed)).toHaveLength(4)
    for (const { stream } of knocks) stream.send(Uint8Array.of(0xff, 0xff, 0), false)
    await connect()
    await network.runFor(15_000)
    expect(knocks.filter(({ isClosed }) => !isClosed)).toHaveLength(0)
    expect(knocks.flatMap(({ received }) => received)).toEqual([])
    // Datagrams, what listens, and (not counted by this end of it) the connection of the peer.
    expect(bobIo.held.sockets).toBe(2)
  })

  test('of strangers from everywhere sixteen are waited for', async () => {
    const { network, port } = await listening()
    const addresses = Array.from({ length: 10 }, (_, i) => `203.0.113.${i + 1}`)
    const knocks = addresses.flatMap((address) => {
      const io = network.host({ addresses: [address] })
      return Array.from({ length: 4 }, () => knock(io, port))
    })
    await network.runFor(1000)
    expect(knocks.filter(({ isClosed }) => !isClosed)).toHaveLength(16)
    await network.runFor(15_000)
    expect(knocks.filter(({ isClosed }) => !isClosed)).toHaveLength(0)
  })

  test.each([
    ['what is no STUN', Uint8Array.of(0, 3, 22, 254, 253)],
    ['another protocol', new TextEncoder().encode('GET / HTTP/1.1\r\nHost: example.com\r\n\r\n'.repeat(800))],
  ])('%s ends it at once, without an answer', async (_name, data) => {
    const { network, mallory, port, connect } = await listening()
    const made = knock(mallory, port)
    await network.runFor(500)
    made.stream.send(data, true)
    await network.runFor(500)
    expect(made.isClosed).toBe(true)
    expect(made.received).toEqual([])
    await connect()
  })

  test('a check that is not authentic is refused, and proves nothing', async () => {
    const { network, mallory, port } = await listening()
    const made = knock(mallory, port)
    await network.runFor(500)
    const binding = new Uint8Array(22)
    binding.set([0, 20, 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42])
    made.stream.send(binding, true)
    await network.runFor(11_000)
    expect(made.isClosed).toBe(true)
  })

  test('a peer that names a thousand places to connect to: few are tried, and none of well-known services', async () => {
    const network = withoutUdp()
    const io = network.host({ addresses: [ALICE] })
    const tried: string[] = []
    let open = 0
    let most = 0
    // A network that swallows what is sent, as many firewalls do: nothing is opened, and nothing refused.
    const alice = connectionOn({
      ...bound(io),
      connectStream: ({ address, port }) => {
        tried.push(`${address} ${port}`)
        most = Math.max(most, ++open)
        const close = async (): Promise<void> => {
          open--
          await Promise.resolve()
        }
        return { send: () => false, close, unref: () => {} }
      },
    })
    const bob = connectionOn(network.host({ addresses: [BOB] }))
    echoing(alice, bob)
    await negotiate(alice, bob, () => false)
    const place = (i: number): string =>
      `candidate:${i} 1 tcp ${i + 1} 10.0.${i >> 8}.${i & 255} ${i % 2 === 0 ? 22 : 8080} typ host tcptype passive`
    for (let i = 0; i < 1000; i++) await alice.addIceCandidate({ candidate: place(i), sdpMid: '0' })
    await network.runFor(20_000)
    expect(tried.length).toBeGreaterThan(0)
    expect(tried.length).toBeLessThanOrEqual(100)
    expect(most).toBe(32)
    expect(tried.filter((one) => one.endsWith(' 22'))).toEqual([])
  })

  function bound(io: VirtualIo): Io {
    const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(io) as object) as (keyof VirtualIo)[]
    const entries = methods.flatMap((name) => {
      const value: unknown = name === 'held' ? undefined : io[name]
      return typeof value === 'function' ? [[name, (value as (...args: unknown[]) => unknown).bind(io)]] : []
    })
    return Object.fromEntries(entries)
  }
})

test('on a real machine: what only TCP candidates tell is reached over TCP', async () => {
  const alice = connectionOn(nodeIo, { tincan: { addresses: { only: ['127.0.0.1'] } } })
  const bob = connectionOn(nodeIo, { tincan: { addresses: { only: ['127.0.0.1'] }, iceTcp: 'both' } })
  const { channel, heard } = echoing(alice, bob)
  const opened = new Promise((resolve) => (channel.onopen = resolve))
  await negotiate(alice, bob, (candidate) => !candidate.includes(' udp '))
  // Descriptions that were taken early hold no candidates.
  await opened
  expect(selectedOf(alice)).toEqual(['tcp active host', 'tcp passive host'])
  const sent = 'x'.repeat(200_000)
  const answered = new Promise((resolve) => channel.addEventListener('message', resolve))
  channel.send(sent)
  await answered
  expect(heard).toEqual([sent])
  alice.close()
  bob.close()
})
