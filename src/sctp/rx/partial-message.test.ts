import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DATA_BEGINNING, type DataChunk, payloadOf } from '../packet/chunk/data.js'
import { PartialMessage } from './partial-message.js'

const FRAGMENT_BYTES = 1131

/** Memory that was used before, as what is not cleared may have been. */
const dirty = (bytes: number) => new Uint8Array(bytes).fill(0xdd)

const SOURCE = new Uint8Array(16_777_216)
for (let i = 0; i < SOURCE.length; i++) SOURCE[i] = (i * 31 + (i >> 8)) & 255

/** Puts a message together and tells how many bytes were copied for it, and how much memory was taken on the way. */
function assemble(bytes: number, expectedBytes: number): { copied: number; capacity: number; isRight: boolean } {
  const source = SOURCE.subarray(0, bytes)
  const descriptor = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'set')!
  const set = descriptor.value as (this: Uint8Array, from: Uint8Array, at?: number) => void
  let copied = 0
  Uint8Array.prototype.set = function (this: Uint8Array, from: Uint8Array, at?: number) {
    copied += from.length
    set.call(this, from, at)
  }
  try {
    const first: DataChunk = {
      ...{ flags: DATA_BEGINNING, tsn: 0, streamId: 1, sequence: 0, ppid: 53, fsn: 0, packet: source },
      ...{ payloadAt: 0, payloadEnd: Math.min(bytes, FRAGMENT_BYTES) },
    }
    const message = new PartialMessage(first, expectedBytes, dirty)
    for (let at = FRAGMENT_BYTES; at < bytes; at += FRAGMENT_BYTES) {
      message.append(source.subarray(at, Math.min(bytes, at + FRAGMENT_BYTES)))
    }
    const { data } = message.finish()
    return { copied, capacity: message.capacity, isRight: Buffer.compare(data, source) === 0 }
  } finally {
    delete (Uint8Array.prototype as { set?: unknown }).set
  }
}

test('a message of the expected length is copied once, into what becomes the message', () => {
  for (const bytes of [2000, 65_536, 262_144, 5_000_000]) {
    expect(assemble(bytes, bytes)).toEqual({ copied: bytes, capacity: bytes, isRight: true })
  }
})

test('another is copied twice, however long it is, and takes memory as it comes', () => {
  for (const expected of [0, 1000, 20_000_000]) {
    for (const bytes of [1132, 4096, 4097, 100_000, 16_777_216]) {
      const { copied, capacity, isRight } = assemble(bytes, expected)
      expect(isRight).toBe(true)
      expect(copied).toBeLessThanOrEqual(2 * bytes)
      expect(capacity).toBeLessThanOrEqual(Math.max(expected, 2 * bytes + 8192))
    }
  }
})

test('the message is what was sent and nothing else, whatever its memory had in it and however long it was thought to be', () => {
  const length = fc.oneof(fc.constantFrom(0, 1, FRAGMENT_BYTES - 1, FRAGMENT_BYTES, FRAGMENT_BYTES + 1), fc.nat(40_000))
  const expected = fc.oneof(fc.constant(0), length)
  fc.assert(
    fc.property(length, expected, fc.array(fc.integer({ min: 1, max: 2000 })), (bytes, expectedBytes, cuts) => {
      const sent = Uint8Array.from({ length: bytes }, (_, i) => (i * 7 + (i >> 8)) & 255)
      // One packet's memory serves all, as below SCTP it does.
      const packet = new Uint8Array(32 + 2000)
      const chunkAt = (at: number, end: number): DataChunk => {
        packet.fill(0xee).set(sent.subarray(at, end), 32)
        const place = { packet, payloadAt: 32, payloadEnd: 32 + end - at }
        return { flags: DATA_BEGINNING, tsn: 0, streamId: 1, sequence: 0, ppid: 53, fsn: 0, ...place }
      }
      let at = Math.min(bytes, cuts[0] ?? FRAGMENT_BYTES)
      const message = new PartialMessage(chunkAt(0, at), expectedBytes, dirty)
      for (let i = 1; at < bytes; i++) {
        const end = Math.min(bytes, at + (cuts[i] ?? FRAGMENT_BYTES))
        message.append(payloadOf(chunkAt(at, end)))
        at = end
      }
      const { data } = message.finish()
      expect(Buffer.compare(data, sent)).toBe(0)
      expect([data.byteOffset, data.buffer.byteLength]).toEqual([0, bytes])
    }),
  )
})
