import type { TransportAddress } from '../../src/ice/types.js'
import type { UdpSocket } from '../../src/node/io.js'
import { damaged } from './damaged.js'
import type { SeededRandom } from './seeded-random.js'
import type { LinkOptions } from './virtual-network.js'

/** What a bad link does to datagrams, from now on. */
export interface Impairment {
  readonly link: Pick<
    LinkOptions,
    'latencyMillis' | 'jitterMillis' | 'lossRatio' | 'duplicateRatio' | 'reorderRatio'
  > & {
    readonly damageRatio: number
  }
  readonly random: SeededRandom
  readonly counters: { sent: number; lost: number; duplicated: number; damaged: number; late: number }
}

interface Late {
  readonly at: number
  readonly data: Uint8Array
  readonly to: TransportAddress
}

/** A late one is overtaken by what leaves within so many milliseconds, over a link that has no latency of its own. */
const LATE_MILLIS = 8

/** A socket of this machine behind a bad link: what it is given to send is lost, late, twice there, damaged, or sent. */
export class ImpairedSocket implements UdpSocket {
  readonly #socket: UdpSocket
  readonly #impairment: Impairment
  /** The latest first. */
  readonly #late: Late[] = []
  #timer: NodeJS.Timeout | undefined
  readonly #closed: () => void

  constructor(socket: UdpSocket, impairment: Impairment, closed: () => void) {
    this.#socket = socket
    this.#impairment = impairment
    this.#closed = closed
  }

  get local(): TransportAddress {
    return this.#socket.local
  }

  get sendErrors(): number {
    return this.#socket.sendErrors
  }

  send(data: Uint8Array, to: TransportAddress): void {
    this.queue(data, to)
    this.flush()
  }

  queue(data: Uint8Array, to: TransportAddress): void {
    const { link, random, counters } = this.#impairment
    counters.sent++
    const [isLost, isTwice] = [random.chance(link.lossRatio), random.chance(link.duplicateRatio)]
    const isDamaged = random.chance(link.damageRatio)
    if (isLost) {
      counters.lost++
      return
    }
    if (isDamaged) counters.damaged++
    this.#pass(isDamaged ? damaged(data, random) : data, to)
    if (!isTwice) return
    counters.duplicated++
    this.#pass(data, to)
  }

  flush(): void {
    this.#socket.flush()
  }

  forbidFragmentation(): boolean {
    return this.#socket.forbidFragmentation?.() ?? false
  }

  unref(): void {
    this.#socket.unref()
  }

  /** As of any socket: what was sent before is on the wire. */
  async close(): Promise<void> {
    this.#release(Infinity)
    await this.#socket.close()
    this.#closed()
  }

  #pass(data: Uint8Array, to: TransportAddress): void {
    const { link, random, counters } = this.#impairment
    const { latencyMillis, jitterMillis, reorderRatio } = link
    const isLate = random.chance(reorderRatio)
    if (isLate) counters.late++
    const lateMillis = isLate ? random.next() * (4 * latencyMillis + LATE_MILLIS) : 0
    const delayMillis = latencyMillis + random.next() * jitterMillis + lateMillis
    if (delayMillis === 0) return this.#socket.queue(data, to)
    const late = { at: performance.now() + delayMillis, data: data.slice(), to }
    const after = this.#late.findLastIndex(({ at }) => at > late.at)
    this.#late.splice(after + 1, 0, late)
    if (after === this.#late.length - 2) this.#arm()
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const next = this.#late.at(-1)
    this.#timer = undefined
    if (next === undefined) return
    this.#timer = setTimeout(() => this.#release(performance.now()), Math.max(0, next.at - performance.now()))
  }

  #release(now: number): void {
    for (let next = this.#late.at(-1); next !== undefined && next.at <= now; next = this.#late.at(-1)) {
      this.#late.pop()
      this.#socket.queue(next.data, next.to)
    }
    this.#socket.flush()
    this.#arm()
  }
}
