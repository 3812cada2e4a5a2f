import type { Millis } from '../../core/index.js'

/** A round trip of more than this is never mistaken: to look again would cost more than it could bring. */
const MAX_DOUBTFUL_MILLIS: Millis = 16
/** What is in flight meanwhile: no receiver has a queue of it, nor does it delay a SACK of two packets. */
const CHECK_PACKETS = 4
const FIRST_AFTER_MILLIS: Millis = 200
const INTERVAL_FACTOR = 4
const MAX_INTERVAL_MILLIS: Millis = 10_000
/** A path is as long as it was taken for when a check measures that, to such a share. */
const CONFIRMED_SHARE = 0.8
/** What a path in doubt may have in flight for its round trip: more than a gigabit a second. */
const DOUBTFUL_BYTES_PER_MILLI = 160_000

/** What is known of the path when something is to be sent. */
export interface CheckedPath {
  readonly minRoundTrip: Millis
  readonly packetBytes: number
}

/** What a SACK tells: the newest packet that is acknowledged, the newest that was sent, and a round trip, where it tells one. */
export interface Answer {
  readonly newestAcked: number
  readonly newestSent: number
  readonly roundTrip: Millis | undefined
}

/**
 * Finds out whether a round trip is the path's, or that of a queue. The first ones of a program are measured while its code, or that of the
 * peer, is being compiled, and those after them beside a window that was opened because of them: none would be shorter again. So, as
 * BBR does (draft-ietf-ccwg-bbr, "ProbeRTT"), now and then next to nothing is in flight for one of them:
 *
 *   waiting ──flight is long, and it is time──▶ draining ──little is in flight──▶ measuring ──what was sent since came──▶ waiting
 *
 * On a path that really is as long it costs two round trips: of the first 200 ms, of the 800 ms after them, and so on up to 10 s. Until
 * one has found it to be as long, what is in flight is bounded: otherwise the queue would be megabytes, more than sockets keep, before it
 * is known for one; and draining it would take longer than what is measured.
 */
export class RoundTripCheck {
  #phase: 'waiting' | 'draining' | 'measuring' = 'waiting'
  #interval: Millis = FIRST_AFTER_MILLIS
  /** When the next one begins; Infinity until there is something to check. */
  #dueAt: Millis = Infinity
  /** The newest packet when little was in flight. */
  #drainedPacket = -1
  /** What the round trip was taken for when the check began. */
  #formerRoundTrip: Millis = 0
  /** A check found the path to be as long as it seemed. */
  #isConfirmed = false

  /** How much may be in flight. */
  limitBytes(packetBytes: number): number {
    return this.#phase === 'waiting' ? Infinity : CHECK_PACKETS * packetBytes
  }

  /** How much may be in flight until it is known whether the path is as long as that; Infinity where that is not in doubt. */
  doubtfulBytes(minRoundTrip: Millis): number {
    const isDoubtful = !this.#isConfirmed && minRoundTrip <= MAX_DOUBTFUL_MILLIS
    return isDoubtful ? DOUBTFUL_BYTES_PER_MILLI * minRoundTrip : Infinity
  }

  /** Before each packet, where packets are paced because of the round trip. */
  sending(now: Millis, flightBytes: number, { minRoundTrip, packetBytes }: CheckedPath): void {
    if (this.#phase !== 'waiting' || minRoundTrip > MAX_DOUBTFUL_MILLIS) return
    if (this.#dueAt === Infinity) this.#dueAt = now + this.#interval
    if (now < this.#dueAt || flightBytes <= CHECK_PACKETS * packetBytes) return
    this.#phase = 'draining'
    this.#formerRoundTrip = minRoundTrip
  }

  /** After each SACK. */
  acknowledged(
    now: Millis,
    flightBytes: number,
    packetBytes: number,
    { newestAcked, newestSent, roundTrip }: Answer,
  ): void {
    if (this.#phase === 'draining' && flightBytes <= CHECK_PACKETS * packetBytes) {
      this.#phase = 'measuring'
      this.#drainedPacket = newestSent
    } else if (this.#phase === 'measuring' && newestAcked > this.#drainedPacket) {
      this.#phase = 'waiting'
      this.#judge(roundTrip)
      this.#dueAt = now + this.#interval
    }
  }

  /** Another path, or what was in flight is no measure any more. */
  restart(): void {
    this.#phase = 'waiting'
    this.#isConfirmed = false
    this.#interval = FIRST_AFTER_MILLIS
    this.#dueAt = Infinity
  }

  /** Shorter: it may be shorter still, and is looked at again soon. Longer: the peer was busy, which tells nothing. */
  #judge(roundTrip: Millis | undefined): void {
    const share = roundTrip === undefined ? Infinity : roundTrip / this.#formerRoundTrip
    if (share < CONFIRMED_SHARE) return
    if (share <= 1 / CONFIRMED_SHARE) this.#isConfirmed = true
    this.#interval = Math.min(INTERVAL_FACTOR * this.#interval, MAX_INTERVAL_MILLIS)
  }
}
