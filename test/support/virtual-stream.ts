import type { TransportAddress } from '../../src/ice/types.js'
import type { StreamHandlers, StreamSocket } from '../../src/node/io.js'
import type { AcceptStream, Surroundings } from './virtual-topology.js'

const BUFFER_BYTES = 256 << 10
const CONNECT_TIMEOUT_MILLIS = 9500

/** One end of a simulated TCP connection: in order, complete, a latency late. */
export class VirtualStream implements StreamSocket {
  readonly #network: Surroundings
  readonly #gone: () => void
  #handlers: StreamHandlers | undefined
  #other: VirtualStream | undefined
  #buffered = 0
  #isClosed = false

  constructor(network: Surroundings, handlers: StreamHandlers | undefined, gone: () => void) {
    this.#network = network
    this.#handlers = handlers
    this.#gone = gone
  }

  /** A connection attempt: one round trip, or the time that it takes to give up. */
  connect(local: TransportAddress, to: TransportAddress, accept: AcceptStream | 'refused' | undefined): void {
    const { latencyMillis, now } = this.#network
    if (typeof accept !== 'function') {
      const [wait, reason] =
        accept === 'refused'
          ? [2 * latencyMillis, 'The server refused the connection.']
          : [CONNECT_TIMEOUT_MILLIS, 'The server did not answer.']
      this.#network.schedule(now + wait, () => this.#end(reason))
      return
    }
    this.#network.schedule(now + latencyMillis, () => {
      if (this.#isClosed) return
      const other = new VirtualStream(this.#network, undefined, () => {})
      this.#network.schedule(this.#network.now + latencyMillis, () => {
        if (!this.#isClosed) this.#handlers?.opened(local)
      })
      this.#other = other
      other.#other = this
      other.#handlers = accept(other, local)
      if (other.#handlers === undefined) void other.close()
      else other.#handlers.opened(to)
    })
  }

  send(data: Uint8Array, isControl: boolean): boolean {
    const other = this.#other
    if (this.#isClosed || other === undefined) return false
    if (!isControl && this.#buffered + data.length > BUFFER_BYTES) return false
    const copy = data.slice()
    this.#buffered += copy.length
    this.#later(() => {
      this.#buffered -= copy.length
      if (!other.#isClosed) other.#handlers?.received(copy)
    })
    return true
  }

  /** As when a box on the way forgets it. */
  reset(): void {
    const other = this.#other
    this.#end('The connection was reset.')
    if (other !== undefined) this.#later(() => other.#end('The connection was reset.'))
  }

  unref(): void {}

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#gone()
    const other = this.#other
    if (other !== undefined) this.#later(() => other.#end(undefined))
  }

  #later(run: () => void): void {
    this.#network.schedule(this.#network.now + this.#network.latencyMillis, run)
  }

  #end(reason: string | undefined): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#gone()
    this.#handlers?.closed(reason)
  }
}
