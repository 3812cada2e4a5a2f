import { Deque, type Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import {
  StunMessageBuilder,
  TRANSACTION_ID_BYTES,
  Transactions,
  type RetransmissionSchedule,
  type StunMessage,
  type SentTransaction,
} from '../stun/index.js'
import {
  ADDITIONAL_ADDRESS_FAMILY,
  CHANNEL_NUMBER,
  DRAFT_ADDITIONAL_ADDRESS_FAMILY,
  LIFETIME,
  METHOD_ALLOCATE,
  METHOD_CHANNEL_BIND,
  METHOD_CREATE_PERMISSION,
  METHOD_REFRESH,
  REQUESTED_ADDRESS_FAMILY,
  REQUESTED_TRANSPORT,
  TRANSPORT_UDP,
  XOR_PEER_ADDRESS,
} from './attributes.js'
import type { Credential, LongTermCredentials } from './credentials.js'
import type { Grant } from './grants.js'

/** Which relayed addresses are asked for (RFC 8656 §7.1). `both` yields the one that the server has. */
export type RelayFamily = 'IPv4' | 'IPv6' | 'both'

export type Operation =
  | { readonly kind: 'allocate'; readonly family: RelayFamily }
  /** With `isProbe` somebody waits for the answer. */
  | { readonly kind: 'refresh'; readonly isProbe: boolean }
  /** Refresh with lifetime 0. */
  | { readonly kind: 'delete' }
  | { readonly kind: 'permission'; readonly grant: Grant }
  | { readonly kind: 'channel'; readonly grant: Grant }

/** A request on its way. */
export interface Asked {
  readonly operation: Operation
  /** What it was signed with. */
  readonly credential: Credential | undefined
  /** How many challenges went before. */
  readonly challenges: number
}

export type TurnTransaction = SentTransaction<Asked, Uint8Array>

const METHODS: Readonly<Record<Operation['kind'], number>> = {
  allocate: METHOD_ALLOCATE,
  refresh: METHOD_REFRESH,
  delete: METHOD_REFRESH,
  permission: METHOD_CREATE_PERMISSION,
  channel: METHOD_CHANNEL_BIND,
}

/** RFC 8489 §6.2.1: at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s, and given up at 39.5 s. */
const RTO_MILLIS = 500
const MIN_RTO_MILLIS = 100
const SCHEDULE = { rtoMillis: RTO_MILLIS, maxTransmissions: 7, lastWaitMillis: 16 * RTO_MILLIS }
/** Gathering does not wait longer for TURN than for STUN: at 0, 0.5, 1.5, 3.5 and 7.5 s, and given up at 9.5 s, as browsers do. */
const ALLOCATE_SCHEDULE = { rtoMillis: RTO_MILLIS, maxTransmissions: 5, lastWaitMillis: 4 * RTO_MILLIS }
/** RFC 8489 §6.2.2: a stream loses nothing, so nothing is repeated; silence lasts as long as over UDP. */
const STREAM_SCHEDULE = { rtoMillis: 0, maxTransmissions: 1, lastWaitMillis: 39_500 }
const STREAM_ALLOCATE_SCHEDULE = { rtoMillis: 0, maxTransmissions: 1, lastWaitMillis: 9500 }

/** Builds, signs and repeats requests: what waits to be asked, and what waits for an answer. */
export class Requests {
  readonly #crypto: Crypto
  readonly #credentials: LongTermCredentials
  readonly #isStream: boolean
  readonly #waiting = new Deque<{ readonly operation: Operation; readonly challenges: number }>()
  readonly #running = new Transactions<Asked, Uint8Array>()
  /** Twice the shortest round trip so far: before there is one, as long as RFC 8489 has it. */
  #rtoMillis = RTO_MILLIS

  constructor(crypto: Crypto, credentials: LongTermCredentials, isStream: boolean) {
    this.#crypto = crypto
    this.#credentials = credentials
    this.#isStream = isStream
  }

  ask(operation: Operation, challenges = 0): void {
    this.#waiting.push({ operation, challenges })
  }

  /** The request that a response is for. */
  find(message: StunMessage): TurnTransaction | undefined {
    return this.#running.find(message.transactionId)
  }

  isAnswer(message: StunMessage, { purpose }: TurnTransaction): boolean {
    return message.method === METHODS[purpose.operation.kind]
  }

  end(now: Millis, transaction: TurnTransaction): void {
    this.#running.end(transaction)
    this.#rtoMillis = Math.max(MIN_RTO_MILLIS, Math.min(this.#rtoMillis, 2 * (now - transaction.firstSentAt)))
  }

  clear(): void {
    this.#waiting.clear()
    this.#running.clear()
  }

  /**
   * Everything ends: of what is on its way only an Allocate or a deletion still matters, and is in a hurry from now on. Whether
   * there is one.
   */
  finish(now: Millis): boolean {
    let isUnderWay = false
    this.#waiting.clear()
    const matters = ({ operation }: Asked): boolean => operation.kind === 'allocate' || operation.kind === 'delete'
    this.#running.forget((asked) => {
      isUnderWay ||= matters(asked)
      return !matters(asked)
    })
    if (!this.#isStream) this.#running.hasten(now, matters, this.#lastSchedule)
    return isUnderWay
  }

  next(): Millis {
    return this.#running.next()
  }

  takeTimedOut(now: Millis): Operation | undefined {
    return this.#running.takeTimedOut(now)?.purpose.operation
  }

  take(now: Millis): Uint8Array | undefined {
    const repeated = this.#running.takeRetransmission(now)
    if (repeated !== undefined) return repeated
    const waiting = this.#waiting.shift()
    if (waiting === undefined) return undefined
    const { operation } = waiting
    const transactionId = this.#crypto.randomBytes(TRANSACTION_ID_BYTES)
    const builder = new StunMessageBuilder('request', METHODS[operation.kind], transactionId)
    addAttributes(builder, operation)
    this.#credentials.sign(builder)
    const request = builder.finish()
    const purpose = { ...waiting, credential: this.#credentials.current }
    this.#running.start(now, { transactionId, request, purpose }, this.#scheduleOf(operation))
    return request
  }

  /** There is not much time when everything ends, and the way to the server is known by now. */
  get #lastSchedule(): RetransmissionSchedule {
    const rtoMillis = this.#rtoMillis
    return {
      rtoMillis,
      maxIntervalMillis: Math.min(RTO_MILLIS, 2 * rtoMillis),
      maxTransmissions: 12,
      lastWaitMillis: 2000,
    }
  }

  #scheduleOf(operation: Operation): RetransmissionSchedule {
    const { kind } = operation
    const isGathering = kind === 'allocate' || (kind === 'refresh' && operation.isProbe)
    if (this.#isStream) return isGathering ? STREAM_ALLOCATE_SCHEDULE : STREAM_SCHEDULE
    if (isGathering) return ALLOCATE_SCHEDULE
    if (kind === 'delete') return this.#lastSchedule
    return SCHEDULE
  }
}

function addAttributes(builder: StunMessageBuilder, operation: Operation): void {
  switch (operation.kind) {
    case 'allocate':
      builder.add(REQUESTED_TRANSPORT, TRANSPORT_UDP)
      // RFC 8656 §7.1: IPv4 is what a server gives where nothing is said.
      if (operation.family === 'IPv6') builder.add(REQUESTED_ADDRESS_FAMILY, 'IPv6')
      if (operation.family === 'both')
        builder.add(ADDITIONAL_ADDRESS_FAMILY, 'IPv6').add(DRAFT_ADDITIONAL_ADDRESS_FAMILY, 'IPv6')
      return
    case 'refresh':
      return
    case 'delete':
      builder.add(LIFETIME, 0)
      return
    case 'channel':
      builder.add(CHANNEL_NUMBER, operation.grant.channel)
      builder.add(XOR_PEER_ADDRESS, operation.grant.peer)
      return
    case 'permission':
      builder.add(XOR_PEER_ADDRESS, operation.grant.peer)
  }
}
