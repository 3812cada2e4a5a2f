import { ProtocolError } from '../core/index.js'
import type { DtlsRole } from './types.js'

/** 65535 is reserved in SCTP's init handshake, so that no stream has it (RFC 8831 §6.2, W3C RTCDataChannel). */
export const MAX_STREAM_ID = 65534

/**
 * Chooses stream ids for channels of ours: even ones for the DTLS client, odd ones for the server (RFC 8832 §6), the
 * lowest that is free. A low water mark keeps many openings from scanning the same taken ids again and again.
 */
export class StreamIds {
  #parity: 0 | 1 | undefined
  #lowest = 0

  setRole(role: DtlsRole): void {
    this.#parity = role === 'client' ? 0 : 1
    this.#lowest = this.#parity
  }

  get role(): DtlsRole | undefined {
    return this.#parity === undefined ? undefined : this.#parity === 0 ? 'client' : 'server'
  }

  get roleIsKnown(): boolean {
    return this.#parity !== undefined
  }

  /** Whether the peer may choose `id`: it is of the other parity. */
  isPeers(id: number): boolean {
    return this.#parity !== undefined && id % 2 !== this.#parity
  }

  /** The lowest of our ids that is below `limit` and not taken. */
  choose(limit: number, taken: { has(id: number): boolean }): number | undefined {
    while (taken.has(this.#lowest)) this.#lowest += 2
    return this.#lowest < limit ? this.#lowest : undefined
  }

  release(id: number): void {
    if (id < this.#lowest && id % 2 === this.#parity) this.#lowest = id
  }
}

export function noIdError(): ProtocolError {
  return new ProtocolError('datachannel.no-id', 'no stream id is left for the channel within what both sides agreed on')
}
