import { SparseMap, SparseSet } from '../core/index.js'
import { setMaxListeners } from 'node:events'
import type { TransportAddress } from '../ice/types.js'
import type { TransportId } from '../peer/contract.js'
import type { Io } from './io.js'

/** In one driver; servers above are waited for as if they had nobody to refuse for them. */
const MAX_PROBES = 64
const STUN_HEADER_BYTES = 20
/** RFC 8489 §5: a Binding indication (method 1, class 1) without attributes, and the magic cookie. */
const BINDING_INDICATION = [0x00, 0x11, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42]

/**
 * Finds out which servers refuse, while the peer waits for their answers. Everything is asked of the same addresses that the
 * peer asks, from the same ones; a server that cannot be reached from any of them is refused.
 */
export class Refusals {
  readonly #io: Io
  readonly #aborts = new SparseMap<TransportId, AbortController>()
  readonly #pending = new SparseSet<Promise<boolean>>()

  constructor(io: Io) {
    this.#io = io
  }

  /** Sockets that listen. */
  get pending(): number {
    return this.#pending.size
  }

  /** True when all ways to the server are refused; false when there are none. */
  async refuses(transportId: TransportId, localAddresses: readonly string[], to: TransportAddress): Promise<boolean> {
    const ways = localAddresses.filter((address) => areConnected(address, to.address))
    if (ways.length === 0 || this.#pending.size + ways.length > MAX_PROBES) return false
    const signal = this.#signalOf(transportId)
    const answers = await Promise.all(ways.map((address) => this.#probe(address, to, signal)))
    return !signal.aborted && answers.every((refused) => refused)
  }

  /** Nobody waits for answers any more. */
  stop(transportId: TransportId): void {
    this.#aborts.get(transportId)?.abort()
    this.#aborts.delete(transportId)
  }

  async close(): Promise<void> {
    for (const transportId of [...this.#aborts.keys()]) this.stop(transportId)
    await Promise.all(this.#pending)
  }

  async #probe(localAddress: string, to: TransportAddress, signal: AbortSignal): Promise<boolean> {
    const probe = this.#io.refusesUdp(localAddress, to, bindingIndication(), signal)
    this.#pending.add(probe)
    try {
      return await probe
    } finally {
      this.#pending.delete(probe)
    }
  }

  #signalOf(transportId: TransportId): AbortSignal {
    const abort = this.#aborts.get(transportId) ?? new AbortController()
    if (!this.#aborts.has(transportId)) {
      this.#aborts.set(transportId, abort)
      setMaxListeners(0, abort.signal) // one per probe, which are bounded
    }
    return abort.signal
  }
}

/** It asks for nothing: no answer is to be expected from whoever is there. */
function bindingIndication(): Uint8Array {
  const message = crypto.getRandomValues(new Uint8Array(STUN_HEADER_BYTES))
  message.set(BINDING_INDICATION)
  return message
}

function areConnected(local: string, remote: string): boolean {
  return local.includes(':') === remote.includes(':') && isLoopback(local) === isLoopback(remote)
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
