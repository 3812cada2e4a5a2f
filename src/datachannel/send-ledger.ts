import { Deque } from '../core/index.js'

interface Uncounted {
  /** Where it ends in the stream's bytes, counted from the channel's first. */
  readonly end: number
  readonly bytes: number
}

/**
 * Translates what SCTP says it sent into what the application queued: the DCEP messages and the zero byte that stands
 * in for an empty message (RFC 8831 §6.6) were never part of `bufferedAmount`.
 */
export class SendLedger {
  readonly #uncounted = new Deque<Uncounted>()
  #queued = 0
  #sent = 0

  queue(bytes: number, countsForApplication: boolean): void {
    this.#queued += bytes
    if (!countsForApplication) this.#uncounted.push({ end: this.#queued, bytes })
  }

  /** Bytes that were queued and not sent. */
  get waiting(): number {
    return this.#queued - this.#sent
  }

  /** How many bytes of the application are among the next `bytes` of the stream. */
  sent(bytes: number): number {
    const from = this.#sent
    this.#sent += bytes
    let uncounted = 0
    for (let next = this.#uncounted.peek(); next !== undefined; next = this.#uncounted.peek()) {
      uncounted += Math.max(0, Math.min(next.end, this.#sent) - Math.max(next.end - next.bytes, from))
      if (next.end > this.#sent) break
      this.#uncounted.shift()
    }
    return bytes - uncounted
  }
}
