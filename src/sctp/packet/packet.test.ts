import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeAbort } from './chunk/abort.js'
import { parseData, putDataHeader } from './chunk/data.js'
import { encodeForwardTsn, parseForwardTsn } from './chunk/forward-tsn.js'
import { parseIData, putIDataHeader } from './chunk/i-data.js'
import { encodeIForwardTsn, parseIForwardTsn } from './chunk/i-forward-tsn.js'
import { encodeHeartbeat, parseHeartbeatInfo } from './chunk/heartbeat.js'
import { encodeInit, parseInit } from './chunk/init.js'
import { encodeReconfig, parseReconfig } from './chunk/reconfig.js'
import { parseSack, putSack, sackLength } from './chunk/sack.js'
import { encodeShutdown, parseShutdown } from './chunk/shutdown.js'
import { ChunkWalker } from './chunk-walker.js'
import { CHUNK_INIT } from './chunk-type.js'
import { checksumMatches, crc32c, putChecksum } from './crc32c.js'
import { causeWithText, describeCause, encodeErrorCauses, parseErrorCauses } from './error-cause.js'
import { PacketBuilder } from './packet-builder.js'
import type { ReconfigParameter } from './reconfig-parameter.js'
import { eachTlv } from './tlv.js'
import { TsnSpace } from './tsn-space.js'

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(/\s/g, '').match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

/** The chunk as it lies in a packet. */
function walked(chunk: Uint8Array): ChunkWalker {
  const packet = new Uint8Array(12 + chunk.length)
  packet.set(chunk, 12)
  const walker = new ChunkWalker(packet)
  expect(walker.next()).toBe(true)
  return walker
}

const uint32 = fc.nat(0xffffffff)
const uint16 = fc.nat(0xffff)

describe('CRC32c', () => {
  // RFC 3720 B.4. The RFC prints the CRC in the order of transmission, that is byte-reversed.
  test.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['incrementing', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['decrementing', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ['"123456789"', Uint8Array.from('123456789', (c) => c.charCodeAt(0)), 0xe3069283],
  ])('%s', (_, data, expected) => {
    expect(crc32c(data)).toBe(expected)
  })

  test('any flipped bit is found, at every length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 80 }), fc.nat(), (packet, where) => {
        putChecksum(packet)
        expect(checksumMatches(packet)).toBe(true)
        const bit = where % (packet.length * 8)
        packet[bit >> 3]! ^= 1 << (bit & 7)
        expect(checksumMatches(packet)).toBe(false)
      }),
    )
  })
})

describe('layouts by hand from the RFCs', () => {
  test('DATA (RFC 9260 §3.3.1)', () => {
    const walker = walked(bytes('00 07 0013 00000005 0001 0002 00000035 616263 00'))
    expect(parseData(walker.packet, walker.flags, walker.bodyStart, walker.end)).toEqual({
      flags: 7,
      tsn: 5,
      streamId: 1,
      sequence: 2,
      ppid: 53,
      fsn: 0,
      packet: walker.packet,
      payloadAt: 28,
      payloadEnd: 31,
    })
    const written = new Uint8Array(16)
    putDataHeader(written, 0, 7, 3, 5, 1, 2, 53)
    expect(written).toEqual(bytes('00 07 0013 00000005 0001 0002 00000035'))
  })

  test('SACK (RFC 9260 §3.3.4)', () => {
    const chunk = bytes('03 00 001c 0000000c 00001234 0002 0001 0002 0003 0005 0005 0000000a')
    // Two blocks and one duplicate take 12 bytes: 16 + 12 = 28 = 0x1c.
    const walker = walked(chunk)
    const sack = parseSack(walker.packet, walker.bodyStart, walker.end)!
    expect(sack).toEqual({
      cumulativeTsnAck: 12,
      advertisedWindowBytes: 0x1234,
      gapOffsets: [2, 3, 5, 5],
      duplicateTsns: [10],
    })
    const written = new Uint8Array(sackLength(sack))
    putSack(written, 0, sack)
    expect(written).toEqual(chunk)
  })

  test('FORWARD-TSN (RFC 3758 §3.2)', () => {
    const chunk = bytes('c0 00 0010 00000007 0001 0002 0003 0004')
    const skipped = [
      { streamId: 1, ordered: true, sequence: 2 },
      { streamId: 3, ordered: true, sequence: 4 },
    ]
    expect(encodeForwardTsn({ newCumulativeTsn: 7, skipped })).toEqual(chunk)
    expect(parseForwardTsn(chunk.subarray(4))).toEqual({ newCumulativeTsn: 7, skipped })
  })

  test('I-FORWARD-TSN (RFC 8260 §2.3.1)', () => {
    const chunk = bytes('c2 00 0018 00000007 0001 0000 00010002 0003 0001 00000004')
    const skipped = [
      { streamId: 1, ordered: true, sequence: 65_538 },
      { streamId: 3, ordered: false, sequence: 4 },
    ]
    expect(encodeIForwardTsn({ newCumulativeTsn: 7, skipped })).toEqual(chunk)
    expect(parseIForwardTsn(chunk.subarray(4))).toEqual({ newCumulativeTsn: 7, skipped })
    for (const length of [0, 3, 5, 8, 11]) expect(parseIForwardTsn(chunk.subarray(4, 4 + length))).toBeUndefined()
  })

  test('I-DATA (RFC 8260 §2.1): the first fragment has the PPID where the others have their number', () => {
    for (const [flags, last, more] of [
      ['06', '00000033', { ppid: 51, fsn: 0 }],
      ['05', '00010002', { ppid: 0, fsn: 65_538 }],
    ] as const) {
      const chunk = bytes(`40 ${flags} 0017 00000009 0005 0000 00000102 ${last} 010203 00`)
      const parsed = parseIData(chunk, chunk[1]!, 4, 23)!
      expect(parsed).toMatchObject({ tsn: 9, streamId: 5, sequence: 258, payloadAt: 20, payloadEnd: 23, ...more })
      const written = new Uint8Array(24)
      putIDataHeader(written, 0, chunk[1]!, 3, 9, 5, 258, more.ppid + more.fsn)
      written.set(chunk.subarray(parsed.payloadAt, parsed.payloadEnd), 20)
      expect(written).toEqual(chunk)
    }
    expect(parseIData(new Uint8Array(40), 0, 4, 19)).toBeUndefined()
  })

  test('Outgoing SSN Reset Request (RFC 6525 §4.1) with padding', () => {
    const parameter = {
      type: 'outgoingReset',
      requestSequence: 1,
      responseSequence: 2,
      lastAssignedTsn: 3,
      streamIds: [9],
    } as const
    const chunk = bytes('82 00 0018 000d 0012 00000001 00000002 00000003 0009 0000')
    expect(encodeReconfig(parameter)).toEqual(chunk)
    expect(parseReconfig(chunk.subarray(4))).toEqual([parameter])
  })

  test('ABORT with User-Initiated Abort (RFC 9260 §3.3.10.12)', () => {
    expect(encodeAbort([causeWithText(12, 'bye')], false)).toEqual(bytes('06 00 000c 000c 0007 627965 00'))
  })

  test('SHUTDOWN and HEARTBEAT', () => {
    expect(encodeShutdown(0x01020304)).toEqual(bytes('07 00 0008 01020304'))
    expect(parseShutdown(bytes('01020304'))).toBe(0x01020304)
    expect(parseShutdown(bytes('010203'))).toBeUndefined()
    expect(encodeHeartbeat(bytes('aabb'))).toEqual(bytes('04 00 000c 0001 0006 aabb 0000'))
    expect(parseHeartbeatInfo(bytes('0001 0006 aabb 0000'))).toEqual(bytes('aabb'))
    expect(parseHeartbeatInfo(bytes('0002 0004'))).toBeUndefined()
  })
})

describe('round trips', () => {
  test('INIT', () => {
    const init = fc.record({
      initiateTag: uint32,
      advertisedWindowBytes: uint32,
      outboundStreams: uint16,
      inboundStreams: uint16,
      initialTsn: uint32,
      parameters: fc.record({
        cookie: fc.uint8Array({ minLength: 1, maxLength: 40 }),
        forwardTsn: fc.boolean(),
        reconfig: fc.boolean(),
        interleaving: fc.boolean(),
        zeroChecksum: fc.boolean(),
        unrecognized: fc.constant([]),
        hostName: fc.constant(undefined),
      }),
    })
    fc.assert(
      fc.property(init, (value) => {
        expect(parseInit(walked(encodeInit(CHUNK_INIT, value)).body)).toEqual(value)
      }),
    )
  })

  test('RE-CONFIG parameters of every length end, however short', () => {
    for (let type = 13; type <= 18; type++) {
      for (let length = 4; length <= 40; length++) {
        const body = new Uint8Array((length + 3) & ~3)
        body.set([0, type, 0, length])
        const parsed = parseReconfig(body)
        if (length < 8) expect(parsed).toBeUndefined()
        if (type === 13) expect(parsed === undefined).toBe(length < 16)
      }
    }
  })

  test('RE-CONFIG', () => {
    const streamIds = fc.array(uint16, { maxLength: 20 })
    const parameter: fc.Arbitrary<ReconfigParameter> = fc.oneof(
      fc.record({
        type: fc.constant('outgoingReset' as const),
        requestSequence: uint32,
        responseSequence: uint32,
        lastAssignedTsn: uint32,
        streamIds,
      }),
      fc.record({ type: fc.constant('incomingReset' as const), requestSequence: uint32, streamIds }),
      fc.record({ type: fc.constant('ssnTsnReset' as const), requestSequence: uint32 }),
      fc.record({ type: fc.constant('response' as const), responseSequence: uint32, result: uint32 }),
      fc.record({
        type: fc.constantFrom('addOutgoing' as const, 'addIncoming' as const),
        requestSequence: uint32,
        newStreams: uint16,
      }),
    )
    fc.assert(
      fc.property(fc.array(parameter, { minLength: 1, maxLength: 2 }), (parameters) => {
        expect(parseReconfig(walked(encodeReconfig(...parameters)).body)).toEqual(parameters)
      }),
    )
  })

  test('error causes; reasons are cut to what an ABORT can carry', () => {
    const causes = [causeWithText(12, 'x'), { code: 77, information: bytes('0102030405') }]
    expect(parseErrorCauses(encodeErrorCauses(causes))).toEqual(causes)
    expect(causeWithText(12, '\u{1F600}'.repeat(100_000)).information.length).toBeLessThanOrEqual(512)
    expect(describeCause(causes[0]!)).toBe('User-Initiated Abort: x')
    expect(describeCause(causes[1]!)).toBe('cause 77')
  })

  test('TSNs unwrap to the nearest', () => {
    fc.assert(
      fc.property(uint32, fc.nat(2 ** 40), fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }), (first, at, step) => {
        const space = new TsnSpace(first)
        expect(space.toWire(1)).toBe(first)
        expect(space.fromWire(space.toWire(at + step), at)).toBe(at + step)
      }),
    )
  })
})

describe('hostile bytes', () => {
  test('lengths below four, and beyond the end, end the walk', () => {
    const walker = new ChunkWalker(bytes('00'.repeat(12) + '05 00 0000'))
    expect(walker.next()).toBe(false)
    expect(walker.malformed).toBe(true)
    expect(new ChunkWalker(bytes('00'.repeat(12) + '05 00 0008 0000')).next()).toBe(false)
    expect(new ChunkWalker(bytes('00'.repeat(12) + '05 00')).next()).toBe(false)
    expect([...eachTlv(bytes('0001 0000'))]).toEqual([undefined])
    expect([...eachTlv(bytes('0001 0003 00'))]).toEqual([undefined])
    expect([...eachTlv(bytes('0001 0009 00'))]).toEqual([undefined])
  })

  test('a SACK that claims more blocks than there are is none', () => {
    const walker = walked(bytes('03 00 0010 0000000c 00001234 ffff ffff'))
    expect(parseSack(walker.packet, walker.bodyStart, walker.end)).toBeUndefined()
  })

  test('garbage parses to something or to nothing, and never throws', () => {
    const parsers = [parseInit, parseForwardTsn, parseReconfig, parseErrorCauses, parseShutdown, parseHeartbeatInfo]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        for (const parse of parsers) parse(garbage)
        parseData(garbage, 0, 0, garbage.length)
        parseSack(garbage, 0, garbage.length)
        const walker = new ChunkWalker(garbage)
        let chunks = 0
        while (walker.next()) chunks++
        expect(chunks).toBeLessThanOrEqual(garbage.length / 4)
      }),
      { numRuns: 2000 },
    )
  })
})

test('packets never exceed the MTU, and touch nothing beside their place', () => {
  const builder = new PacketBuilder(1, 2, 101)
  const memory = new Uint8Array(300).fill(0xff)
  builder.start(7, memory, 50)
  builder.append(new Uint8Array(builder.maxChunkLength - 1).fill(3))
  expect(builder.room).toBe(0)
  expect(builder.finish(true)).toBe(100)
  expect(memory.subarray(0, 50).every((byte) => byte === 0xff)).toBe(true)
  expect(memory.subarray(150).every((byte) => byte === 0xff)).toBe(true)
  expect(new Set(memory.subarray(62, 149))).toEqual(new Set([3]))
  expect(memory[149]).toBe(0) // padding, whatever was there before
})
