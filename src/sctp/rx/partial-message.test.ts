import { expect, test } from 'vitest'
import { DATA_BEGINNING, type DataChunk } from '../packet/chunk/data.js'
import { PartialMessage } from './partial-message.js'

const FRAGMENT_BYTES = 1131

/** Puts a message together and tells how many bytes were copied for it, and how much memory was taken on the way. */
function assemble(bytes: number, expectedBytes: number): { copied: number; capacity: number; isRight: boolean } {
  const source = Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + (i >> 8)) & 255)
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
    const message = new PartialMessage(first, expectedBytes)
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
