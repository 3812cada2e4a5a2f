import type { TransportAddress } from '../ice/types.js'
import type { LocalAddress } from './io.js'
import { muxAddresses } from './mux-addresses.js'

interface BoundPort {
  readonly local: TransportAddress
  close(): Promise<void>
}

/** What a mux is bound to: a port on each of its addresses, from when it was asked for until it is closed. */
export class MuxPorts<Port extends BoundPort> {
  readonly #byAddress: Promise<ReadonlyMap<string, Port>>
  #closing: Promise<void> | undefined

  constructor(byAddress: Promise<ReadonlyMap<string, Port>>) {
    this.#byAddress = byAddress
    byAddress.catch(() => {}) // told by whoever asks for them
  }

  /** Rejects with the error of the operating system when none could be bound. */
  async all(): Promise<readonly Port[]> {
    return [...(await this.#byAddress).values()]
  }

  /** Where it listens. Rejects as {@link all}. */
  async listening(): Promise<readonly TransportAddress[]> {
    return (await this.all()).map(({ local }) => local)
  }

  /** For gathering, which goes on without a mux that listens nowhere. */
  async addresses(): Promise<readonly LocalAddress[]> {
    const byAddress = await this.#byAddress.catch(() => new Map<string, Port>())
    return muxAddresses(byAddress.keys())
  }

  /** Rejects for an address that it does not listen on, or no longer. */
  async at(address: string): Promise<Port> {
    const port = (await this.#byAddress).get(address)
    if (port === undefined || this.#closing !== undefined) throw new Error(`the mux does not listen on ${address}`)
    return port
  }

  /** Settles when all are closed; never rejects. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#byAddress.then(
      async (byAddress) => {
        await Promise.all([...byAddress.values()].map((port) => port.close()))
      },
      () => undefined, // nothing was bound
    )
    return this.#closing
  }
}
