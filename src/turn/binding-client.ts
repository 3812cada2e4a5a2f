import { Deque, TimerTable, type Layer, type Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import {
  ERROR_CODE,
  knownTypes,
  METHOD_BINDING,
  parseStunMessage,
  readAttribute,
  STUN_ATTRIBUTES,
  StunMessageBuilder,
  Transactions,
  TRANSACTION_ID_BYTES,
  unknownRequiredTypes,
  XOR_MAPPED_ADDRESS,
  type StunAddress,
  type StunMessage,
} from '../stun/index.js'
import type { TurnEvent, TurnTransmit } from './types.js'

export interface BindingClientOptions {
  readonly crypto: Crypto
  readonly server: StunAddress
}

/** As an Allocate: 0, 0.5, 1.5, 3.5 and 7.5 s, given up at 9.5 s. Over DTLS, too, what is lost is repeated (RFC 7350 §3). */
const SCHEDULE = { rtoMillis: 500, maxTransmissions: 5, lastWaitMillis: 2000 }
/** As ICE keeps its other server-reflexive candidates (RFC 8445 §11). */
const KEEPALIVE_MILLIS = 15_000
/** RTCPeerConnectionIceErrorEvent. */
const ERROR_UNREACHABLE = 701
const KNOWN_TYPES = knownTypes(STUN_ATTRIBUTES)

/**
 * Where a server sees us, asked over something that is ours alone, such as DTLS (RFC 7350 §4.1): with the face of a TURN client that
 * gets an address but no relay. Over plain UDP the ICE agent asks by itself.
 *
 *   new ──start──▶ asking ──answer──▶ known ──revalidate──▶ asking
 *    └───────────────┴── error, silence, close() ──▶ over ◀── close(), from known
 */
export class BindingClient implements Layer<TurnTransmit, TurnEvent> {
  readonly server: StunAddress
  readonly counters: Record<string, number> = {}
  readonly #crypto: Crypto
  readonly #transactions = new Transactions<undefined, Uint8Array>()
  readonly #timers = new TimerTable<'keepalive'>()
  readonly #events = new Deque<TurnEvent>()
  readonly #outgoing = new Deque<Uint8Array>()
  #state: 'new' | 'asking' | 'known' | 'over' = 'new'
  #mustAsk = false

  constructor({ crypto, server }: BindingClientOptions) {
    this.#crypto = crypto
    this.server = server
  }

  start(): void {
    if (this.#state === 'new') this.#ask()
  }

  /** Told as `allocated` once more: after an ICE restart, which means some change, the server may see us elsewhere. */
  revalidate(): void {
    if (this.#state === 'known') this.#ask()
  }

  close(): void {
    if (this.#state === 'over') return
    this.#events.clear()
    this.#end({ type: 'closed' })
  }

  transportLost(reason: string): void {
    if (this.#state !== 'over') this.#end({ type: 'failed', code: ERROR_UNREACHABLE, reason })
  }

  /** `false` when it is no answer to a Binding request. */
  receive(now: Millis, bytes: Uint8Array): boolean {
    const message = this.#state === 'over' ? undefined : parseStunMessage(bytes)
    if (message?.method !== METHOD_BINDING || message.class === 'request') return false
    if (message.class === 'indication') return true
    const transaction = this.#transactions.find(message.transactionId)
    if (transaction === undefined) this.#count('responsesUnknown')
    // RFC 8489 §6.3.3: what cannot be understood was never received.
    else if (unknownRequiredTypes(message, KNOWN_TYPES).length > 0) this.#count('responsesMalformed')
    else {
      this.#transactions.end(transaction)
      this.#answered(now, message)
    }
    return true
  }

  nextTimeout(): Millis {
    return Math.min(this.#transactions.next(), this.#timers.next())
  }

  handleTimeout(now: Millis): void {
    if (this.#transactions.takeTimedOut(now) !== undefined) this.transportLost('The STUN server did not answer.')
    if (this.#timers.takeDue(now) === undefined) return
    // RFC 8445 §11: an indication, which asks for nothing.
    this.#outgoing.push(this.#message('indication', this.#newId()))
    this.#timers.set('keepalive', now + KEEPALIVE_MILLIS)
  }

  pollTransmit(now: Millis): TurnTransmit | undefined {
    const data = this.#takeRequest(now) ?? this.#transactions.takeRetransmission(now) ?? this.#outgoing.shift()
    return data && { data, isControl: true }
  }

  pollEvent(): TurnEvent | undefined {
    return this.#events.shift()
  }

  // -- what there is no relay for -------------------------------------------------------------------------------------

  permit(): void {}

  bindChannel(): void {}

  send(): undefined {
    this.#count('sendsWithoutAllocation')
  }

  // -- inside ---------------------------------------------------------------------------------------------------------

  #ask(): void {
    this.#state = 'asking'
    this.#mustAsk = true
  }

  #takeRequest(now: Millis): Uint8Array | undefined {
    if (!this.#mustAsk) return undefined
    this.#mustAsk = false
    const transactionId = this.#newId()
    const request = this.#message('request', transactionId)
    this.#transactions.start(now, { transactionId, request, purpose: undefined }, SCHEDULE)
    return request
  }

  #newId(): Uint8Array {
    return this.#crypto.randomBytes(TRANSACTION_ID_BYTES)
  }

  #message(kind: 'request' | 'indication', transactionId: Uint8Array): Uint8Array {
    return new StunMessageBuilder(kind, METHOD_BINDING, transactionId).finish()
  }

  #answered(now: Millis, message: StunMessage): void {
    if (message.class === 'error') {
      const error = readAttribute(message, ERROR_CODE)
      const reason = error?.reason ?? 'The server refused without a reason.'
      return this.#end({ type: 'failed', code: error?.code ?? ERROR_UNREACHABLE, reason })
    }
    const mapped = readAttribute(message, XOR_MAPPED_ADDRESS)
    if (mapped === undefined) return this.transportLost('The response of the server holds no address.')
    this.#state = 'known'
    this.#timers.set('keepalive', now + KEEPALIVE_MILLIS)
    this.#events.push({ type: 'allocated', relayed: [], mapped })
  }

  #end(event: TurnEvent): void {
    this.#state = 'over'
    this.#mustAsk = false
    this.#transactions.clear()
    this.#timers.clearAll()
    this.#outgoing.clear()
    this.#events.push(event)
  }

  #count(what: string): void {
    this.counters[what] = (this.counters[what] ?? 0) + 1
  }
}
