import type { Millis } from '../../core/index.js'

/** Round trips below this are those of a machine or a local network: its queues take a window, and timers are too coarse. */
const MIN_PACED_ROUND_TRIP_MILLIS: Millis = 2
/**
 * Faster than a window per round trip, so that pacing never is what limits; in slow start fast enough for the window to
 * double. Linux does about the same.
 */
const GAIN = 1.25
const SLOW_START_GAIN = 2
/** What goes at once: the least that is worth a wake-up, and what some two ticks of a timer of 1 ms are worth. */
const MIN_BURST_PACKETS = 16
const BURST_MILLIS: Millis = 2
/** How late a timer may be without the time being lost. */
const MAX_LATENESS_MILLIS: Millis = 8
/** RFC 9260 §6.1 D: what may leave beyond the acknowledged bytes at once where nothing is paced. */
const MAX_BURST_PACKETS = 4
/** The same for a sender that was idle: two batches of segmentation offload, 150 kB, which socket buffers take. */
const MAX_IDLE_BURST_PACKETS = 128
/** Some round trips where nothing is paced, and a turn or two of the event loop. */
const IDLE_MILLIS: Millis = 10

/** What is known of the path and the window when something is to be sent. */
export interface PaceInputs {
  readonly cwndBytes: number
  readonly isSlowStart: boolean
  readonly packetBytes: number
  readonly minRoundTrip: Millis
  readonly smoothedRoundTrip: Millis | undefined
}

/**
 * How much of the window may leave at once. On a path with a real round trip, bursts are spread over it, some milliseconds'
 * worth at a time: one timer for a burst, none per packet. Elsewhere SACKs are the clock, and what one of them may set free is
 * bounded.
 */
export class Pacer {
  #isPaced = false
  #bytesPerMilli = Infinity
  #burstBytes = Infinity
  /** Until when the pace is used up; ahead of the clock by a burst at most. */
  #usedUntil: Millis = -Infinity
  /** When it goes on, while it is held back. */
  #opensAt: Millis = -Infinity
  /** Held back until a moment that has passed: that time is not lost. */
  #isCatchingUp = false
  /** For paths that are not paced: what may leave until the next SACK. */
  #budgetBytes = Infinity
  #hasSentSince = true
  #acknowledgedAt: Millis = -Infinity

  /** Packets are spread over the round trip; else SACKs are the only clock. */
  get isPaced(): boolean {
    return this.#isPaced
  }

  /** When more may leave, once {@link mayBegin} has said no; Infinity when a SACK has to come first. */
  get opensAt(): Millis {
    return this.#isPaced ? this.#opensAt : Infinity
  }

  /** Before each packet. */
  mayBegin(now: Millis, path: PaceInputs): boolean {
    const { minRoundTrip, smoothedRoundTrip, packetBytes, cwndBytes, isSlowStart } = path
    this.#isPaced = smoothedRoundTrip !== undefined && minRoundTrip >= MIN_PACED_ROUND_TRIP_MILLIS
    if (!this.#isPaced) return this.#budgetBytes > 0
    if (now < this.#opensAt) return false
    if (this.#opensAt !== -Infinity) {
      this.#usedUntil = Math.max(this.#opensAt, now - MAX_LATENESS_MILLIS)
      this.#opensAt = -Infinity
      this.#isCatchingUp = true
    }
    this.#bytesPerMilli = ((isSlowStart ? SLOW_START_GAIN : GAIN) * cwndBytes) / smoothedRoundTrip!
    this.#burstBytes = Math.max(MIN_BURST_PACKETS * packetBytes, BURST_MILLIS * this.#bytesPerMilli)
    return true
  }

  sent(now: Millis, bytes: number): void {
    this.#budgetBytes -= bytes
    this.#hasSentSince = true
    if (!this.#isPaced) return
    if (!this.#isCatchingUp) this.#usedUntil = Math.max(this.#usedUntil, now)
    this.#usedUntil += bytes / this.#bytesPerMilli
    if (this.#usedUntil >= now) this.#isCatchingUp = false
    if (this.#usedUntil >= now + this.#burstBytes / this.#bytesPerMilli) this.#opensAt = this.#usedUntil
  }

  /** Something else held data back, or there was none: nothing is saved up. */
  pause(): void {
    this.#isCatchingUp = false
  }

  acknowledged(now: Millis, bytes: number, packetBytes: number): void {
    this.#acknowledgedAt = now
    const allowed = 2 * bytes + MAX_BURST_PACKETS * packetBytes
    // SACKs that are read in one turn, each of a part of what was in flight: what all of them allow may go. If only the last one
    // counted, there would be less in flight each time, until sender and receiver wait for one another in turns.
    this.#budgetBytes = this.#hasSentSince ? allowed : Math.max(allowed, this.#budgetBytes + 2 * bytes)
    this.#hasSentSince = false
  }

  /** Nothing is in flight: no SACK would ever allow more. */
  idle(now: Millis, packetBytes: number): void {
    const least = MAX_IDLE_BURST_PACKETS * packetBytes
    // A SACK of all that was in flight is no idleness: what it allowed holds.
    const isIdle = now - this.#acknowledgedAt > IDLE_MILLIS
    this.#budgetBytes = isIdle ? least : Math.max(least, this.#budgetBytes)
  }

  /** After a timeout, or on another path: what is in flight is no measure. */
  restart(): void {
    this.#budgetBytes = Infinity
    this.#hasSentSince = true
    this.#opensAt = -Infinity
    this.#usedUntil = -Infinity
    this.#isCatchingUp = false
  }
}
