import { SparseSet } from '../../core/index.js'
/** More losses than that are no reordering. */
const MAX_REMEMBERED = 1024

/**
 * What was taken for lost since the window was reduced, and what of it turned out to have arrived: when that is all, the
 * reduction was for nothing (RFC 9438 §4.9). Evidence is an acknowledgement sooner than the retransmission can have caused it
 * (RFC 3522), or a TSN that the peer reports twice (RFC 3708 for SCTP).
 */
export class LossEpisode {
  #lost = 0
  #refuted = 0
  #hasEnded = true
  /** Retransmitted, and not known to have been for nothing. */
  readonly #resent = new SparseSet<number>()

  /** Everything that was lost had arrived. */
  get isRefuted(): boolean {
    return this.#lost > 0 && this.#refuted === this.#lost
  }

  /** A chunk was found lost. The first after the end of a recovery begins another episode. */
  lost(): void {
    if (this.#hasEnded) this.clear()
    this.#hasEnded = false
    this.#lost++
  }

  retransmitted(tsn: number): void {
    // More could not be remembered, and then never is all of it refuted.
    if (this.#lost > 0 && this.#lost <= MAX_REMEMBERED) this.#resent.add(tsn)
  }

  /** It arrived before its retransmission was sent. */
  refuteUnsent(): void {
    this.#refuted++
  }

  /** It arrived beside its retransmission. True when that was not known yet. */
  refute(tsn: number): boolean {
    if (!this.#resent.delete(tsn)) return false
    this.#refuted++
    return true
  }

  /** The window may grow again; what is known may still be refuted. */
  end(): void {
    this.#hasEnded = true
  }

  clear(): void {
    this.#lost = 0
    this.#refuted = 0
    this.#hasEnded = true
    this.#resent.clear()
  }
}
