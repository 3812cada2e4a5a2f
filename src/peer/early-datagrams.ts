import type { IceDatagram, TransportAddress } from '../ice/types.js'

/** Two flights of a handshake with long certificate chains; in all, not per path. */
const MAX_DATAGRAMS = 32
const MAX_BYTES = 32 * 1500

/**
 * DTLS that came before it may be processed: over a path whose check is still under way, or before our side of the
 * handshake exists. Without it the peer's first flight is lost and repeated a second later (RFC 6347 §4.2.4.1).
 */
export class EarlyDatagrams {
  #held: IceDatagram[] = []
  #bytes = 0

  /** False when there is no room: the datagram is lost, and the peer will repeat it. */
  hold(datagram: IceDatagram): boolean {
    const bytes = datagram.data.length
    if (this.#held.length === MAX_DATAGRAMS || this.#bytes + bytes > MAX_BYTES) return false
    // The driver may reuse the memory that the datagram came in.
    this.#held.push({ ...datagram, data: datagram.data.slice() })
    this.#bytes += bytes
    return true
  }

  /** Those of the paths that `isValidated` says so of, oldest first. */
  take(isValidated: (socketId: number, from: TransportAddress) => boolean): readonly IceDatagram[] {
    if (this.#held.length === 0) return []
    const taken: IceDatagram[] = []
    const left: IceDatagram[] = []
    for (const datagram of this.#held) {
      const list = isValidated(datagram.socketId, datagram.from) ? taken : left
      list.push(datagram)
    }
    this.#held = left
    for (const datagram of taken) this.#bytes -= datagram.data.length
    return taken
  }

  clear(): void {
    this.#held = []
    this.#bytes = 0
  }
}
