import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { framePacket, FramedPackets } from './framed-packets.js'

describe('packets on a stream (RFC 4571 §2)', () => {
  test('a length of two bytes stands before each', () => {
    expect(framePacket(Uint8Array.of(7, 8, 9))).toEqual(Uint8Array.of(0, 3, 7, 8, 9))
    expect(framePacket(new Uint8Array(0x1ff))?.subarray(0, 3)).toEqual(Uint8Array.of(0x01, 0xff, 0))
    expect(framePacket(new Uint8Array(0xffff))?.length).toBe(0x10001)
    expect(framePacket(new Uint8Array(0x10000))).toBeUndefined()
  })

  test('however the stream is cut, what went in comes out; empty packets are nothing', () => {
    const packet = fc.uint8Array({ maxLength: 600 })
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 900 })), (packets, cuts) => {
        const stream = Uint8Array.from(packets.flatMap((one) => [...framePacket(one)!]))
        const reader = new FramedPackets()
        const came: number[][] = []
        let at = 0
        for (const cut of [...cuts, stream.length]) {
          for (const one of reader.push(stream.slice(at, at + cut))) came.push([...one])
          at += cut
        }
        expect(came).toEqual(packets.filter(({ length }) => length > 0).map((one) => [...one]))
      }),
    )
  })

  test('any bytes are packets or the beginning of one, and never too many', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3000 })), (chunks) => {
        const reader = new FramedPackets()
        const came = chunks.flatMap((chunk) => reader.push(chunk))
        const sum = (all: readonly Uint8Array[]): number => all.reduce((total, { length }) => total + length, 0)
        expect(sum(came) + 2 * came.length).toBeLessThanOrEqual(sum(chunks))
      }),
    )
  })

  test('a packet is kept when the chunk that it began in is gone', () => {
    const reader = new FramedPackets()
    const chunk = Uint8Array.of(0, 2, 5)
    expect(reader.push(chunk)).toEqual([])
    chunk.fill(0)
    expect(reader.push(Uint8Array.of(6))).toEqual([Uint8Array.of(5, 6)])
  })
})
