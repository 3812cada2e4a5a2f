import { describe, expect, test } from 'vitest'
import { block, carries, ordered, Pair, seededCrypto } from './association.test-support.js'
import { CHUNK_PAD } from './packet/chunk-type.js'
import { PathMtu } from './path-mtu.js'

const BASE_BYTES = 1163
const CANDIDATES = [1332, 1432, 8932]
const PATIENCE_MILLIS = 300

/** A pair over a path that carries packets of so many bytes, and no longer ones; it can be changed. */
function pairOver(mtuBytes: number): { pair: Pair; path: { mtuBytes: number }; longest: () => number } {
  const path = { mtuBytes }
  const pair = new Pair({ rttMillis: 20 }).connected()
  let longest = 0
  pair.filter = (packet, to) => {
    if (packet.length > path.mtuBytes) return false
    if (to === pair.b && !carries(packet, CHUNK_PAD)) longest = Math.max(longest, packet.length)
    return true
  }
  pair.a.association.searchMtu(pair.now, CANDIDATES)
  const taken = () => {
    const value = longest
    longest = 0
    return value
  }
  return { pair, path, longest: taken }
}

function transfer(pair: Pair, bytes: number): boolean {
  const before = pair.b.messages.length
  pair.a.association.send(pair.now, ordered(1, block(bytes, 1)))
  return pair.run(() => pair.b.messages.length > before, 60_000)
}

describe('path MTU discovery (RFC 8899)', () => {
  // Fragments of one length, each a multiple of four, fill a packet but for a few bytes.
  test.each([
    { carried: 1200, expected: 1160 },
    { carried: 1400, expected: 1332 },
    { carried: 1500, expected: 1428 },
    { carried: 9000, expected: 8908 },
  ])('a path of $carried bytes is filled, and what is longer is never sent but as a probe', ({ carried, expected }) => {
    const { pair, longest } = pairOver(carried)
    pair.run(() => false, 3000)
    expect(transfer(pair, 200_000)).toBe(true)
    expect(longest()).toBe(expected)
    expect(pair.a.association.counters['fastRetransmits']).toBe(0)
    expect(pair.a.association.counters['retransmissionTimeouts']).toBe(0)
    expect(pair.b.association.counters['unknownChunks']).toBe(0)
  })

  test('a path that carries less from now on: everything arrives, and the next packets fit', () => {
    for (const flowing of [true, false]) {
      const { pair, path, longest } = pairOver(9000)
      pair.run(() => false, 3000)
      if (flowing) {
        pair.a.association.send(pair.now, ordered(2, block(250_000, 2)))
        pair.run(() => false, 60)
      }
      path.mtuBytes = 1400
      expect(transfer(pair, 250_000)).toBe(true)
      pair.run(() => false, 5000)
      longest()
      expect(transfer(pair, 100_000)).toBe(true)
      expect(longest()).toBe(1332)
    }
  })

  test('another path begins as short as every path carries', () => {
    const { pair, longest } = pairOver(9000)
    pair.run(() => false, 3000)
    pair.a.association.searchMtu(pair.now, [])
    longest()
    expect(transfer(pair, 50_000)).toBe(true)
    expect(longest()).toBe(1160)
  })

  test('probes are few, lost ones too, and sizes are tried again ten minutes later', () => {
    const { pair, path, longest } = pairOver(1200)
    pair.run(() => false, 300_000)
    expect(pair.a.association.counters['mtuProbes']).toBe(3)
    path.mtuBytes = 1500
    pair.run(() => false, 400_000)
    expect(pair.a.association.counters['mtuProbes']).toBe(3 + 2 + 3)
    expect(transfer(pair, 50_000)).toBe(true)
    expect(longest()).toBe(1428)
  })

  test('answers to nothing, or to another probe, prove nothing', () => {
    const mtu = new PathMtu(seededCrypto(1), BASE_BYTES)
    mtu.begin(0, CANDIDATES)
    const first = mtu.takeProbe(0, PATIENCE_MILLIS)!
    expect(mtu.takeProbe(0, PATIENCE_MILLIS)).toBeUndefined()
    expect(mtu.deadline).toBe(PATIENCE_MILLIS)
    for (const info of [undefined, new Uint8Array(12), first.nonce.subarray(1)]) {
      expect(mtu.handleAnswer(1, info)).toBe(false)
    }
    mtu.takeProbe(PATIENCE_MILLIS, PATIENCE_MILLIS)
    expect(mtu.handleAnswer(PATIENCE_MILLIS + 1, first.nonce)).toBe(false)
    expect(mtu.bytes).toBe(BASE_BYTES)
  })
})
