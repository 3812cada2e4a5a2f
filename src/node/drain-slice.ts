import type { Millis } from '../core/index.js'
import { EventSlice } from './event-slice.js'
import { SLICE } from './slice.js'

/** How much a driver may do before others have their turn. Neither of transmits and events starves the other. */
export class DrainSlice {
  #end: Millis = 0
  #transmits = 0
  readonly #events = new EventSlice()

  /** When transmits have to end. */
  get end(): Millis {
    return this.#end
  }

  begin(now: Millis, endOfTurn: Millis): void {
    this.#end = Math.min(now + SLICE.millis, endOfTurn)
    this.#transmits = 0
    this.#events.begin()
  }

  /** How many datagrams the next pass may send: they count as sent. */
  takeTransmits(): number {
    this.#transmits += SLICE.transmitsPerPass
    return SLICE.transmitsPerPass
  }

  beginEvents(now: Millis): void {
    this.#events.resume(now, this.#end)
  }

  /** An event was told. True when the others have to wait for the next slice. */
  eventTold(clock: { now(): Millis }): boolean {
    return this.#events.isOver(clock)
  }

  /** No further pass. */
  isOver(now: Millis): boolean {
    return this.#transmits >= SLICE.transmits || now >= this.#end
  }
}
