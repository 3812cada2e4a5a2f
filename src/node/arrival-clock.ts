import type { Millis } from '../core/index.js'
import type { Io } from './io.js'

/** What a burst of datagrams is told the same time for: some 30 µs. */
const ARRIVALS_PER_LOOK = 16

/** When datagrams came. Looking at the clock takes as long as copying two of them: of some that came at once, the first looks. */
export class ArrivalClock {
  readonly #io: Io
  #now: Millis = 0
  /** How many have come at that time; 0 when the clock is to be looked at. */
  #arrivals = 0

  constructor(io: Io) {
    this.#io = io
  }

  timeOfArrival(): Millis {
    if (this.#arrivals === 0) this.#now = this.#io.now()
    this.#arrivals = (this.#arrivals + 1) % ARRIVALS_PER_LOOK
    return this.#now
  }

  /** The next datagram comes at another time. */
  turn(): void {
    this.#arrivals = 0
  }
}
