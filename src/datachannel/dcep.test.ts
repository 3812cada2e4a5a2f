import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDataChannelAck, writeDataChannelAck } from './data-channel-ack.js'
import { parseDataChannelOpen, writeDataChannelOpen } from './data-channel-open.js'
import { priorityFromWire } from './priority.js'
import type { ChannelParameters } from './types.js'

const base: ChannelParameters = { label: 'chat', protocol: 'p', ordered: true, priority: 'low' }

describe('DATA_CHANNEL_OPEN (RFC 8832 §5.1)', () => {
  test('is laid out as the RFC draws it', () => {
    const bytes = writeDataChannelOpen({ ...base, ordered: false, maxRetransmits: 3, priority: 'high' })
    expect(Buffer.from(bytes).toString('hex')).toBe('038104000000000300040001' + '63686174' + '70')
  })

  test.each([
    [0x00, { ordered: true }],
    [0x80, { ordered: false }],
    [0x01, { ordered: true, maxRetransmits: 500 }],
    [0x81, { ordered: false, maxRetransmits: 500 }],
    [0x02, { ordered: true, maxPacketLifeTime: 500 }],
    [0x82, { ordered: false, maxPacketLifeTime: 500 }],
  ])('channel type 0x%s is read and written', (channelType, limits) => {
    const bytes = Uint8Array.of(3, channelType, 1, 0, 0, 0, 1, 0xf4, 0, 0, 0, 0)
    expect(parseDataChannelOpen(bytes)).toEqual({ label: '', protocol: '', priority: 'low', ...limits })
    if (channelType % 0x80 !== 0)
      expect(writeDataChannelOpen({ ...base, label: '', protocol: '', ...limits })).toEqual(bytes)
  })

  test.each([
    ['empty', []],
    ['another message type', [4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['an unknown channel type', [3, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['a label that is cut off', [3, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0x61]],
    ['bytes after the protocol', [3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])('refuses %s', (_, bytes) => {
    expect(parseDataChannelOpen(Uint8Array.from(bytes))).toBeUndefined()
  })

  test('survives any bytes, and reads back what it wrote', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => (parseDataChannelOpen(bytes), true)))
    const texts = fc.string({ unit: 'grapheme', maxLength: 300 })
    const parameters = fc.record({
      label: texts,
      protocol: texts,
      ordered: fc.boolean(),
      priority: fc.constantFrom('very-low' as const, 'low' as const, 'medium' as const, 'high' as const),
    })
    const limits = fc.oneof(
      fc.constant({}),
      fc.record({ maxRetransmits: fc.nat(65_535) }),
      fc.record({ maxPacketLifeTime: fc.nat(65_535) }),
    )
    fc.assert(
      fc.property(parameters, limits, (some, limit) => {
        const whole = { ...some, ...limit }
        expect(parseDataChannelOpen(writeDataChannelOpen(whole))).toEqual(whole)
      }),
    )
  })

  test.each([
    [0, 'very-low'],
    [128, 'very-low'],
    [129, 'low'],
    [256, 'low'],
    [512, 'medium'],
    [513, 'high'],
    [65_535, 'high'],
  ])('priority %i is %s (RFC 8831 §6.4)', (value, name) => {
    expect(priorityFromWire(value)).toBe(name)
  })
})

describe('DATA_CHANNEL_ACK (RFC 8832 §5.2)', () => {
  test('is one byte, and may come padded', () => {
    expect(writeDataChannelAck()).toEqual(Uint8Array.of(2))
    expect(parseDataChannelAck(Uint8Array.of(2, 0, 0, 0))).toBeDefined()
    expect(parseDataChannelAck(Uint8Array.of(3))).toBeUndefined()
    expect(parseDataChannelAck(new Uint8Array(0))).toBeUndefined()
  })
})
