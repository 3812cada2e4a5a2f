import type { Millis } from '../../core/index.js'

/** What goes unhindered: four batches of segmentation offload on their way, four being read. On loopback a millisecond's worth. */
const LEAST_BYTES = 524_288
/** While nobody waits behind it: what arrives in so long, where that is more; then neither end waits for the other. */
const ALONE_MILLIS: Millis = 2
const MOST_ALONE_BYTES = 1_048_576
/** What a short message may find in flight before it. */
const LEAST_BESIDE_BYTES = 196_608
/** So long after the last short message another one is expected. */
const BESIDE_MILLIS: Millis = 2000
/** What short messages may have in flight beyond the limit, so that they do not wait for the next SACK: some hundreds. */
const RESERVE_BYTES = 65_536
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
 * what is in flight is what a small message waits behind: so it is less for as long as there are short messages beside long ones, and
 * more where there are none and much arrives. Now and then it tries whether still more would be faster, as where the peer
 * reads seldom because it has other work, or less not slower:
 *
 *   resting ──16 periods──▶ trying more, or less ──brings, or costs nothing──▶ kept, once more
 *      ▲                                        └─else──▶ undone
 *      └─────────────────────────────────────────────────┘
 */
export class FlightLimit {
  #bytes = LEAST_BYTES
  /** After the limit was lowered: what may be in flight of before. */
  #leavingBytes = 0
  /** Short messages wait beside others, or did just now. */
  #besideUntil: Millis = -Infinity
  #isBeside = false
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

  /** The limit for short messages: they do not wait for others, nor until what a former limit let go has arrived. */
  get bytesForShort(): number {
    return Math.max(this.#bytes, this.#leavingBytes) + RESERVE_BYTES
  }

  /** Data waits that the limit, and nothing else, holds back. */
  heldBack(): void {
    this.#hasHeldBack = true
  }

  /** A short message came at that time, while other streams had something to send. */
  shortBeside(at: Millis): void {
    this.#besideUntil = at + BESIDE_MILLIS
    if (this.#isBeside) return
    this.#isBeside = true
    this.restart()
  }

  acknowledged(now: Millis, bytes: number, smoothedRoundTrip: Millis): void {
    if (this.#isBeside && now >= this.#besideUntil) {
      this.#isBeside = false
      this.restart()
    }
    this.#acknowledgedBytes += bytes
    this.#leavingBytes = Math.max(0, this.#leavingBytes - bytes)
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
    this.#bestRate = 0
    this.#allow(this.#leastBytes())
    this.#formerBytes = 0
    this.#restingPeriods = 0
    this.#begunAt = -Infinity
    this.#isSettling = false
  }

  #allow(bytes: number): void {
    if (bytes < this.#bytes) this.#leavingBytes = Math.max(this.#bytes, this.#leavingBytes)
    this.#bytes = bytes
  }

  #leastBytes(): number {
    if (this.#isBeside) return LEAST_BESIDE_BYTES
    return Math.min(Math.max(LEAST_BYTES, ALONE_MILLIS * this.#bestRate), MOST_ALONE_BYTES)
  }

  #judge(rate: number): void {
    if (this.#isSettling) {
      this.#isSettling = false
    } else if (this.#formerBytes === 0) {
      this.#keep(rate)
      if (++this.#restingPeriods >= PERIODS_PER_TRIAL) this.#try()
    } else if (this.#isWorthwhile(rate)) {
      this.#keep(rate)
      this.#try(this.#bytes < this.#formerBytes)
    } else {
      this.#allow(this.#formerBytes)
      this.#rest()
    }
  }

  #keep(rate: number): void {
    const before = this.#leastBytes()
    this.#bestRate = Math.max(rate, FADING * this.#bestRate)
    const least = this.#leastBytes()
    // What was not found by trying follows the rate down, too.
    this.#allow(this.#bytes === before ? least : Math.max(least, this.#bytes))
  }

  #isWorthwhile(rate: number): boolean {
    const isMore = this.#bytes > this.#formerBytes
    return isMore ? rate > WORTHWHILE_GAIN * this.#bestRate : WORTHWHILE_GAIN * rate > this.#bestRate
  }

  #try(isLess = this.#triesLessNext): void {
    this.#triesLessNext = !isLess
    this.#formerBytes = this.#bytes
    this.#allow(Math.max(this.#leastBytes(), isLess ? this.#bytes / STEP : this.#bytes * STEP))
    this.#isSettling = true
    if (this.#bytes === this.#formerBytes) this.#rest()
  }

  #rest(): void {
    this.#formerBytes = 0
    this.#restingPeriods = 0
    this.#isSettling = true
  }
}
