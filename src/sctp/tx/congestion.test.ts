import { describe, expect, test } from 'vitest'
import type { Acknowledgement } from './congestion-control.js'
import { Cubic } from './cubic.js'
import { LossEpisode } from './loss-episode.js'
import { Pacer, type PaceInputs } from './pacer.js'
import { ReorderingWindow } from './reordering-window.js'

const PACKET = 1000
const RTT = 40

/** One round trip after the other on a path whose round trip is told, with a window that is always full. */
class Driver {
  now = 0
  packets = 0
  readonly cubic = new Cubic(PACKET)

  get cwnd(): number {
    return this.cubic.cwndBytes / PACKET
  }

  ack(bytes: number, more: Partial<Acknowledgement> = {}): void {
    this.packets += bytes / PACKET
    const newestSent = this.packets + Math.floor(this.cwnd)
    const flightBytes = this.cubic.cwndBytes
    const common = { now: this.now, bytes, flightBytes, newestAcked: this.packets, newestSent }
    this.cubic.acknowledged({ ...common, roundTrip: RTT, smoothedRoundTrip: RTT, isWindowFull: true, ...more })
  }

  round(roundTrip = RTT, more: Partial<Acknowledgement> = {}): void {
    const sacks = Math.min(Math.floor(this.cwnd / 2), 40)
    const bytes = this.cubic.cwndBytes / sacks
    for (let i = 0; i < sacks; i++) {
      this.now += roundTrip / sacks
      this.ack(bytes, { roundTrip, ...more })
    }
  }

  roundsFor(seconds: number): void {
    for (const end = this.now + seconds * 1000; this.now < end;) this.round()
  }
}

/** A window of `packets` that has just lost something. */
function afterLoss(packets: number): Driver {
  const driver = new Driver()
  driver.ack((packets - 10) * PACKET)
  driver.cubic.lossDetected()
  return driver
}

describe('slow start', () => {
  test('begins with ten packets, and doubles per round trip', () => {
    const driver = new Driver()
    expect(driver.cwnd).toBe(10)
    for (const expected of [20, 40, 80]) {
      driver.round()
      expect(driver.cwnd).toBe(expected)
    }
    expect(driver.cubic.isSlowStart).toBe(true)
  })

  test('does not grow where the application has too little to send', () => {
    const driver = new Driver()
    for (let i = 0; i < 50; i++) driver.ack(2 * PACKET, { flightBytes: 2 * PACKET, isWindowFull: false })
    expect(driver.cwnd).toBe(10)
  })

  test('slows down when round trips rise, and ends after five such rounds (RFC 9406 §4.2)', () => {
    const driver = new Driver()
    for (let i = 0; i < 4; i++) driver.round()
    expect(driver.cwnd).toBe(160)
    driver.round(RTT + 6)
    expect(driver.cwnd).toBeLessThan(320 - 50) // eight samples in, growth is a quarter
    for (let i = 0; i < 4; i++) driver.round(RTT + 10)
    expect(driver.cubic.isSlowStart).toBe(true)
    driver.round(RTT + 10)
    driver.round(RTT + 10)
    expect(driver.cubic.isSlowStart).toBe(false)
    expect(driver.cwnd).toBeLessThan(160 * 1.6 * 1.25 ** 6)
  })

  test('goes on when they fall again', () => {
    const driver = new Driver()
    for (let i = 0; i < 4; i++) driver.round()
    driver.round(RTT + 6)
    for (let i = 0; i < 2; i++) driver.round(RTT + 1)
    const before = driver.cwnd
    driver.round()
    expect(driver.cwnd).toBeCloseTo(2 * before, -1)
  })

  test('round trips that rise by less than 4 ms or an eighth change nothing', () => {
    const driver = new Driver()
    for (let i = 0; i < 8; i++) driver.round(RTT + (i % 2) * 4.9)
    expect(driver.cwnd).toBe(2560)
  })
})

describe('CUBIC (RFC 9438)', () => {
  test('keeps 70 %, is back after K seconds, and goes beyond slowly, then fast', () => {
    const driver = afterLoss(1000)
    expect(driver.cwnd).toBe(700)
    const k = Math.cbrt(300 / 0.4) // 9.1 s
    driver.roundsFor(k / 2)
    // W(K/2) = W_max − C · (K/2)³: an eighth of the loss is left.
    expect(driver.cwnd).toBeGreaterThan(1000 - 300 / 8 - 10)
    expect(driver.cwnd).toBeLessThan(1000)
    driver.roundsFor(k / 2)
    expect(driver.cwnd).toBeGreaterThan(995)
    expect(driver.cwnd).toBeLessThan(1015)
    driver.roundsFor(k)
    expect(driver.cwnd).toBeGreaterThan(1250)
    expect(driver.cwnd).toBeLessThan(1350)
  })

  test('with a small window and a short round trip it is as fast as Reno', () => {
    const driver = afterLoss(20)
    for (let i = 0; i < 60; i++) driver.round(10)
    // 14 packets, 0.53 more per round trip until it has 20 again, then one more: 12 and 48 round trips.
    expect(driver.cwnd).toBeGreaterThan(14 + 40)
    expect(driver.cwnd).toBeLessThan(14 + 70)
  })

  test('fast convergence: whoever loses with less than last time makes room', () => {
    const driver = afterLoss(1000)
    driver.cubic.lossDetected() // at 700
    expect(driver.cwnd).toBeCloseTo(490)
    driver.roundsFor(Math.cbrt((595 - 490) / 0.4)) // W_max = 700 · 0.85
    expect(driver.cwnd).toBeGreaterThan(585)
    expect(driver.cwnd).toBeLessThan(605)
  })

  test('time in which there was too little to send does not count', () => {
    const driver = afterLoss(1000)
    driver.round()
    for (let i = 0; i < 100; i++) {
      driver.now += 1000
      driver.ack(2 * PACKET, { flightBytes: 2 * PACKET, isWindowFull: false })
    }
    const before = driver.cwnd
    for (let i = 0; i < 3; i++) driver.round()
    expect(driver.cwnd - before).toBeLessThan(30)
  })

  test('T3-rtx leaves one packet; slow start then ends at 70 % of what there was', () => {
    const driver = new Driver()
    driver.ack(90 * PACKET)
    driver.cubic.timedOut(false)
    expect(driver.cwnd).toBe(1)
    driver.cubic.timedOut(true)
    driver.ack(40 * PACKET)
    driver.ack(40 * PACKET)
    expect([driver.cwnd, driver.cubic.isSlowStart]).toEqual([70, false])
  })

  test('what was no loss is undone: window, curve and slow start are as they were', () => {
    for (const reduce of ['lossDetected', 'timedOut'] as const) {
      const driver = afterLoss(1000)
      driver.roundsFor(3)
      const other = afterLoss(1000)
      other.roundsFor(3)
      driver.cubic[reduce](false)
      driver.ack(2 * PACKET)
      driver.cubic.undo()
      expect(driver.cwnd).toBeCloseTo(other.cwnd, 0)
      driver.roundsFor(3)
      other.roundsFor(3)
      expect(driver.cwnd / other.cwnd).toBeCloseTo(1, 1)
    }
    const fresh = new Driver()
    fresh.cubic.lossDetected()
    fresh.cubic.undo()
    expect([fresh.cwnd, fresh.cubic.isSlowStart]).toEqual([10, true])
  })

  test('another path begins anew', () => {
    const driver = afterLoss(1000)
    driver.cubic.restart()
    expect([driver.cwnd, driver.cubic.isSlowStart]).toEqual([10, true])
    driver.cubic.undo()
    expect(driver.cwnd).toBe(10)
  })
})

describe('the pace', () => {
  const path = (more: Partial<PaceInputs> = {}): PaceInputs => ({
    cwndBytes: 1000 * PACKET,
    isSlowStart: false,
    packetBytes: PACKET,
    minRoundTrip: RTT,
    smoothedRoundTrip: RTT,
    ...more,
  })

  /** As many packets as may go now. */
  function burst(pacer: Pacer, now: number, inputs = path()): number {
    let packets = 0
    for (; packets < 10_000 && pacer.mayBegin(now, inputs); packets++) pacer.sent(now, PACKET)
    return packets
  }

  test('spreads a window over less than a round trip, two milliseconds at a time', () => {
    const pacer = new Pacer()
    let [now, packets, ticks] = [0, 0, 0]
    while (packets < 1000) {
      const sent = burst(pacer, now)
      expect(sent).toBeLessThanOrEqual(64) // 1.25 · 1000 / 40 · 2 = 62.5
      packets += sent
      ticks++
      now = pacer.opensAt
    }
    expect(now).toBeGreaterThan(RTT / 1.25 - 1)
    expect(now).toBeLessThan(RTT / 1.25 + 2)
    expect(ticks).toBeLessThan(18)
  })

  test('a late timer costs nothing, and an idle sender saves nothing up', () => {
    const pacer = new Pacer()
    burst(pacer, 0)
    expect(burst(pacer, pacer.opensAt + 6)).toBeGreaterThan(240) // 8 ms
    expect(burst(pacer, pacer.opensAt)).toBeLessThan(65)
    pacer.pause()
    expect(pacer.mayBegin(pacer.opensAt + 1, path())).toBe(true)
    pacer.pause()
    expect(burst(pacer, 10_000)).toBeLessThan(65)
  })

  test('a small window is one burst', () => {
    expect(burst(new Pacer(), 0, path({ cwndBytes: 12 * PACKET }))).toBeGreaterThanOrEqual(12)
  })

  test('round trips of a local network are not paced; a SACK allows twice what it acknowledged, and four', () => {
    const pacer = new Pacer()
    const local = path({ minRoundTrip: 1.9, smoothedRoundTrip: 30 })
    pacer.idle(0, PACKET)
    expect(burst(pacer, 0, local)).toBe(128)
    expect(pacer.opensAt).toBe(Infinity)
    pacer.acknowledged(1, 10 * PACKET, PACKET)
    expect(burst(pacer, 1, local)).toBe(24)
  })

  test('SACKs that are read together allow together what each of them does', () => {
    const pacer = new Pacer()
    const local = path({ minRoundTrip: 0.2, smoothedRoundTrip: 0.3 })
    pacer.idle(0, PACKET)
    burst(pacer, 0, local)
    for (const packets of [60, 60, 8]) pacer.acknowledged(1, packets * PACKET, PACKET)
    expect(burst(pacer, 1, local)).toBe(260)
    for (let i = 0; i < 50; i++) pacer.acknowledged(2, 0, PACKET) // what acknowledges nothing allows nothing more
    expect(burst(pacer, 2, local)).toBe(4)
  })

  test('a SACK of all that was in flight is no idleness: bursts double from one to the next', () => {
    const pacer = new Pacer()
    const local = path({ minRoundTrip: 0.2, smoothedRoundTrip: 0.3 })
    const after = (now: number): number => {
      pacer.idle(now, PACKET)
      return burst(pacer, now, local)
    }
    expect(after(0)).toBe(128)
    pacer.acknowledged(1, 128 * PACKET, PACKET)
    expect(after(1)).toBe(260)
    pacer.acknowledged(2, 260 * PACKET, PACKET)
    expect(after(2)).toBe(524)
    pacer.acknowledged(3, 524 * PACKET, PACKET)
    expect(after(100)).toBe(128) // that is idleness
  })
})

describe('the reordering window (RFC 8985 §6.2)', () => {
  const trips = { minRoundTrip: 40, recentRoundTrip: 50, smoothedRoundTrip: 48 }

  test('three later packets are enough until the path has reordered', () => {
    const window = new ReorderingWindow()
    expect([window.isEnough(2), window.isEnough(3)]).toEqual([false, true])
    window.overtaken()
    expect(window.isEnough(1000)).toBe(false)
    expect(window.patienceMillis(trips)).toBe(60)
  })

  test('each spurious retransmission widens it, once per round trip and to a round trip at most; recoveries narrow it', () => {
    const window = new ReorderingWindow()
    for (let i = 0; i < 5; i++) window.widen(1000 + i, 50)
    expect(window.patienceMillis(trips)).toBe(50 + 20)
    for (let i = 1; i < 20; i++) window.widen(1000 + 50 * i, 50)
    expect(window.patienceMillis(trips)).toBe(50 + 48)
    for (let i = 0; i < 16; i++) window.recoveryEnded()
    expect(window.patienceMillis(trips)).toBe(50 + 10)
  })
})

describe('an episode of loss', () => {
  test('is refuted when all that was lost turns out to have arrived, each counted once', () => {
    const episode = new LossEpisode()
    expect(episode.isRefuted).toBe(false)
    for (const tsn of [5, 6, 7]) {
      episode.lost()
      if (tsn < 7) episode.retransmitted(tsn)
    }
    expect([episode.refute(5), episode.refute(5), episode.refute(9)]).toEqual([true, false, false])
    episode.end()
    episode.refuteUnsent()
    expect(episode.isRefuted).toBe(false)
    episode.refute(6)
    expect(episode.isRefuted).toBe(true)
  })

  test('the first loss after its end begins another', () => {
    const episode = new LossEpisode()
    episode.lost()
    episode.retransmitted(1)
    episode.end()
    episode.lost()
    expect(episode.refute(1)).toBe(false)
  })

  test('remembers a bounded number, and is then never refuted', () => {
    const episode = new LossEpisode()
    for (let tsn = 0; tsn < 5000; tsn++) {
      episode.lost()
      episode.retransmitted(tsn)
    }
    let refuted = 0
    for (let tsn = 0; tsn < 5000; tsn++) if (episode.refute(tsn)) refuted++
    expect([refuted, episode.isRefuted]).toEqual([1024, false])
  })
})
