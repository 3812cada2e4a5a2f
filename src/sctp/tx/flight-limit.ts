import type { Millis } from '../../core/index.js'

/** What goes unhindered: four batches of segmentation offload on their way, four being read. On loopback a millisecond's worth. */
const LEAST_BYTES = 524_288
/** How much more, or less, is tried at a time. */
const STEP = 1.5
/** More in flight has to bring so much more to be kept; less is kept when it costs less than that. */
const WORTHWHILE_GAIN = 1.2
/** One period of measuring: a collection of garbage more or less makes no difference, and every path has some round trips in it. */
const MIN_PERIOD_MILLIS: Millis = 20
const PERIOD_ROUND_TRIPS = 4
/** Between two trials. */
const PERIODS_PER_TRIAL = 16
/** What was reached once is forgotten so quickly, per period. */
const FADING = 0.97

/**
 * How much may be in flight where nothing is paced: as little as has all the throughput that there is. On such paths, of one machine
 * or a local network, the kernel takes megabytes before it loses anything, round trips say nothing before they are milliseconds, and
 * what is in flight is what a small message waits behind. Now and then it tries whether more would be faster, as where the peer
 * reads seldom because it has other work, or less not slower:
 *
 *   resting ──16 periods──▶ trying more, or less ──brings, or costs nothing──▶ kept, once more
 *      ▲                                        └─else──▶ undone
 *      └─────────────────────────────────────────────────┘
 */
export class FlightLimit {
  #bytes = LEAST_BYTES
  /** What was in flight before the trial under way; 0 while there is none. */
  #formerBytes = 0
  #triesLessNext = false
  #restingPeriods = 0
  /** The most that arrived per millisecond, lately, with the limit that was kept. */
  #bestRate = 0
  #begunAt: Millis = -Infinity
  #acknowledgedBytes = 0
  /** In the period that is measured it was this limit, and not the application or the window, that held data back. */
  #hasHeldBack = false
  /** The first period of a trial still tells of what was before. */
  #isSettling = false

  get bytes(): number {
    return this.#bytes
  }

  /** Data waits that the limit, and nothing else, holds back. */
  heldBack(): void {
    this.#hasHeldBack = true
  }

  acknowledged(now: Millis, bytes: number, smoothedRoundTrip: Millis): void {
    this.#acknowledgedBytes += bytes
    const elapsed = now - this.#begunAt
    const period = Math.max(MIN_PERIOD_MILLIS, PERIOD_ROUND_TRIPS * smoothedRoundTrip)
    if (elapsed < period) return
    // After a pause, or when it was not this limit that mattered, nothing can be compared.
    if (elapsed < 2 * period && this.#hasHeldBack) this.#judge(this.#acknowledgedBytes / elapsed)
    this.#begunAt = now
    this.#acknowledgedBytes = 0
    this.#hasHeldBack = false
  }

  restart(): void {
    this.#bytes = LEAST_BYTES
    this.#formerBytes = 0
    this.#restingPeriods = 0
    this.#bestRate = 0
    this.#begunAt = -Infinity
    this.#isSettling = false
  }

  #judge(rate: number): void {
    if (this.#isSettling) {
      this.#isSettling = false
    } else if (this.#formerBytes === 0) {
      this.#bestRate = Math.max(rate, FADING * this.#bestRate)
      if (++this.#restingPeriods >= PERIODS_PER_TRIAL) this.#try()
    } else if (this.#isWorthwhile(rate)) {
      this.#bestRate = Math.max(rate, FADING * this.#bestRate)
      this.#try(this.#bytes < this.#formerBytes)
    } else {
      this.#bytes = this.#formerBytes
      this.#rest()
    }
  }

  #isWorthwhile(rate: number): boolean {
    const isMore = this.#bytes > this.#formerBytes
    return isMore ? rate > WORTHWHILE_GAIN * this.#bestRate : WORTHWHILE_GAIN * rate > this.#bestRate
  }

  #try(isLess = this.#triesLessNext): void {
    this.#triesLessNext = !isLess
    this.#formerBytes = this.#bytes
    this.#bytes = Math.max(LEAST_BYTES, isLess ? this.#bytes / STEP : this.#bytes * STEP)
    this.#isSettling = true
    if (this.#bytes === this.#formerBytes) this.#rest()
  }

  #rest(): void {
    this.#formerBytes = 0
    this.#restingPeriods = 0
    this.#isSettling = true
  }
}
