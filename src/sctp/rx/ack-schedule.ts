import type { Millis } from '../../core/index.js'

/** RFC 9260 §6.2: at least every second packet is acknowledged. */
const PACKETS_PER_ACK = 2
/**
 * How long a lone packet may wait for its SACK. RFC 9260 §6.2 allows 500 ms and suggests 200; we wait a tenth of that:
 * long enough that a reply takes the SACK along, short enough that the peer's window opens early in slow start and its
 * RTT samples stay honest. It is far below every RTO.min in use (400 ms here and in Chromium, 1 s by the RFC).
 */
const ACK_DELAY_MILLIS: Millis = 20

/** When to send a SACK (RFC 9260 §6.2, §6.7). */
export class AckSchedule {
  #packets = 0
  #isDue = false
  #deadline: Millis = Infinity

  /** When the delay of a lone packet is over. */
  get deadline(): Millis {
    return this.#deadline
  }

  /** A SACK has to go out now. */
  get isDue(): boolean {
    return this.#isDue
  }

  /** Something is unacknowledged: a packet that is built anyway takes the SACK along. */
  get isPending(): boolean {
    return this.#packets > 0 || this.#isDue
  }

  packetWithData(now: Millis, isUrgent: boolean): void {
    this.#packets++
    if (isUrgent || this.#packets >= PACKETS_PER_ACK) this.#isDue = true
    else if (this.#deadline === Infinity) this.#deadline = now + ACK_DELAY_MILLIS
  }

  demand(): void {
    this.#isDue = true
  }

  /** The same, where nothing else would have the owner transmit: the deadline does. */
  demandByTimer(): void {
    this.#deadline = 0
  }

  handleTimeout(now: Millis): void {
    if (now < this.#deadline) return
    this.#deadline = Infinity
    this.#isDue = true
  }

  sent(): void {
    this.#packets = 0
    this.#isDue = false
    this.#deadline = Infinity
  }
}
