import type { Millis } from '../../core/index.js'

/**
 * Windows are this many times what arrived within a round trip. Twice would do while nothing is lost: what is sent in the
 * next round trip of slow start. Twice that again keeps the window from filling while a hole is repaired.
 */
const ROUND_TRIPS_AHEAD = 4
/** Before one was measured; and clocks do not tell shorter ones apart. */
const UNKNOWN_ROUND_TRIP_MILLIS: Millis = 100
const SHORTEST_ROUND_TRIP_MILLIS: Millis = 1

/**
 * How much the peer may make us hold. It begins small and grows with what the path carries (bandwidth times round trip), so
 * that it is never what limits a transfer, and so that nobody can make us hold much without having sent much. It does not shrink:
 * RFC 9260 §6.2.1 leaves a peer that has sent into a larger window no way to take it back.
 */
export class ReceiveWindow {
  readonly #maxBytes: number
  #bytes: number
  /** What has arrived since `#since`. */
  #arrivedBytes = 0
  #since: Millis = -Infinity

  constructor(initialBytes: number, maxBytes: number) {
    this.#bytes = initialBytes
    this.#maxBytes = Math.max(initialBytes, maxBytes)
  }

  get bytes(): number {
    return this.#bytes
  }

  /** @param roundTrip the latest measurement; 0 when there is none */
  arrived(now: Millis, bytes: number, roundTrip: Millis): void {
    if (this.#bytes === this.#maxBytes) return
    this.#arrivedBytes += bytes
    const period = Math.max(roundTrip || UNKNOWN_ROUND_TRIP_MILLIS, SHORTEST_ROUND_TRIP_MILLIS)
    const elapsed = now - this.#since
    if (elapsed < period) return
    const perRoundTrip = (this.#arrivedBytes * period) / elapsed
    this.#bytes = Math.min(this.#maxBytes, Math.max(this.#bytes, Math.ceil(ROUND_TRIPS_AHEAD * perRoundTrip)))
    this.#arrivedBytes = 0
    this.#since = now
  }
}
