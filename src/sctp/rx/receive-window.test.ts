import { describe, expect, test } from 'vitest'
import { ReceiveWindow } from './receive-window.js'

const KIB = 1024
const MIB = 1024 * KIB

/** `bytes` a millisecond for so long, in arrivals of one millisecond each. */
function feed(window: ReceiveWindow, from: number, millis: number, bytes: number, roundTrip: number): number {
  for (let now = from; now < from + millis; now++) window.arrived(now, bytes, roundTrip)
  return window.bytes
}

describe('the receive window', () => {
  test('stays as it began while little arrives within a round trip', () => {
    expect(feed(new ReceiveWindow(4 * MIB, 96 * MIB), 0, 10_000, 20 * KIB, 40)).toBe(4 * MIB)
  })

  test('becomes four times what arrives within a round trip', () => {
    const bytes = feed(new ReceiveWindow(4 * MIB, 96 * MIB), 0, 10_000, 100 * KIB, 40)
    expect(bytes).toBeGreaterThanOrEqual(4 * 40 * 100 * KIB)
    expect(bytes).toBeLessThan(1.1 * 4 * 40 * 100 * KIB)
  })

  test('opens twice as fast as slow start doubles, so that it is never what limits it', () => {
    const window = new ReceiveWindow(4 * MIB, 96 * MIB)
    let perRoundTrip = MIB
    for (let now = 0; perRoundTrip < 20 * MIB; now += 40, perRoundTrip *= 2) {
      feed(window, now, 40, perRoundTrip / 40, 40)
      window.arrived(now + 40, 0, 40)
      expect(window.bytes).toBeGreaterThanOrEqual(2 * perRoundTrip)
    }
  })

  test('has a bound, whatever arrives', () => {
    expect(feed(new ReceiveWindow(4 * MIB, 96 * MIB), 0, 10_000, 10 * MIB, 40)).toBe(96 * MIB)
  })

  test('does not shrink when less arrives', () => {
    const window = new ReceiveWindow(4 * MIB, 96 * MIB)
    const bytes = feed(window, 0, 1000, 200 * KIB, 40)
    expect(bytes).toBeGreaterThan(4 * MIB)
    expect(feed(window, 1000, 10_000, 1, 40)).toBe(bytes)
  })

  test('without a measured round trip counts a tenth of a second, and none as less than a millisecond', () => {
    const unknown = feed(new ReceiveWindow(MIB, 96 * MIB), 0, 1000, 100 * KIB, 0)
    expect(unknown).toBeGreaterThanOrEqual(4 * 100 * 100 * KIB)
    expect(feed(new ReceiveWindow(MIB, 96 * MIB), 0, 1000, 100 * KIB, 0.01)).toBe(MIB)
  })

  test('a largest window below the first one is that one', () => {
    expect(feed(new ReceiveWindow(4 * MIB, MIB), 0, 1000, 10 * MIB, 40)).toBe(4 * MIB)
  })
})
