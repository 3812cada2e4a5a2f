import { isLoopback, isUnicast, type Layer, type Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import { readAttribute } from './attribute.js'
import { MAPPED_ADDRESS, XOR_MAPPED_ADDRESS, type StunAddress } from './attributes/address.js'
import { CHANGE_REQUEST, OTHER_ADDRESS, type ChangeRequest } from './attributes/nat-behavior.js'
import { StunMessageBuilder } from './message-builder.js'
import { METHOD_BINDING, parseStunMessage, TRANSACTION_ID_BYTES, type StunMessage } from './message.js'
import { Transactions, type SentTransaction } from './transactions.js'

/** RFC 4787 §4.1 and §5. `endpoint-dependent`: one of the other two, and the server could not help to tell which. */
export type NatMapping =
  'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent' | 'endpoint-dependent'
export type NatFiltering = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent'

/** RFC 5780 §4.4: filtering is told from a port that has sent nothing to the other address of the server. */
export type NatTestSocket = 'mapping' | 'filtering'

export interface NatTestTransmit {
  readonly socket: NatTestSocket
  readonly to: StunAddress
  readonly data: Uint8Array
}

/** What a server saw of the socket for mappings. */
export interface NatAnswer {
  readonly server: StunAddress
  readonly mapped: StunAddress
  readonly roundTripMillis: Millis
}

/** `undefined` stands for what could not be told. */
export interface NatTestResult {
  /** In the order in which they came. */
  readonly answers: readonly NatAnswer[]
  readonly mapping: NatMapping | undefined
  readonly filtering: NatFiltering | undefined
  readonly hairpinning: boolean | undefined
}

export interface NatTestFinished {
  readonly type: 'finished'
  readonly result: NatTestResult
}

export interface NatBehaviorOptions {
  readonly crypto: Crypto
  /** Those to ask, of the family of the local addresses; what is above {@link MAX_SERVERS} is left out. */
  readonly servers: readonly StunAddress[]
  readonly local: Readonly<Record<NatTestSocket, StunAddress>>
}

/** Comparing more would tell nothing more. */
export const MAX_SERVERS = 8

/** At 0, 500 and 1500 ms, and no answer at 2500 ms. Three tests may have to wait for one another: 7.5 s in all. */
const SCHEDULE = { rtoMillis: 500, maxTransmissions: 3, lastWaitMillis: 1000 }

/**
 * - `basic`: what do the servers see of us?
 * - `other-address`, `other-port`: does the other address of a server see the same (RFC 5780 §4.3, tests II and III)?
 * - `opened`: makes the mapping whose filter is tested; `from-both`, `from-port`: does an answer from the other address, or from
 *   the other port, come through (§4.4, tests I, II and III)?
 * - `hairpin`: does what we send to our own mapped address come back (§4.5)?
 */
type Test = 'basic' | 'other-address' | 'other-port' | 'opened' | 'from-both' | 'from-port' | 'hairpin'

interface Purpose {
  readonly test: Test
  readonly socket: NatTestSocket
  readonly server: StunAddress
}

/** A server with two addresses, and what it saw at the one that was named. */
interface Reference {
  readonly server: StunAddress
  readonly other: StunAddress
  readonly mapped: StunAddress
}

/**
 * Finds out what a NAT does (RFC 5780 §4): how it maps, what it filters, whether it hairpins.
 *
 *   basic ─┬─ OTHER-ADDRESS ──▶ other-address ── another mapping ──▶ other-port
 *          └─ (when all are over: the first that answered) ──▶ opened ─┬─▶ from-both, from-port
 *                                                                     └─▶ hairpin
 *
 * A test begins when those before it are answered; when no test is left, the result is told. Without a server that has two
 * addresses, mappings are compared between the servers that were named. Deliberately absent: lifetimes of bindings (§4.6), which
 * take minutes, and fragments (§4.7).
 */
export class NatBehaviorTest implements Layer<NatTestTransmit, NatTestFinished> {
  readonly #options: NatBehaviorOptions
  readonly #transactions = new Transactions<Purpose, NatTestTransmit>()
  readonly #waiting: { readonly purpose: Purpose; readonly change?: ChangeRequest }[] = []
  /** The tests that are not over, and how many of each. */
  readonly #open = new Map<Test, number>()
  readonly #answers: NatAnswer[] = []
  #reference: Reference | undefined
  #otherMapped: StunAddress | undefined
  #otherPortMapped: StunAddress | undefined
  #openedMapped: StunAddress | undefined
  readonly #cameThrough = new Set<Test>()
  #changeIsRefused = false
  #hasOpened = false
  /** Once it is tested: whether anything came back. */
  #hairpinning: boolean | undefined
  #phase: 'testing' | 'finished' | 'told' = 'testing'

  constructor(options: NatBehaviorOptions) {
    this.#options = options
    for (const server of options.servers.slice(0, MAX_SERVERS)) this.#begin('basic', 'mapping', server)
    this.#settle()
  }

  nextTimeout(): Millis {
    if (this.#phase !== 'testing') return Infinity
    return this.#waiting.length > 0 ? -Infinity : this.#transactions.next()
  }

  handleTimeout(now: Millis): void {
    for (;;) {
      const over = this.#transactions.takeTimedOut(now)
      if (over === undefined) return
      this.#end(over.purpose)
      this.#settle()
    }
  }

  pollTransmit(now: Millis): NatTestTransmit | undefined {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) return this.#transactions.takeRetransmission(now)
    const { purpose, change } = waiting
    const transactionId = this.#options.crypto.randomBytes(TRANSACTION_ID_BYTES)
    const builder = new StunMessageBuilder('request', METHOD_BINDING, transactionId)
    if (change !== undefined) builder.add(CHANGE_REQUEST, change)
    const request = { socket: purpose.socket, to: purpose.server, data: builder.fingerprint().finish() }
    this.#transactions.start(now, { transactionId, request, purpose }, SCHEDULE)
    return request
  }

  pollEvent(): NatTestFinished | undefined {
    if (this.#phase !== 'finished') return undefined
    this.#phase = 'told'
    return { type: 'finished', result: this.#result() }
  }

  /** What is not an answer to a test of ours is dropped. */
  receive(now: Millis, socket: NatTestSocket, from: StunAddress, data: Uint8Array): void {
    const message = parseStunMessage(data)
    if (message?.method !== METHOD_BINDING || this.#phase !== 'testing') return
    const transaction = this.#transactions.find(message.transactionId)
    if (transaction === undefined) return
    const { purpose } = transaction
    if (purpose.test === 'hairpin') {
      if (message.class === 'request' && socket !== purpose.socket) this.#hairpinned()
    } else if (socket === purpose.socket && (message.class === 'success' || message.class === 'error')) {
      this.#answered(now, transaction, from, message)
    }
    this.#settle()
  }

  #answered(
    now: Millis,
    transaction: SentTransaction<Purpose, NatTestTransmit>,
    from: StunAddress,
    message: StunMessage,
  ): void {
    const { purpose } = transaction
    const { test, server } = purpose
    if (test === 'from-both' || test === 'from-port') {
      if (!this.#isAnswerToChange(test, from, message)) return
    } else if (!sameAddress(from, server)) return
    this.#transactions.end(transaction)
    this.#end(purpose)
    const mapped = mappedAddress(message)
    if (mapped === undefined) return // an error, or an answer without the address: as good as none
    if (test === 'basic') this.#saw({ server, mapped, roundTripMillis: now - transaction.firstSentAt }, message)
    else if (test === 'other-address') this.#sawOther(mapped)
    else if (test === 'other-port') this.#otherPortMapped = mapped
    else if (test === 'opened') this.#sawOpened(mapped)
    else this.#cameThrough.add(test)
  }

  #saw(answer: NatAnswer, message: StunMessage): void {
    this.#answers.push(answer)
    const { server, mapped } = answer
    const other = readAttribute(message, OTHER_ADDRESS)
    if (this.#reference !== undefined || other === undefined || !isOtherAddress(server, other)) return
    this.#reference = { server, other, mapped }
    this.#begin('other-address', 'mapping', { address: other.address, port: server.port })
    this.#testFilterOf(server)
  }

  #sawOther(mapped: StunAddress): void {
    const { other, mapped: first } = this.#reference!
    this.#otherMapped = mapped
    if (!sameAddress(mapped, first)) this.#begin('other-port', 'mapping', other)
  }

  #sawOpened(mapped: StunAddress): void {
    this.#openedMapped = mapped
    const { server, mapped: first } = this.#reference ?? this.#answers[0]!
    if (this.#reference !== undefined) {
      this.#begin('from-both', 'filtering', server, { changeAddress: true, changePort: true })
      this.#begin('from-port', 'filtering', server, { changeAddress: false, changePort: true })
    }
    // Without a NAT there is nothing that could hairpin.
    const { local } = this.#options
    if (sameAddress(first, local.mapping) || sameAddress(mapped, local.filtering)) return
    // Both ways, as ICE does: one opens the filter for the other.
    this.#hairpinning = false
    this.#begin('hairpin', 'mapping', mapped)
    this.#begin('hairpin', 'filtering', first)
  }

  #hairpinned(): void {
    this.#hairpinning = true
    this.#transactions.forget(({ test }) => test === 'hairpin')
    this.#open.delete('hairpin')
  }

  /** Whether it came from where we wanted; a server that cannot do that, or does not care, ends these tests. */
  #isAnswerToChange(test: 'from-both' | 'from-port', from: StunAddress, message: StunMessage): boolean {
    const { server, other } = this.#reference!
    const wanted = test === 'from-both' ? other : { address: server.address, port: other.port }
    if (sameAddress(from, wanted)) return message.class === 'success'
    if (!sameAddress(from, server)) return false
    this.#changeIsRefused = true
    this.#transactions.forget((purpose) => purpose.test === 'from-both' || purpose.test === 'from-port')
    this.#open.delete('from-both')
    this.#open.delete('from-port')
    return false
  }

  #begin(test: Test, socket: NatTestSocket, server: StunAddress, change?: ChangeRequest): void {
    const purpose = { test, socket, server }
    this.#waiting.push(change === undefined ? { purpose } : { purpose, change })
    this.#open.set(test, (this.#open.get(test) ?? 0) + 1)
  }

  #end({ test }: Purpose): void {
    const count = this.#open.get(test) ?? 0
    if (count > 1) this.#open.set(test, count - 1)
    else this.#open.delete(test)
  }

  #testFilterOf(server: StunAddress): void {
    this.#hasOpened = true
    this.#begin('opened', 'filtering', server)
  }

  #settle(): void {
    if (this.#open.size > 0 || this.#phase !== 'testing') return
    const [first] = this.#answers
    if (first !== undefined && !this.#hasOpened) this.#testFilterOf(first.server)
    else this.#phase = 'finished'
  }

  #result(): NatTestResult {
    return {
      answers: this.#answers,
      mapping: this.#mapping(),
      filtering: this.#filtering(),
      hairpinning: this.#hairpinning,
    }
  }

  #mapping(): NatMapping | undefined {
    if (this.#reference === undefined || this.#otherMapped === undefined) return this.#comparedMapping()
    if (sameAddress(this.#otherMapped, this.#reference.mapped)) return 'endpoint-independent'
    if (this.#otherPortMapped === undefined) return 'endpoint-dependent'
    return sameAddress(this.#otherPortMapped, this.#otherMapped) ? 'address-dependent' : 'address-and-port-dependent'
  }

  /** Of servers with one address each: another mapping tells enough, the same one only if the address is another. */
  #comparedMapping(): NatMapping | undefined {
    const [first, ...others] = this.#answers
    if (first === undefined) return undefined
    if (others.some(({ mapped }) => !sameAddress(mapped, first.mapped))) return 'endpoint-dependent'
    const isElsewhere = others.some(({ server }) => server.address !== first.server.address)
    return isElsewhere ? 'endpoint-independent' : undefined
  }

  #filtering(): NatFiltering | undefined {
    if (this.#cameThrough.has('from-both')) return 'endpoint-independent'
    if (this.#cameThrough.has('from-port')) return 'address-dependent'
    // Silence tells something only of a server whose other address is there.
    const isTold = this.#openedMapped !== undefined && this.#otherMapped !== undefined && !this.#changeIsRefused
    return isTold ? 'address-and-port-dependent' : undefined
  }
}

/** RFC 8489 §14.1: MAPPED-ADDRESS is what servers of old send. */
function mappedAddress(message: StunMessage): StunAddress | undefined {
  if (message.class !== 'success') return undefined
  return readAttribute(message, XOR_MAPPED_ADDRESS) ?? readAttribute(message, MAPPED_ADDRESS)
}

/** RFC 5780 §6.1: another address and another port, of the same family; a server that says otherwise gets no datagrams sent there. */
function isOtherAddress(server: StunAddress, other: StunAddress): boolean {
  const sameFamily = server.address.includes(':') === other.address.includes(':')
  const isAnother = server.address !== other.address && server.port !== other.port
  const isOutside = isUnicast(other.address) && isLoopback(server.address) === isLoopback(other.address)
  return sameFamily && isAnother && isOutside && other.port > 0
}

function sameAddress(one: StunAddress, other: StunAddress): boolean {
  return one.address === other.address && one.port === other.port
}
