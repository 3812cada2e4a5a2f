import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBase64 } from '../core/index.js'
import { SctpAssociation } from './association.js'
import { seededCrypto } from './association.test-support.js'
import { isExchangeableInit, MAX_EXCHANGED_INIT_BYTES, newExchangeableInit } from './exchanged-inits.js'
import { initiateTagOf, readExchangedInits } from './exchanged-inits.js'
import type { SctpOptions } from './types.js'

// draft-hancke-tsvwg-snap-00, "Example negotiation"; their last parameter is not padded.
const OFFERED = decodeBase64('AQAAHols3R0AUAAA/////+B5ZR3AAAAEgAgABoLA')!
const ANSWERED = decodeBase64('AQAAHl+zdHQAUAAA/////6Gq3HTAAAAEgAgABoLA')!

const OPTIONS: SctpOptions = {
  crypto: seededCrypto(1),
  localPort: 5000,
  remotePort: 5000,
  maxMessageSizeBytes: 1000,
  zeroChecksum: true,
}

/** The example with some bytes of it changed. */
function changed(at: number, ...bytes: readonly number[]): Uint8Array {
  const copy = OFFERED.slice()
  copy.set(bytes, at)
  return copy
}

describe('INIT chunks in descriptions', () => {
  test('the example of the draft', () => {
    expect(readExchangedInits(OFFERED, ANSWERED)).toEqual({
      localTag: 0x896cdd1d,
      localInitialTsn: 0xe079651d,
      peer: {
        verificationTag: 0x5fb37474,
        initialTsn: 0xa1aadc74,
        windowBytes: 0x500000,
        outboundStreams: 65535,
        inboundStreams: 65535,
        forwardTsn: true,
        reconfig: true,
        interleaving: false,
        zeroChecksum: false,
      },
    })
  })

  test('ours tells what the INIT of a packet would, and is another one each time', () => {
    const [first, second] = [newExchangeableInit(OPTIONS), newExchangeableInit({ ...OPTIONS, maxStreams: 7 })]
    expect(readExchangedInits(first, second)).toMatchObject({
      localTag: initiateTagOf(first),
      peer: {
        outboundStreams: 7,
        inboundStreams: 7,
        forwardTsn: true,
        reconfig: true,
        interleaving: true,
        zeroChecksum: true,
      },
    })
    expect(initiateTagOf(first)).not.toBe(initiateTagOf(second))
  })

  test('our own, sent back, is none of the peer', () => {
    expect(readExchangedInits(OFFERED, OFFERED.slice())).toBeUndefined()
  })

  test.each([
    ['nothing', new Uint8Array(0)],
    ['no initiate tag', changed(4, 0, 0, 0, 0)],
    ['no outbound streams', changed(12, 0, 0)],
    ['no inbound streams', changed(14, 0, 0)],
    ['a window below 1500 bytes', changed(8, 0, 0, 5, 0xdb)],
    ['an INIT ACK', changed(0, 2)],
    ['a length beyond the end', changed(2, 0, 31)],
    ['a length below that of the header', changed(2, 0, 3)],
    ['a parameter beyond the end', changed(26, 0, 9)],
    ['a second chunk', Uint8Array.of(...OFFERED, 0, 0, ...ANSWERED)],
    ['more than padding after it', Uint8Array.of(...OFFERED, 0, 0, 0, 0)],
    ['a host name', Uint8Array.of(...changed(2, 0, 38), 0, 0, 0, 11, 0, 6, 97, 0)],
  ])('SECURITY 20: %s: cannot be used', (_what, bytes) => {
    expect(isExchangeableInit(bytes)).toBe(false)
    expect(readExchangedInits(ANSWERED, bytes)).toBeUndefined()
  })

  test('padding, flags, and parameters that nobody knows make no difference', () => {
    expect(isExchangeableInit(Uint8Array.of(...OFFERED, 0, 0))).toBe(true)
    expect(isExchangeableInit(changed(1, 0xff))).toBe(true)
    expect(isExchangeableInit(changed(20, 0xc1, 0xff))).toBe(true)
  })

  test('a chunk that is too long is not looked at', () => {
    const padded = (length: number) => {
      const bytes = new Uint8Array(length)
      bytes.set(changed(2, length >> 8, length & 0xff).subarray(0, 24))
      bytes.set([0x80, 0x77, (length - 24) >> 8, (length - 24) & 0xff], 24) // a parameter to be skipped
      return bytes
    }
    expect(isExchangeableInit(padded(MAX_EXCHANGED_INIT_BYTES))).toBe(true)
    expect(isExchangeableInit(padded(MAX_EXCHANGED_INIT_BYTES + 4))).toBe(false)
  })

  test('SECURITY 20: whatever stands there is taken or refused, and never throws', () => {
    const anything = fc.uint8Array({ maxLength: 80 })
    const almost = fc
      .tuple(fc.nat(OFFERED.length - 1), fc.nat(255), fc.nat(OFFERED.length))
      .map(([at, byte, length]) => changed(at, byte).subarray(0, length))
    fc.assert(
      fc.property(fc.oneof(anything, almost), (bytes) => {
        const taken = readExchangedInits(ANSWERED, bytes)
        expect(taken !== undefined).toBe(isExchangeableInit(bytes))
        if (taken === undefined) return
        expect(taken.peer.verificationTag).not.toBe(0)
        expect(Math.min(taken.peer.inboundStreams, taken.peer.outboundStreams)).toBeGreaterThan(0)
        expect(taken.peer.windowBytes).toBeGreaterThanOrEqual(1500)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a peer that begins with the INITs of the descriptions, where we shake hands', () => {
  const message = (text: string) => ({ streamId: 1, ppid: 51, data: new TextEncoder().encode(text), ordered: true })

  function rig() {
    const [our, their] = [newExchangeableInit(OPTIONS), newExchangeableInit(OPTIONS)]
    const [ours, theirs] = [new SctpAssociation(OPTIONS), new SctpAssociation(OPTIONS)]
    const said = readExchangedInits(our, their)!
    ours.connect(0)
    theirs.connect(0, readExchangedInits(their, our))
    theirs.send(0, message('theirs'))
    const messages = (association: SctpAssociation): string[] => {
      const texts: string[] = []
      for (let event = association.pollEvent(); event !== undefined; event = association.pollEvent()) {
        if (event.type === 'message') texts.push(new TextDecoder().decode(event.data))
      }
      return texts
    }
    const exchange = (): void => {
      for (let i = 0; i < 20; i++) {
        for (const [from, to] of [
          [ours, theirs],
          [theirs, ours],
        ] as const) {
          for (let packet = from.pollTransmit(i); packet !== undefined; packet = from.pollTransmit(i))
            to.receive(i, packet)
        }
      }
    }
    return { ours, theirs, said, messages, exchange }
  }

  test('until COOKIE ECHO was sent the handshake can be given up: what both have sent arrives', () => {
    const { ours, theirs, said, messages, exchange } = rig()
    ours.send(0, message('ours'))
    expect(ours.presume(0, said)).toBe(true)
    expect(ours.state).toBe('connected')
    expect(ours.presume(0, said)).toBe(false)
    exchange()
    expect([messages(ours), messages(theirs)]).toEqual([['theirs'], ['ours']])
    expect(theirs.counters).toMatchObject({ restarts: 0, droppedTag: 0, droppedUnexpected: 0 })
  })

  test('afterwards it goes on', () => {
    const { ours, theirs, said, messages, exchange } = rig()
    const init = ours.pollTransmit(0)!
    theirs.receive(0, init)
    for (let packet = theirs.pollTransmit(0); packet !== undefined; packet = theirs.pollTransmit(0))
      ours.receive(0, packet)
    expect(ours.peerTag).toBe(said.peer.verificationTag)
    expect(ours.presume(0, said)).toBe(false)
    exchange()
    expect(ours.state).toBe('connected')
    expect(messages(ours)).toEqual(['theirs'])
  })
})
