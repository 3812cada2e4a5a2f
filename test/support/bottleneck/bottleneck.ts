import { SeededRandom } from '../seeded-random.js'

export interface BottleneckOptions {
  readonly seed: number
  /** Of the one link that all flows share, in the direction of their data. */
  readonly bytesPerMilli: number
  /** What waits in front of it before it drops at the tail. */
  readonly queueBytes: number
  readonly rttMillis: number
  /** Independent of the queue, each way. */
  readonly lossRatio: number
  /** Share of data packets that are late by up to {@link lateMillis} more. */
  readonly lateRatio: number
  readonly lateMillis: number
}

/** A sender with its receiver, for ever with something to send. */
export interface Flow {
  readonly name: string
  /** Payload that its receiver got in order. */
  readonly deliveredBytes: number
  /** Sends what may be sent. */
  drain(): void
  nextTimeout(): number
  handleTimeout(): void
}

interface Entry {
  readonly at: number
  readonly order: number
  readonly run: () => void
  readonly flow: Flow
}

/** Flows that share one link with a drop-tail queue, on a virtual clock: every run with the same seed is the same run. */
export class Bottleneck {
  now = 0
  options: BottleneckOptions
  /** The network is gone. */
  isDown = false
  dropped = 0
  readonly flows: Flow[] = []
  readonly #random: SeededRandom
  readonly #heap: Entry[] = []
  #order = 0
  #freeAt = 0
  #delaySum = 0
  #delays = 0

  constructor(options: Partial<BottleneckOptions>) {
    const perfect = { seed: 1, bytesPerMilli: Infinity, queueBytes: Infinity, rttMillis: 40, lossRatio: 0 }
    this.options = { ...perfect, lateRatio: 0, lateMillis: 0, ...options }
    this.#random = new SeededRandom(this.options.seed)
  }

  /** What waits in front of the link. */
  get queueMillis(): number {
    return Math.max(0, this.#freeAt - this.now)
  }

  /** What packets have waited, on average, since the last time this was asked. */
  takeMeanQueueMillis(): number {
    const mean = this.#delaySum / Math.max(this.#delays, 1)
    this.#delaySum = 0
    this.#delays = 0
    return mean
  }

  add<T extends Flow>(flow: T): T {
    this.flows.push(flow)
    flow.drain()
    return flow
  }

  /** A packet with data: through the queue, or not. */
  sendData(flow: Flow, bytes: number, arrive: () => void): void {
    const { bytesPerMilli, queueBytes, rttMillis, lossRatio, lateRatio, lateMillis } = this.options
    const isLate = this.#random.chance(lateRatio)
    const lateness = this.#random.next() * lateMillis
    if (this.#random.chance(lossRatio) || this.isDown) return
    let departs = this.now
    if (bytesPerMilli !== Infinity) {
      if (this.queueMillis * bytesPerMilli + bytes > queueBytes) {
        this.dropped++
        return
      }
      this.#delaySum += this.queueMillis
      this.#delays++
      departs = this.#freeAt = Math.max(this.#freeAt, this.now) + bytes / bytesPerMilli
    }
    this.#schedule(departs + rttMillis / 2 + (isLate ? lateness : 0), flow, arrive)
  }

  /** An acknowledgement: its direction is never full. */
  sendBack(flow: Flow, arrive: () => void): void {
    if (this.#random.chance(this.options.lossRatio) || this.isDown) return
    this.#schedule(this.now + this.options.rttMillis / 2, flow, arrive)
  }

  runFor(millis: number, until: () => boolean = () => false): void {
    const end = this.now + millis
    for (;;) {
      let next = this.#heap[0]?.at ?? Infinity
      let timed: Flow | undefined
      for (const flow of this.flows) {
        const timeout = flow.nextTimeout()
        if (timeout >= next) continue
        next = timeout
        timed = flow
      }
      if (next > end || until()) break
      this.now = Math.max(this.now, next)
      if (timed === undefined) {
        const entry = this.#take()
        entry.run()
        entry.flow.drain()
      } else {
        timed.handleTimeout()
        timed.drain()
      }
    }
    if (!until()) this.now = end
  }

  /** What each flow delivers in the time, in bytes. */
  measure(millis: number): number[] {
    const before = this.flows.map((flow) => flow.deliveredBytes)
    this.takeMeanQueueMillis()
    this.runFor(millis)
    return this.flows.map((flow, index) => flow.deliveredBytes - before[index]!)
  }

  #schedule(at: number, flow: Flow, run: () => void): void {
    const heap = this.#heap
    const entry = { at, order: this.#order++, run, flow }
    let index = heap.push(entry) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(entry, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = entry
  }

  #take(): Entry {
    const heap = this.#heap
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
    return first
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** Jain's fairness index: 1 when all have the same, 1/n when one has all. */
export function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0)
  const squares = shares.reduce((total, share) => total + share * share, 0)
  return (sum * sum) / (shares.length * squares)
}
