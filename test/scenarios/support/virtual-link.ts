import type { TransportAddress } from '../../../src/ice/types.js'
import { SeededRandom } from '../../support/seeded-random.js'

export interface LinkOptions {
  readonly seed: number
  readonly lossRatio: number
  readonly duplicateRatio: number
  readonly rttMillis: number
  /** Up to so much more per datagram, each way: reorders. */
  readonly jitterMillis: number
  /** A bottleneck in each direction; Infinity for none. */
  readonly bytesPerMilli: number
  /** What a bottleneck queues before it drops. */
  readonly queueBytes: number
}

export const PERFECT_LINK: LinkOptions = {
  seed: 1,
  lossRatio: 0,
  duplicateRatio: 0,
  rttMillis: 20,
  jitterMillis: 0,
  bytesPerMilli: Infinity,
  queueBytes: 1_048_576,
}

export interface Datagram {
  readonly from: TransportAddress
  readonly to: TransportAddress
  readonly data: Uint8Array
}

/** Whoever is on the link: woken for what arrived and for what is due. */
export interface Station {
  /** Takes everything that arrived at this moment, then sends and tells what there is. */
  drain(): void
  nextTimeout(): number
  handleTimeout(now: number): void
}

/** A clock and a network between stations: every run with the same seed is the same run. */
export class VirtualLink {
  now = 1000
  options: LinkOptions
  /** Everything that was sent, lost or not. */
  datagramsSent = 0
  bytesSent = 0
  /** Says false for what is to vanish on the way. */
  passes: (datagram: Datagram) => boolean = () => true
  /** Sees everything that is sent. */
  tap: (datagram: Datagram) => void = () => undefined
  readonly #random: SeededRandom
  readonly #receivers = new Map<string, (datagram: Datagram) => void>()
  readonly #stations: Station[] = []
  readonly #agenda = new Agenda()
  readonly #freeAt = new Map<string, number>()

  constructor(options: Partial<LinkOptions> = {}) {
    this.options = { ...PERFECT_LINK, ...options }
    this.#random = new SeededRandom(this.options.seed)
  }

  get random(): SeededRandom {
    return this.#random
  }

  add(station: Station): void {
    this.#stations.push(station)
  }

  listen(address: TransportAddress, receive: (datagram: Datagram) => void): void {
    this.#receivers.set(keyOf(address), receive)
  }

  unlisten(address: TransportAddress): void {
    this.#receivers.delete(keyOf(address))
  }

  after(millis: number, run: () => void): void {
    this.#agenda.add(this.now + millis, run)
  }

  send(datagram: Datagram): void {
    this.datagramsSent++
    this.bytesSent += datagram.data.length
    this.tap(datagram)
    const { lossRatio, duplicateRatio, rttMillis, jitterMillis } = this.options
    const isLost = this.#random.chance(lossRatio)
    const copies = this.#random.chance(duplicateRatio) ? 2 : 1
    if (isLost || !this.passes(datagram)) return
    const queued = this.#queueingDelay(datagram)
    if (queued === undefined) return
    for (let i = 0; i < copies; i++) {
      const jitter = jitterMillis === 0 ? 0 : this.#random.next() * jitterMillis
      this.after(queued + rttMillis / 2 + jitter, () => this.deliver(datagram))
    }
  }

  /** As if it had just arrived. */
  deliver(datagram: Datagram): void {
    this.#receivers.get(keyOf(datagram.to))?.(datagram)
  }

  runFor(millis: number): void {
    this.runUntil(() => false, { withinMillis: millis, mayTimeOut: true })
  }

  /** Lets time pass until the condition is true; fails when it never is. */
  runUntil(
    condition: () => boolean,
    options: { readonly withinMillis?: number; readonly mayTimeOut?: boolean } = {},
  ): void {
    const end = this.now + (options.withinMillis ?? 300_000)
    for (let standing = 0; ; standing++) {
      for (const station of this.#stations) station.drain()
      if (condition()) return
      const timeout = Math.min(...this.#stations.map((station) => station.nextTimeout()))
      const next = Math.min(this.#agenda.next, timeout)
      if (next > end) break
      standing = next > this.now ? 0 : standing
      if (standing > 10_000) throw new Error(`the clock stands still at ${this.now}`)
      this.now = Math.max(this.now, next)
      this.#agenda.runDue(this.now)
      for (const station of this.#stations) if (station.nextTimeout() <= this.now) station.handleTimeout(this.now)
    }
    this.now = end
    if (options.mayTimeOut !== true) throw new Error(`not within ${options.withinMillis ?? 300_000} virtual ms`)
  }

  #queueingDelay({ from, to, data }: Datagram): number | undefined {
    const { bytesPerMilli, queueBytes } = this.options
    if (bytesPerMilli === Infinity) return 0
    const direction = `${from.address} ${to.address}`
    const freeAt = Math.max(this.#freeAt.get(direction) ?? 0, this.now)
    if ((freeAt - this.now) * bytesPerMilli > queueBytes) return undefined
    const done = freeAt + data.length / bytesPerMilli
    this.#freeAt.set(direction, done)
    return done - this.now
  }
}

function keyOf({ address, port }: TransportAddress): string {
  return `${address} ${port}`
}

interface Entry {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** What happens when, first things first, and in order where at the same time: a binary heap. */
class Agenda {
  readonly #heap: Entry[] = []
  #order = 0

  get next(): number {
    return this.#heap[0]?.at ?? Infinity
  }

  add(at: number, run: () => void): void {
    const heap = this.#heap
    let index = heap.length
    heap.push({ at, order: this.#order++, run })
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(heap[index]!, heap[parent]!)) break
      ;[heap[index], heap[parent]] = [heap[parent]!, heap[index]!]
      index = parent
    }
  }

  /** What is added meanwhile waits for the next turn, even where it is due. */
  runDue(now: number): void {
    const due: Entry[] = []
    while (this.next <= now) due.push(this.#take())
    for (const entry of due) entry.run()
  }

  #take(): Entry {
    const heap = this.#heap
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    heap[0] = last
    for (let index = 0; ;) {
      const left = 2 * index + 1
      const right = left + 1
      let least = index
      if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left
      if (right < heap.length && isBefore(heap[right]!, heap[least]!)) least = right
      if (least === index) return first
      ;[heap[index], heap[least]] = [heap[least]!, heap[index]!]
      index = least
    }
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
