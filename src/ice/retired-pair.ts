import type { Millis } from '../core/index.js'
import { sameAddress } from './base.js'
import type { CandidatePair } from './candidate-pair.js'
import type { Generation } from './generation.js'
import type { SocketId, TransportAddress } from './types.js'

/**
 * What data flowed over before an ICE restart, once a pair of the new credentials is nominated. We send nothing over it any more, but
 * the peer moves when it sees fit: until then what it sends is on the way, and Firefox has been seen to go on for good. So its
 * data is taken, and its checks are answered, for as long as it can believe that it has our consent (RFC 7675 §5.1).
 */
export class RetiredPair {
  readonly generation: Generation
  readonly #pair: CandidatePair
  readonly #consentMillis: Millis
  #until: Millis

  constructor(now: Millis, generation: Generation, pair: CandidatePair, consentMillis: Millis) {
    this.generation = generation
    this.#pair = pair
    this.#consentMillis = consentMillis
    this.#until = now + consentMillis
  }

  isOver(now: Millis): boolean {
    return now >= this.#until
  }

  /** Without an address: over this socket. */
  isOn(socketId: SocketId, remote: TransportAddress | undefined): boolean {
    const { base, remote: known } = this.#pair
    return base.socketId === socketId && (remote === undefined || sameAddress(known, remote))
  }

  /** The peer still uses it: it was heard by what nobody else can have sent. */
  heard(now: Millis): void {
    this.#until = now + this.#consentMillis
  }
}
