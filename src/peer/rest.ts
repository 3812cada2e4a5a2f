import type { Millis } from '../core/index.js'

/**
 * Whether a layer has nothing to do until its next deadline, so that polling it need not look. A connection that is idle is woken
 * for checks of ICE alone, and what it would have to read of its other layers is in no cache by then.
 *
 *   awake ──sentAll──▶ all is sent ──toldAll──▶ all is told ──begin(deadline)──▶ at rest ──end, from anywhere──▶ awake
 */
export class Rest {
  #isSent = false
  #isTold = false
  /** The deadline while at rest, else -1: no time is before it. */
  until: Millis = -1

  sentAll(): void {
    this.#isSent = true
  }

  /** What it sent may have had consequences to be told: only what is told after it counts. */
  toldAll(): void {
    this.#isTold = this.#isSent
  }

  begin(deadline: Millis): void {
    if (this.#isTold) this.until = deadline
  }

  /** Something was asked of the layer, or came out of it. */
  end(): void {
    this.#isSent = this.#isTold = false
    this.until = -1
  }
}
