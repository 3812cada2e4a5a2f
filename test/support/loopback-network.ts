import { onTestFailed } from 'vitest'
import { nodeIo } from '../../src/node/index.js'
import type { Io, LocalAddress, UnrefableTimer } from '../../src/node/io.js'
import { ImpairedSocket } from './impaired-socket.js'
import { SeededRandom } from './seeded-random.js'
import type { LinkOptions, NetworkOptions, RunOptions } from './virtual-network.js'

const ADDRESS = '127.0.0.1'
const PERFECT_LINK = {
  latencyMillis: 0,
  jitterMillis: 0,
  lossRatio: 0,
  duplicateRatio: 0,
  reorderRatio: 0,
  damageRatio: 0,
}

/** Real time is dear: where a scenario lets things happen for a while, it gets so much of it. */
const LONGEST_PAUSE_MILLIS = 40
/** Only what hangs takes that long. */
const PATIENCE_MILLIS = 25_000
const LOOK_AGAIN_MILLIS = 1

/**
 * The face of a `VirtualNetwork` on the sockets of this machine, in real time: hosts are on its loopback interface, and the link between
 * them is as bad as it is told to be. What happens follows from the seed and from the machine.
 */
export class LoopbackNetwork {
  readonly seed: number
  readonly random: SeededRandom
  readonly counters = { sent: 0, lost: 0, duplicated: 0, damaged: 0, late: 0 }
  #link = PERFECT_LINK

  constructor({ seed = 1, link = {} }: NetworkOptions = {}) {
    this.seed = seed
    this.random = new SeededRandom(seed)
    this.setLink(link)
    onTestFailed(() => console.error(`LoopbackNetwork: the seed was ${this.seed}; ${JSON.stringify(this.counters)}`))
  }

  get link(): typeof PERFECT_LINK {
    return this.#link
  }

  /** From now on. There are no bottlenecks. */
  setLink(link: Partial<LinkOptions>): void {
    this.#link = { ...this.#link, ...link }
  }

  host(): LoopbackHost {
    return new LoopbackHost(this)
  }

  /** Until `until` says so; throws when it did not in time. */
  async run({ until }: RunOptions): Promise<void> {
    const end = performance.now() + PATIENCE_MILLIS
    while (until?.() !== true) {
      if (performance.now() > end) throw new Error(`not so after ${PATIENCE_MILLIS} ms: ${String(until)}`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MILLIS))
    }
  }

  async runFor(millis: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, Math.min(millis, LONGEST_PAUSE_MILLIS)))
  }
}

/** This machine, with loopback alone, behind the link of its network; give it to connections by `withIo`. */
export class LoopbackHost implements Io {
  readonly #network: LoopbackNetwork
  #sockets = 0
  #timers = 0
  #isPlugged = true
  readonly now = nodeIo.now
  readonly queueTask = nodeIo.queueTask
  readonly connectStream = nodeIo.connectStream
  readonly listenStream = nodeIo.listenStream
  readonly refusesUdp = nodeIo.refusesUdp
  readonly resolve = nodeIo.resolve
  readonly publishName = nodeIo.publishName
  readonly resolveService = nodeIo.resolveService

  constructor(network: LoopbackNetwork) {
    this.#network = network
  }

  /** What is still bound or armed. */
  get held(): { readonly sockets: number; readonly timers: number } {
    return { sockets: this.#sockets, timers: this.#timers }
  }

  /** Its sockets stay, but nothing comes or goes. */
  unplug(): void {
    this.#isPlugged = false
  }

  plug(): void {
    this.#isPlugged = true
  }

  createTimer(callback: () => void): UnrefableTimer {
    let isArmed = false
    const set = (willBeArmed: boolean): void => {
      if (isArmed !== willBeArmed) this.#timers += willBeArmed ? 1 : -1
      isArmed = willBeArmed
    }
    const timer = nodeIo.createTimer(() => {
      set(false)
      callback()
    })
    const arm = (at: number): void => {
      set(at !== Infinity)
      timer.arm(at)
    }
    return { arm, unref: () => timer.unref() }
  }

  localAddresses(): readonly LocalAddress[] {
    return this.#isPlugged ? [{ address: ADDRESS, family: 'IPv4', localPreference: 65_535 }] : []
  }

  presentAddresses(): readonly string[] {
    return this.#isPlugged ? [ADDRESS] : []
  }

  readonly bindUdp: Io['bindUdp'] = async (address, range, receive, isPlain) => {
    const network = this.#network
    const isDown = (): boolean => !this.#isPlugged
    const socket = await nodeIo.bindUdp(
      address,
      range,
      (data, from) => {
        if (!isDown()) receive(data, from)
      },
      isPlain,
    )
    this.#sockets++
    const impairment = {
      get link() {
        return isDown() ? { ...network.link, lossRatio: 1 } : network.link
      },
      random: network.random,
      counters: network.counters,
    }
    return new ImpairedSocket(socket, impairment, () => this.#sockets--)
  }
}
