import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteWriter } from '../core/index.js'
import { nodeCrypto } from '../crypto/node.js'
import { VirtualNetwork } from '../ice/virtual-network.test-support.js'
import { METHOD_BINDING, NONCE, parseStunMessage, REALM, StunMessageBuilder } from '../stun/index.js'
import { LONG_TERM, REQUEST_LONG_TERM } from '../stun/rfc5769.test-support.js'
import {
  ADDITIONAL_ADDRESS_FAMILY,
  ADDRESS_ERROR_CODE,
  ALTERNATE_DOMAIN,
  METHOD_ALLOCATE,
  METHOD_DATA,
  TURN_ATTRIBUTES,
} from './attributes.js'
import { buildChannelData, parseChannelData } from './channel-data.js'
import { LongTermCredentials } from './credentials.js'
import { StreamFrames } from './stream-frames.js'
import { addTurnServer, CLIENT, PEER, scene, SERVER, TurnHost } from './turn-network.test-support.js'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength })

test('RFC 5769 §2.4: signed as the vector is', () => {
  const credentials = new LongTermCredentials(nodeCrypto, LONG_TERM.username, LONG_TERM.password)
  const challenge = new StunMessageBuilder('error', METHOD_BINDING, new Uint8Array(12))
  const { realm, nonce } = LONG_TERM
  expect(credentials.take(parseStunMessage(challenge.add(REALM, realm).add(NONCE, nonce).finish())!)).toBe(true)
  const { transactionId } = parseStunMessage(REQUEST_LONG_TERM)!
  const builder = new StunMessageBuilder('request', METHOD_BINDING, transactionId)
  credentials.sign(builder)
  // The vector has the nonce before the realm, which changes the tag: the same attributes with the same values otherwise.
  const ours = parseStunMessage(builder.finish())!.attributes
  const theirs = parseStunMessage(REQUEST_LONG_TERM)!.attributes
  const values = (list: typeof ours) => new Map(list.slice(0, 3).map(({ type, value }) => [type, value.join(' ')]))
  expect(values(ours)).toEqual(values(theirs))
  expect(credentials.current!.key).toEqual(
    nodeCrypto.hash('md5', new TextEncoder().encode(`${LONG_TERM.username}:${realm}:${LONG_TERM.password}`)),
  )
})

describe('attributes', () => {
  test.each([...TURN_ATTRIBUTES, ADDITIONAL_ADDRESS_FAMILY, ADDRESS_ERROR_CODE, ALTERNATE_DOMAIN])(
    '$name takes any bytes, and what it takes it writes again',
    (codec) => {
      fc.assert(
        fc.property(bytes(300), bytes(12), (value, id) => {
          const transactionId = new Uint8Array(12)
          transactionId.set(id)
          const parsed = codec.parse(value, transactionId)
          if (parsed === undefined) return
          const writer = new ByteWriter()
          const write = codec.write as (writer: ByteWriter, value: unknown, id: Uint8Array) => void
          write(writer, parsed, transactionId)
          expect(codec.parse(writer.finish().slice(), transactionId)).toEqual(parsed)
        }),
      )
    },
  )
})

describe('ChannelData', () => {
  test('is written and read, with and without padding', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0x4000, max: 0x4fff }), bytes(2000), fc.boolean(), (channel, data, isPadded) => {
        const built = buildChannelData(channel, data, isPadded)
        if (isPadded) expect(built.length % 4).toBe(0)
        expect(parseChannelData(built)).toEqual({ channel, data })
      }),
    )
  })

  test('cut short it is nothing', () => {
    const built = buildChannelData(0x4000, new Uint8Array(10), false)
    for (let length = 0; length < built.length; length++)
      expect(parseChannelData(built.subarray(0, length))).toBeUndefined()
  })
})

describe('frames of a stream', () => {
  const stun = new StunMessageBuilder('indication', METHOD_BINDING, new Uint8Array(12)).fingerprint().finish()

  test('come out whole, however the stream was cut', () => {
    const frame = fc.oneof(
      bytes(1500).map((data) => buildChannelData(0x4001, data, true)),
      fc.constant(stun),
    )
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 20 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 700 })),
        (sent, cuts) => {
          const whole = Uint8Array.from(sent.flatMap((one) => [...one]))
          const frames = new StreamFrames()
          const got: Uint8Array[] = []
          const memory = new Uint8Array(700)
          for (let at = 0; at < whole.length;) {
            const length = Math.min(cuts.next().value, whole.length - at)
            // The memory of the driver, which it uses again.
            memory.set(whole.subarray(at, at + length))
            got.push(...frames.push(memory.subarray(0, length))!.map((one) => one.slice()))
            at += length
          }
          expect(got).toEqual(sent)
        },
      ),
    )
  })

  test('SECURITY 17: what is neither ends it', () => {
    expect(new StreamFrames().push(Uint8Array.of(0x80, 0, 0, 0))).toBeUndefined()
    expect(new StreamFrames().push(Uint8Array.of(0x50, 0, 0, 0))).toBeUndefined()
    expect(new StreamFrames().push(Uint8Array.of(0, 1, 0, 3))).toBeUndefined()
    const frames = new StreamFrames()
    expect(frames.push(Uint8Array.of(...stun, 0xff))).toHaveLength(1)
    expect(frames.push(Uint8Array.of(0, 0, 0))).toBeUndefined()
  })
})

describe('SECURITY 16: hostile bytes', () => {
  test('none of them makes the client throw, grow or change its state', () => {
    const { network, host } = scene()
    host.agent.start()
    network.runFor(100)
    const turnLike = fc
      .tuple(
        fc.constantFrom<number>(METHOD_ALLOCATE, METHOD_DATA, 4, 8, 9),
        fc.constantFrom('success', 'error', 'indication'),
        bytes(100),
      )
      .map(([method, kind, tail]) => {
        const built = new StunMessageBuilder(kind, method, new Uint8Array(12)).finish()
        const message = Uint8Array.of(...built, ...tail.subarray(0, tail.length & ~3))
        message[2] = (message.length - 20) >> 8
        message[3] = (message.length - 20) & 0xff
        return message
      })
    const channelLike = bytes(60).map((tail) => Uint8Array.of(0x40, ...tail))
    fc.assert(
      fc.property(fc.oneof(bytes(200), turnLike, channelLike), (data) => {
        host.deliver(data)
        expect(host.agent.state).toBe('allocated')
      }),
      { numRuns: 1000 },
    )
    expect(host.received).toEqual([])
    network.runFor(1)
    expect(host.types).toEqual(['allocated'])
  })

  test('responses that were changed on the way, or made by somebody else, are not taken', () => {
    const { network, host } = scene()
    const received: Uint8Array[] = []
    network.passes = ({ from, data }) => {
      if (from.address !== SERVER.address || parseStunMessage(data)?.class !== 'success') return true
      received.push(data)
      return false
    }
    host.agent.start()
    network.runFor(100)
    const [success] = received
    for (let at = 20; at < success!.length; at++) {
      const changed = success!.slice()
      changed[at] = changed[at]! ^ 1
      host.deliver(changed)
      expect(host.agent.state).toBe('allocating')
    }
    // With another transaction id; then without integrity.
    const other = success!.slice()
    other[8] = other[8]! ^ 1
    host.deliver(other)
    const bare = success!.slice(0, success!.length - 24)
    bare[3] = bare.length - 20
    host.deliver(bare)
    expect(host.agent.state).toBe('allocating')
    expect(host.agent.counters['responsesUnknown']).toBe(1)
    expect(host.agent.counters['responsesUnauthenticated']).toBeGreaterThan(0)
    host.deliver(success!)
    expect(host.agent.state).toBe('allocated')
  })

  test('data of peers that we did not allow is dropped', () => {
    const { network, server, host } = scene()
    host.agent.start()
    network.runFor(100)
    const [allocation] = server.allocations
    allocation!.permissions.set(PEER.address, Infinity)
    network.send({ from: PEER, to: host.relayed[0]!, data: new Uint8Array(5) })
    network.runFor(100)
    expect(host.received).toEqual([])
    expect(host.agent.counters).toEqual({ dataUnpermitted: 1 })
  })

  test('a thousand peers: bounded permissions, channels and packets that wait', () => {
    const { network, server, host } = scene()
    server.permits = () => true
    host.agent.start()
    network.runFor(100)
    network.passes = ({ from }) => from.address === CLIENT.address
    for (let i = 0; i < 1000; i++) {
      const peer = { address: `203.0.${i >> 8}.${i & 255}`, port: 1000 }
      host.send(peer, 'x')
      host.agent.bindChannel(network.now, peer)
    }
    network.runFor(100)
    expect(host.agent.counters).toEqual({ sendsRefused: 1000 - 64, channelsRefused: 1000 - 32 })
    expect(server.requests).toHaveLength(2 + 128 + 32)
  })

  test.each(['0.0.0.0', '224.0.0.1'])('a server that relays at %s relays nothing', (address) => {
    const network = new VirtualNetwork()
    addTurnServer(network, SERVER, { relayAddresses: { IPv4: address } })
    const host = new TurnHost(network)
    host.agent.start()
    network.runFor(100)
    expect(host.events).toMatchObject([{ type: 'failed', code: 701 }])
  })

  test('a server that grants no time, at first or later', () => {
    const { network, server, host } = scene()
    host.agent.start()
    network.runFor(100)
    server.maxLifetimeSeconds = 1
    network.runFor(541_000)
    expect(host.events.slice(1)).toMatchObject([{ type: 'failed', code: 437 }])
    const another = new TurnHost(network, {}, { ...CLIENT, port: 5001 })
    another.agent.start()
    network.runFor(100)
    expect(another.events).toMatchObject([{ type: 'failed', code: 701 }])
  })
})
