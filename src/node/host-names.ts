import { randomUUID } from 'node:crypto'
import type { Io, PublishedName } from './io.js'

interface HostName {
  readonly name: string
  readonly published: PublishedName
}

/**
 * The names that one driver's host candidates have in place of addresses (draft-ietf-mmusic-mdns-ice-candidates §3.1): one for
 * each address, random, published by multicast DNS while the driver lives.
 */
export class HostNames {
  readonly #io: Io
  readonly #byAddress = new Map<string, HostName>()
  readonly #closing = new Set<Promise<void>>()
  #isClosed = false

  constructor(io: Io) {
    this.#io = io
  }

  /** Names that are published, or not quite withdrawn. */
  get open(): number {
    return this.#byAddress.size + this.#closing.size
  }

  /** Told at once: that it can be resolved soon is for whoever publishes it (§3.1.2.1). */
  of(address: string): string {
    const known = this.#byAddress.get(address)
    if (known !== undefined) return known.name
    const name = `${randomUUID()}.local`
    if (!this.#isClosed) this.#byAddress.set(address, { name, published: this.#io.publishName(name, address) })
    return name
  }

  /** Withdraws those whose address is not among the present ones any more. */
  removeAbsent(present: ReadonlySet<string>): void {
    for (const address of this.#byAddress.keys()) if (!present.has(address)) this.#withdraw(address)
  }

  /** Withdraws all; settles when nothing is held for them any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const address of this.#byAddress.keys()) this.#withdraw(address)
    await Promise.all(this.#closing)
  }

  #withdraw(address: string): void {
    const closed = this.#byAddress.get(address)?.published.close()
    this.#byAddress.delete(address)
    if (closed === undefined) return
    this.#closing.add(closed)
    void closed.finally(() => this.#closing.delete(closed))
  }
}
