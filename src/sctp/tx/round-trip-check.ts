import type { Millis } from '../../core/index.js'

/** A round trip of more than this is never mistaken: to look again would cost more than it could bring. */
const MAX_DOUBTFUL_MILLIS: Millis = 16
/** What is in flight meanwhile: no receiver has a queue of it, nor does it delay a SACK of two packets. */
const CHECK_PACKETS = 4
const FIRST_AFTER_MILLIS: Millis = 200
const INTERVAL_FACTOR = 4
const MAX_INTERVAL_MILLIS: Millis = 10_000

/** What is known of the path when something is to be sent. */
export interface CheckedPath {
  readonly minRoundTrip: Millis
  readonly packetBytes: number
}

/**
 * Finds out whether a round trip is the path's, or that of a queue. The first ones of a program are measured while its code, or that of the
 * peer, is being compiled, and those after them beside a window that was opened because of them: none would be shorter again. So, as
 * BBR does (draft-ietf-ccwg-bbr, "ProbeRTT"), now and then next to nothing is in flight for one of them:
 *
 *   waiting ──flight is long, and it is time──▶ draining ──little is in flight──▶ measuring ──what was sent since came──▶ waiting
 *
 * On a path that really is as long it costs two round trips: of the first 200 ms, of the 800 ms after them, and so on up to 10 s.
 */
export class RoundTripCheck {
  #phase: 'waiting' | 'draining' | 'measuring' = 'waiting'
  #interval: Millis = FIRST_AFTER_MILLIS
  /** When the next one begins; Infinity until there is something to check. */
  #dueAt: Millis = Infinity
  /** The newest packet when little was in flight. */
  #drainedPacket = -1

  /** How much may be in flight. */
  limitBytes(packetBytes: number): number {
    return this.#phase === 'waiting' ? Infinity : CHECK_PACKETS * packetBytes
  }

  /** Before each packet, where packets are paced because of the round trip. */
  sending(now: Millis, flightBytes: number, { minRoundTrip, packetBytes }: CheckedPath): void {
    if (this.#phase !== 'waiting' || minRoundTrip > MAX_DOUBTFUL_MILLIS) return
    if (this.#dueAt === Infinity) this.#dueAt = now + this.#interval
    if (now < this.#dueAt || flightBytes <= CHECK_PACKETS * packetBytes) return
    this.#phase = 'draining'
  }

  /** After each SACK. */
  acknowledged(now: Millis, flightBytes: number, packetBytes: number, newestAcked: number, newestSent: number): void {
    if (this.#phase === 'draining' && flightBytes <= CHECK_PACKETS * packetBytes) {
      this.#phase = 'measuring'
      this.#drainedPacket = newestSent
    } else if (this.#phase === 'measuring' && newestAcked > this.#drainedPacket) {
      this.#phase = 'waiting'
      this.#interval = Math.min(INTERVAL_FACTOR * this.#interval, MAX_INTERVAL_MILLIS)
      this.#dueAt = now + this.#interval
    }
  }

  /** Another path, or what was in flight is no measure any more. */
  restart(): void {
    this.#phase = 'waiting'
    this.#interval = FIRST_AFTER_MILLIS
    this.#dueAt = Infinity
  }
}
