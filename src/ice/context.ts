import { Deque, ByteReader, type Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import { Transactions, type SentTransaction } from '../stun/index.js'
import type { Base } from './base.js'
import type { CandidatePair } from './candidate-pair.js'
import type { Generation } from './generation.js'
import { Pacer } from './pacer.js'
import type { IceEvent, IceRole, IceTimings, IceTransmit, StunServer } from './types.js'

/** What a request was sent for, and so what its response means. */
export type Purpose = CheckPurpose | GatherPurpose

export interface CheckPurpose {
  readonly kind: 'check' | 'consent'
  readonly generation: Generation
  readonly pair: CandidatePair
  /** RFC 8445 §7.2.5.3.1: the priority of a peer-reflexive candidate that it may discover. */
  readonly priority: number
  readonly role: IceRole
  readonly nominate: boolean
  /** The key that the response is made with. */
  readonly key: Uint8Array
}

export interface GatherPurpose {
  readonly kind: 'gather'
  readonly base: Base
  readonly server: StunServer
}

/** A check or a probe that waits for its answer. */
export type IceTransaction<Asked extends Purpose = Purpose> = SentTransaction<Asked, IceTransmit>

/** More answers than a drained agent ever holds; beyond it the peer has to ask again. */
const MAX_REPLIES = 128

/** What the parts of one agent share. */
export class IceContext {
  readonly crypto: Crypto
  readonly timings: IceTimings
  /** RFC 8445 §2.5: answers checks, and sends none. */
  readonly isLite: boolean
  readonly counters: Record<string, number> = {}
  readonly events = new Deque<IceEvent>()
  readonly replies = new Deque<IceTransmit>()
  readonly transactions = new Transactions<Purpose, IceTransmit>()
  readonly pacer: Pacer
  role: IceRole
  /** RFC 8445 §5.2.1. */
  tieBreaker: bigint

  constructor(crypto: Crypto, role: IceRole, timings: IceTimings, isLite: boolean) {
    this.isLite = isLite
    this.crypto = crypto
    this.role = role
    this.timings = timings
    this.pacer = new Pacer(timings.paceMillis)
    this.tieBreaker = this.#randomTieBreaker()
  }

  count(what: string): void {
    this.counters[what] = (this.counters[what] ?? 0) + 1
  }

  emit(event: IceEvent): void {
    this.events.push(event)
  }

  reply(transmit: IceTransmit): void {
    if (this.replies.length < MAX_REPLIES) this.replies.push(transmit)
    else this.count('repliesDropped')
  }

  /** From 0 to 1. */
  jitter(): number {
    return new ByteReader(this.crypto.randomBytes(2)).uint16() / 0xffff
  }

  /** A conflict, or a lite peer, decided the role. */
  changeRole(role: IceRole): void {
    if (this.role === role) return
    this.role = role
    this.count('roleChanges')
    this.emit({ type: 'role', role })
  }

  /** RFC 8445 §7.2.5.1: with the role that a 487 takes from us goes the number that lost. */
  renewTieBreaker(): void {
    this.tieBreaker = this.#randomTieBreaker()
  }

  /** RFC 8445 §14.3: max(500 ms, Ta × pairs at work). */
  rtoMillis(activePairs: number, minimum: Millis): Millis {
    return Math.max(minimum, this.timings.paceMillis * activePairs)
  }

  #randomTieBreaker(): bigint {
    return new ByteReader(this.crypto.randomBytes(8)).uint64()
  }
}
