import { onTestFailed } from 'vitest'
import type { Millis } from '../../src/core/index.js'
import type { TransportAddress } from '../../src/ice/types.js'
import type { ServiceLocation } from '../../src/node/io.js'
import { damaged } from './damaged.js'
import { SeededRandom } from './seeded-random.js'
import { VirtualIo } from './virtual-io.js'
import type { HostOptions } from './virtual-io.js'
import { VirtualNat } from './virtual-nat.js'
import type { NatOptions } from './virtual-nat.js'
import type { AcceptStream, Destination, Surroundings, Uplink } from './virtual-topology.js'

/** What happens to a datagram between two hosts, in each direction. */
export interface LinkOptions {
  /** One way: half of a round trip. */
  readonly latencyMillis: Millis
  /** Up to so much more, which alone reorders. */
  readonly jitterMillis: Millis
  readonly lossRatio: number
  readonly duplicateRatio: number
  /** So many come later by up to four latencies, behind what was sent after them. */
  readonly reorderRatio: number
  /** So many arrive damaged. */
  readonly damageRatio: number
  /** The rate of a bottleneck that all traffic of one sending host shares. */
  readonly bytesPerMilli: number
  /** What the bottleneck queues before it drops. */
  readonly queueBytes: number
}

export interface NetworkOptions {
  /** The same seed, the same run. */
  readonly seed?: number
  readonly link?: Partial<LinkOptions>
  /** What `resolve` answers. */
  readonly names?: Readonly<Record<string, readonly string[]>>
}

export interface RunOptions {
  /** Looked at whenever everything that is due has happened. Without it, the time runs for `maxVirtualMillis`. */
  readonly until?: () => boolean
  readonly maxVirtualMillis?: Millis
}

const PERFECT_LINK: LinkOptions = {
  latencyMillis: 5,
  jitterMillis: 0,
  lossRatio: 0,
  duplicateRatio: 0,
  reorderRatio: 0,
  damageRatio: 0,
  bytesPerMilli: Infinity,
  queueBytes: 1 << 18,
}

/** Arrivals are put together so that a thousand datagrams with jitter are not a thousand turns of the event loop. */
const INSTANTS_PER_MILLI = 8
const MAX_TURNS_PER_INSTANT = 3_000
const DEFAULT_MAX_VIRTUAL_MILLIS = 60_000

interface Scheduled {
  readonly at: Millis
  readonly order: number
  readonly run: () => void
}

/**
 * A network of simulated hosts on a clock of its own: deterministic, repeatable from its seed, and as fast as the code
 * under test. Time stands still but in {@link run}, which lets tasks and promises settle at each instant.
 */
export class VirtualNetwork implements Uplink, Surroundings {
  readonly seed: number
  readonly names = new Map<string, readonly string[]>()
  /** SRV records. */
  readonly services = new Map<string, readonly ServiceLocation[]>()
  /** What became of datagrams. */
  readonly counters = { sent: 0, delivered: 0, lost: 0, duplicated: 0, overflowed: 0, unroutable: 0 }
  readonly #random: SeededRandom
  readonly #destinations = new Map<string, Destination>()
  readonly #bottleneckFreeAt = new WeakMap<object, Millis>()
  #link: LinkOptions
  #now: Millis = 1000 // not 0, which is easily taken for "never"
  /** The latest first: what is next is popped. */
  #agenda: Scheduled[] = []
  #order = 0
  #activity = 0
  #pendingTasks = 0

  constructor(options: NetworkOptions = {}) {
    this.seed = options.seed ?? 1
    this.#random = new SeededRandom(this.seed)
    this.#link = { ...PERFECT_LINK, ...options.link }
    for (const [name, addresses] of Object.entries(options.names ?? {})) this.names.set(name, addresses)
    try {
      onTestFailed(() => console.error(`VirtualNetwork: the seed was ${this.seed}`))
    } catch {
      // made outside of a test, in a hook: errors of run() still name the seed
    }
  }

  get now(): Millis {
    return this.#now
  }

  get latencyMillis(): Millis {
    return this.#link.latencyMillis
  }

  /** From now on; what is under way stays as it is. */
  setLink(link: Partial<LinkOptions>): void {
    this.#link = { ...this.#link, ...link }
  }

  /** A host with public addresses. */
  host(options: HostOptions): VirtualIo {
    const host = new VirtualIo(this, this, options)
    for (const address of options.addresses) this.#destinations.set(address, host)
    return host
  }

  /** A NAT with a public address; its own `host()` makes hosts behind it. */
  nat(options: NatOptions): VirtualNat {
    const nat = new VirtualNat(this, options)
    this.#destinations.set(options.publicAddress, nat)
    return nat
  }

  /** Lets time pass until `until` says so; throws, naming the seed, when it did not in `maxVirtualMillis`. */
  async run({ until, maxVirtualMillis = DEFAULT_MAX_VIRTUAL_MILLIS }: RunOptions = {}): Promise<void> {
    const end = this.#now + maxVirtualMillis
    for (;;) {
      await this.#settle()
      if (until?.() === true) return
      const next = this.#agenda.at(-1)?.at ?? Infinity
      if (next > end) break
      this.#now = Math.max(next, this.#now)
      this.#runDue()
    }
    if (until !== undefined) throw this.#error(`not so after ${maxVirtualMillis} virtual ms: ${until.toString()}`)
    this.#now = end
  }

  async runFor(virtualMillis: Millis): Promise<void> {
    await this.run({ maxVirtualMillis: virtualMillis })
  }

  schedule(at: Millis, run: () => void): () => void {
    this.#activity++
    const scheduled: Scheduled = { at: Math.max(at, this.#now), order: this.#order++, run }
    this.#agenda.splice(this.#placeOf(scheduled), 0, scheduled)
    return () => {
      const index = this.#placeOf(scheduled)
      if (this.#agenda[index] === scheduled) this.#agenda.splice(index, 1)
    }
  }

  /** A task at the present instant, before time moves on. */
  queueTask(callback: () => void): void {
    this.#activity++
    this.#pendingTasks++
    setImmediate(() => {
      this.#pendingTasks--
      callback()
    })
  }

  transmit(sender: object, route: Destination, from: TransportAddress, to: TransportAddress, data: Uint8Array): void {
    this.counters.sent++
    const { lossRatio, duplicateRatio, damageRatio } = this.#link
    // The sender may use its buffer again. No draw without damage: the seeds of other runs are to mean what they meant.
    const isDamaged = damageRatio > 0 && this.#random.chance(damageRatio)
    const copy = isDamaged ? damaged(data, this.#random) : data.slice()
    const leaves = this.#leavesBottleneck(sender, copy.length)
    const [lost, duplicated] = [this.#random.chance(lossRatio), this.#random.chance(duplicateRatio)]
    if (leaves === undefined) this.counters.overflowed++
    else if (lost) this.counters.lost++
    else {
      this.#arrive(leaves, route, from, to, copy)
      if (duplicated) {
        this.counters.duplicated++
        this.#arrive(leaves, route, from, to, copy.slice())
      }
    }
  }

  route(from: TransportAddress): { route: Destination; from: TransportAddress } {
    return { route: this, from }
  }

  deliver(to: TransportAddress, from: TransportAddress, data: Uint8Array): boolean {
    return this.#destinations.get(to.address)?.deliver(to, from, data) ?? false
  }

  listenerAt(to: TransportAddress): AcceptStream | 'refused' | undefined {
    return this.#destinations.get(to.address)?.listenerAt(to)
  }

  refusesDatagrams(to: TransportAddress): boolean {
    return this.#destinations.get(to.address)?.refusesDatagrams(to) ?? false
  }

  #arrive(leaves: Millis, route: Destination, from: TransportAddress, to: TransportAddress, data: Uint8Array): void {
    const { latencyMillis, jitterMillis, reorderRatio } = this.#link
    const late = this.#random.chance(reorderRatio) ? this.#random.next() * 4 * latencyMillis : 0
    const at = leaves + latencyMillis + this.#random.next() * jitterMillis + late
    this.schedule(Math.ceil(at * INSTANTS_PER_MILLI) / INSTANTS_PER_MILLI, () => {
      if (route.deliver(to, from, data)) this.counters.delivered++
      else this.counters.unroutable++
    })
  }

  /** When the last byte is through; `undefined` when the queue is full. */
  #leavesBottleneck(sender: object, sizeBytes: number): Millis | undefined {
    const { bytesPerMilli, queueBytes } = this.#link
    if (bytesPerMilli === Infinity) return this.#now
    const freeAt = Math.max(this.#bottleneckFreeAt.get(sender) ?? 0, this.#now)
    if ((freeAt - this.#now) * bytesPerMilli + sizeBytes > queueBytes) return undefined
    const leaves = freeAt + sizeBytes / bytesPerMilli
    this.#bottleneckFreeAt.set(sender, leaves)
    return leaves
  }

  #runDue(): void {
    for (let next = this.#agenda.at(-1); next !== undefined && next.at <= this.#now; next = this.#agenda.at(-1)) {
      this.#agenda.pop()
      next.run()
    }
  }

  /** Until a whole turn of the event loop went by in which nothing was asked of this network. */
  async #settle(): Promise<void> {
    for (let turn = 0; turn < MAX_TURNS_PER_INSTANT; turn++) {
      const before = this.#activity
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#pendingTasks === 0 && this.#activity === before) return
    }
    throw this.#error(`still busy at one instant after ${MAX_TURNS_PER_INSTANT} turns of the event loop`)
  }

  /** The index in the agenda where it is, or belongs. */
  #placeOf(scheduled: Scheduled): number {
    let low = 0
    let high = this.#agenda.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#agenda[middle]!
      const isLater = other.at > scheduled.at || (other.at === scheduled.at && other.order > scheduled.order)
      if (isLater) low = middle + 1
      else high = middle
    }
    return low
  }

  #error(what: string): Error {
    return new Error(`virtual network (seed ${this.seed}, at ${this.#now} ms): ${what}`)
  }
}
