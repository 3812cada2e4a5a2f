import type { Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import {
  hasValidSeal,
  isSealed,
  saysTheSame,
  SEAL_BYTES,
  sealAnew,
  TRANSACTION_ID_AT,
  TRANSACTION_ID_BYTES,
  type RetransmissionSchedule,
  type StunMessage,
  type Transaction,
} from '../stun/index.js'
import { sameAddress } from './base.js'
import { buildSuccess, keyOf } from './binding.js'
import type { CandidatePair } from './candidate-pair.js'
import { Consent } from './consent.js'
import type { CheckPurpose, IceContext } from './context.js'
import type { AuthenticCheck } from './request-validation.js'
import type { Selected, Selection } from './selection.js'
import type { IceCandidate, IceDatagram, IceRole, IceTransmit } from './types.js'

/** At 0, 500, 1500 and 3500 ms: the next consent check follows soon after, with an id of its own (RFC 7675 §5.1). */
export const CONSENT_SCHEDULE: RetransmissionSchedule = { rtoMillis: 500, maxTransmissions: 4, lastWaitMillis: 8000 }

const HEADER_BYTES = TRANSACTION_ID_AT + TRANSACTION_ID_BYTES
const MAGIC_COOKIE_AT = 4
const BINDING_REQUEST = 0x0001
const BINDING_SUCCESS = 0x0101
const TYPE_XOR_MAPPED_ADDRESS = 0x0020
/** Header of the attribute, then family, port and address (RFC 8489 §14.2). */
const MAPPED_IPV4_BYTES = 4 + 8
const MAPPED_IPV6_BYTES = 4 + 20
/** Of an IPv6 address, what is combined with the transaction id: all but its first four bytes. */
const MAPPED_IPV6_TAIL_AT = HEADER_BYTES + 4 + 4 + 4

/** A check for consent that was sent, and what it said. */
interface Asked extends Transaction<CheckPurpose, IceTransmit> {
  readonly tieBreaker: bigint
  readonly remote: IceCandidate
}

/** A check of the peer that was answered, and changed nothing. */
interface Answered {
  readonly pair: CandidatePair
  readonly role: IceRole
  readonly nominates: boolean
  readonly key: Uint8Array
  readonly check: Uint8Array
  readonly reply: IceTransmit
}

/**
 * The checks of a connection that is idle. Once a pair is selected, each side asks for consent every five seconds (RFC 7675 §5.1)
 * by messages that are the same each time but for transaction id, integrity and fingerprint. They are told by comparing them with
 * the ones before, and made in their memory; what is not exactly that is left to who reads messages in full. Over UDP without
 * a relay alone, where a datagram is gone before the next is made.
 */
export class RoutineChecks {
  readonly #context: IceContext
  readonly #selection: Selection
  #asked: Asked | undefined
  #answered: Answered | undefined

  constructor(context: IceContext, selection: Selection) {
    this.#context = context
    this.#selection = selection
  }

  /** A check for consent is sent, in memory of its own. */
  asks({ request, purpose }: Transaction<CheckPurpose, IceTransmit>): void {
    this.#asked = undefined
    if (!isPlainUdp(purpose.pair) || !isSealed(request.data)) return
    const transactionId = request.data.subarray(TRANSACTION_ID_AT, HEADER_BYTES)
    const { tieBreaker } = this.#context
    this.#asked = { transactionId, request, purpose, tieBreaker, remote: purpose.pair.remote }
  }

  /** A check that was answered in full: one that says the same again, on the pair that is selected, is answered the same. */
  remember({ data }: IceDatagram, message: StunMessage, check: AuthenticCheck): void {
    const { current } = this.#selection
    const { generation, base, from, isRefused } = check
    if (current?.generation !== generation || isRefused || !this.#selection.isOn(base.socketId, from)) return
    const { pair } = current
    const { crypto, role } = this.#context
    const key = keyOf(generation.local!)
    if (this.#answered?.pair === pair && this.#answered.role === role && saysTheSame(data, this.#answered.check)) return
    this.#answered = undefined
    if (!isPlainUdp(pair) || generation.transportPolicy !== 'all' || !isSealed(data)) return
    const reply = { socketId: base.socketId, to: from, data: buildSuccess(crypto, message, key, from) }
    if (!isSealed(reply.data)) return
    this.#answered = { pair, role, nominates: check.nominate, key, check: data.slice(), reply }
  }

  /** True when it was a check, or an answer, like the one before, and all has been done that follows from it. */
  receive(now: Millis, datagram: IceDatagram): boolean {
    const answer = this.respond(now, datagram)
    if (typeof answer === 'object') this.#context.reply(answer)
    return answer !== false
  }

  // -- while there is nothing else to do ------------------------------------------------------------------------------

  /** When there is something to do for consent: a check, its repetition, or what follows from silence. */
  nextTimeout(): Millis {
    const consent = this.#selection.current?.consent
    if (consent === undefined) return Infinity
    return Math.min(this.#context.transactions.next(), consent.nextCheckAt, consent.lateAt, consent.expiresAt)
  }

  /** The check that is due, when that is all that is and it says what the one before did. */
  take(now: Millis): IceTransmit | undefined {
    const { current } = this.#selection
    const { transactions } = this.#context
    if (!(current?.consent instanceof Consent) || now < current.consent.nextCheckAt) return undefined
    const { lateAt, expiresAt } = current.consent
    return now < Math.min(transactions.next(), lateAt, expiresAt)
      ? this.repeat(now, current.consent, current)
      : undefined
  }

  /** The check that was sent before is sent again, as another one; `undefined` where it has to be built. */
  repeat(now: Millis, consent: Consent, current: Selected): IceTransmit | undefined {
    const again = this.#askAgain(current)
    if (again === undefined) return undefined
    consent.sentCheck(now, this.#context.jitter())
    this.#context.transactions.start(now, again, CONSENT_SCHEDULE)
    again.purpose.pair.counts.requested('consent')
    return again.request
  }

  /** {@link receive} which hands the answer over, instead of keeping it until it is asked for. False when it was none. */
  respond(now: Millis, datagram: IceDatagram): IceTransmit | boolean {
    const { current } = this.#selection
    if (!(current?.consent instanceof Consent) || current.isLost || current.consent.revoked) return false
    const { data } = datagram
    if (!isSealed(data)) return false
    if (isOfType(data, BINDING_REQUEST)) return this.#answer(now, datagram, current) ?? false
    return isOfType(data, BINDING_SUCCESS) && this.#hear(now, datagram, current)
  }

  // -- inside ---------------------------------------------------------------------------------------------------------

  /** The check that was sent before, with an id of its own; `undefined` where one has to be built. */
  #askAgain({ pair, generation }: Selected): Transaction<CheckPurpose, IceTransmit> | undefined {
    const asked = this.#asked
    if (asked === undefined) return undefined
    const { crypto, role, tieBreaker, transactions } = this.#context
    const { transactionId, request, purpose } = asked
    const isOnPair = purpose.pair === pair && purpose.generation === generation && asked.remote === pair.remote
    if (!isOnPair || purpose.role !== role || asked.tieBreaker !== tieBreaker) return undefined
    if (transactions.find(transactionId) !== undefined) return undefined // it may yet be repeated as it is
    transactionId.set(crypto.randomBytes(TRANSACTION_ID_BYTES))
    sealAnew(crypto, request.data, purpose.key)
    return asked
  }

  #answer(now: Millis, { socketId, from, data }: IceDatagram, { pair, generation }: Selected): IceTransmit | undefined {
    const answered = this.#answered
    const { crypto, role, replies } = this.#context
    if (answered?.pair !== pair || answered.role !== role || generation.transportPolicy !== 'all') return undefined
    const { check, key, reply } = answered
    if (replies.length > 0 || socketId !== reply.socketId || !sameAddress(from, reply.to)) return undefined
    if (!saysTheSame(data, check) || !hasValidSeal(crypto, data, key)) return undefined
    answerTo(crypto, data, reply.data, key)
    pair.counts.replied()
    this.#selection.heard(now, pair)
    if (answered.nominates && role === 'controlled') this.#selection.nominatedByPeer(now, generation, pair)
    return reply
  }

  #hear(now: Millis, { socketId, from, data }: IceDatagram, { pair }: Selected): boolean {
    const asked = this.#asked
    if (asked?.purpose.pair !== pair) return false
    const { transactionId, request, purpose } = asked
    // The cookie and the id, which is behind it.
    for (let i = MAGIC_COOKIE_AT; i < HEADER_BYTES; i++) if (data[i] !== request.data[i]) return false
    const transaction = this.#context.transactions.find(transactionId)
    if (transaction === undefined || socketId !== request.socketId || !sameAddress(from, request.to)) return false
    if (!hasMappedAddressAlone(data) || !hasValidSeal(this.#context.crypto, data, purpose.key)) return false
    this.#context.transactions.end(transaction)
    pair.counts.responded(now, transaction)
    this.#selection.granted(now, pair)
    return true
  }
}

function isPlainUdp({ base }: CandidatePair): boolean {
  return base.type === 'host' && base.tcpType === undefined
}

function isOfType(data: Uint8Array, type: number): boolean {
  return ((data[0]! << 8) | data[1]!) === type
}

/** XOR-MAPPED-ADDRESS, of a family that there is, and nothing else before the seal. */
function hasMappedAddressAlone(data: Uint8Array): boolean {
  const bytes = data.length - HEADER_BYTES - SEAL_BYTES
  const family = bytes === MAPPED_IPV4_BYTES ? 1 : bytes === MAPPED_IPV6_BYTES ? 2 : 0
  const at = HEADER_BYTES
  const type = (data[at]! << 8) | data[at + 1]!
  const length = (data[at + 2]! << 8) | data[at + 3]!
  return type === TYPE_XOR_MAPPED_ADDRESS && length === bytes - 4 && data[at + 5] === family
}

/** Makes of the answer to a former check the one to this. */
function answerTo(crypto: Crypto, check: Uint8Array, reply: Uint8Array, key: Uint8Array): void {
  const hasIpv6 = reply.length === HEADER_BYTES + MAPPED_IPV6_BYTES + SEAL_BYTES
  for (let i = 0; i < TRANSACTION_ID_BYTES; i++) {
    const at = TRANSACTION_ID_AT + i
    // RFC 8489 §14.2: the id is combined with the address, so that the difference of both ids changes one into the other.
    if (hasIpv6) reply[MAPPED_IPV6_TAIL_AT + i]! ^= reply[at]! ^ check[at]!
    reply[at] = check[at]!
  }
  sealAnew(crypto, reply, key)
}
