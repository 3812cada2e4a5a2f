/** What stands between a datagram's coming in and its going out. */
export interface LinkPlan {
  /** One way. */
  readonly delayMillis: number
  /** 0 … 1, each way. */
  readonly lossRatio: number
  /** A bottleneck; what does not fit into its queue is dropped. */
  readonly bottleneck?: { readonly bytesPerSecond: number; readonly queueBytes: number }
}

/** More than a datagram of 1,500 bytes has; larger ones are not carried. */
const SLOT_BYTES = 2048
/** 64 MiB of datagrams of 1,200 bytes, and some. A power of two. */
const SLOTS = 1 << 16

/**
 * One direction of a link: a delay that is the same for all, so that they leave in the order in which they came. Datagrams are
 * copied into slots that were there before.
 */
export class DelayLine {
  readonly #plan: LinkPlan
  readonly #slab = new Uint8Array(SLOT_BYTES * SLOTS)
  readonly #dueMillis = new Float64Array(SLOTS)
  readonly #lengths = new Uint16Array(SLOTS)
  readonly #lanes = new Uint8Array(SLOTS)
  #head = 0
  #tail = 0
  /** When the bottleneck will have sent what is queued now. */
  #busyUntilMillis = 0
  #random: number
  readonly counters = { carried: 0, lost: 0, overflowed: 0, tooLarge: 0 }

  constructor(plan: LinkPlan, seed: number) {
    this.#plan = plan
    this.#random = seed
  }

  put(data: Uint8Array, lane: number, nowMillis: number): void {
    const { delayMillis, lossRatio, bottleneck } = this.#plan
    if (data.length > SLOT_BYTES) {
      this.counters.tooLarge++
      return
    }
    if (lossRatio > 0 && this.#next() < lossRatio) {
      this.counters.lost++
      return
    }
    let leavesMillis = nowMillis
    if (bottleneck !== undefined) {
      const waitsMillis = Math.max(0, this.#busyUntilMillis - nowMillis)
      if ((waitsMillis / 1000) * bottleneck.bytesPerSecond > bottleneck.queueBytes) {
        this.counters.overflowed++
        return
      }
      leavesMillis += waitsMillis + (data.length / bottleneck.bytesPerSecond) * 1000
      this.#busyUntilMillis = leavesMillis
    }
    if (this.#tail - this.#head === SLOTS) {
      this.counters.overflowed++
      return
    }
    const slot = this.#tail++ & (SLOTS - 1)
    this.#slab.set(data, slot * SLOT_BYTES)
    this.#lengths[slot] = data.length
    this.#lanes[slot] = lane
    this.#dueMillis[slot] = leavesMillis + delayMillis
  }

  /** Hands out what is due. The view is good until the next `put`. */
  take(nowMillis: number, out: (data: Uint8Array, lane: number) => void): void {
    while (this.#head < this.#tail) {
      const slot = this.#head & (SLOTS - 1)
      if (this.#dueMillis[slot]! > nowMillis) return
      this.#head++
      this.counters.carried++
      const at = slot * SLOT_BYTES
      out(this.#slab.subarray(at, at + this.#lengths[slot]!), this.#lanes[slot]!)
    }
  }

  get isEmpty(): boolean {
    return this.#head === this.#tail
  }

  /** A linear congruential generator (Numerical Recipes' constants). */
  #next(): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0
    return this.#random / 2 ** 32
  }
}
