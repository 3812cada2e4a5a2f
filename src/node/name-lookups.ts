import { SparseSet } from '../core/index.js'
import { setMaxListeners } from 'node:events'
import { candidateAddress } from './candidate-address.js'
import type { Io, LocalAddress, ServiceLocation } from './io.js'

/** A description may name as many candidates as it likes; it does not make us ask for more names than this at once. */
const MAX_CONCURRENT_LOOKUPS = 32

/** The name lookups that one driver has under way: bounded, and all of them end with it. */
export class NameLookups {
  readonly #io: Io
  /** Made for the first lookup: most connections have none, and an abort makes an error with its stack. */
  #abort: AbortController | undefined
  #isClosed = false
  readonly #pending = new SparseSet<Promise<unknown>>()
  #refused = 0

  constructor(io: Io) {
    this.#io = io
  }

  get pending(): number {
    return this.#pending.size
  }

  get refused(): number {
    return this.#refused
  }

  /** Addresses of `name`, best first; empty when it has none, too much is asked, or after {@link close}. */
  resolve(name: string): Promise<readonly string[]> {
    return this.#ask((signal) => this.#io.resolve(name, signal))
  }

  /** The one that the name of a peer's candidate stands for, to whoever has these addresses. */
  async candidateAddress(name: string, own: () => readonly LocalAddress[]): Promise<string | undefined> {
    const found = await this.resolve(name)
    return candidateAddress(found, own())
  }

  /** Where SRV records say that a service is; empty likewise. */
  resolveService(name: string): Promise<readonly ServiceLocation[]> {
    return this.#ask((signal) => this.#io.resolveService(name, signal))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#abort?.abort()
    await Promise.allSettled(this.#pending)
  }

  async #ask<Found>(ask: (signal: AbortSignal) => Promise<readonly Found[]>): Promise<readonly Found[]> {
    if (this.#isClosed) return []
    if (this.#pending.size >= MAX_CONCURRENT_LOOKUPS) {
      this.#refused++
      return []
    }
    const lookup = ask(this.#signal)
    this.#pending.add(lookup)
    try {
      return await lookup
    } finally {
      this.#pending.delete(lookup)
    }
  }

  get #signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      setMaxListeners(0, this.#abort.signal) // one or two per lookup, which are bounded: no reason for Node to warn of a leak
    }
    return this.#abort.signal
  }
}
