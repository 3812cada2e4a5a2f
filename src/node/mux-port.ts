import type { TransportAddress } from '../ice/types.js'
import type { Io, ReceiveDatagram, UdpSocket } from './io.js'
import {
  BINDING_REQUEST,
  BINDING_SUCCESS,
  isResponse,
  stunType,
  transactionHalves,
  usernameHalves,
  type UsernameHalves,
} from './stun-peek.js'

/** Requests whose answers may still come, over all members: a thousand peers with four each. The oldest is forgotten. */
const MAX_TRANSACTIONS = 4096
/** A peer that moves about; the oldest is forgotten. */
const MAX_ADDRESSES_PER_MEMBER = 32
/** The generations of ICE that may overlap (RFC 8445 §9). */
const MAX_FRAGMENTS_PER_MEMBER = 4

export interface MuxPortCounters {
  /** Checks with a username fragment that nobody has. */
  unknownFragment: number
  /** Datagrams from an address that nobody's checks have claimed, and answers to what nobody asked. */
  unclaimed: number
}

/** A request that was sent: its answer is for this member. */
interface Asked {
  readonly member: MuxMember
  /** The first half of its id. */
  readonly first: number
  /** Where it went to. */
  readonly address: string
  readonly port: number
}

interface Claim {
  readonly member: MuxMember
  /** A check of the member's own to this address was answered from there: its peer hears what is sent to it. */
  readonly isProven: boolean
}

/**
 * One bound socket that many agents share. Checks go by the username fragment that they name, answers by the transaction that
 * they belong to, everything else by the address that it comes from. SECURITY: an address belongs to the member that had a check
 * of its own answered from there, or, while nobody had, to the one that answered a check from there. The latter only the
 * member's peer could authenticate, but it may have forged where from: so it takes no address from who has proven it. Nothing
 * that merely arrives gives or takes one.
 */
export class MuxPort {
  readonly local: TransportAddress
  readonly #socket: UdpSocket
  readonly #unknown: (halves: UsernameHalves, from: TransportAddress, local: TransportAddress) => void
  readonly #queueTask: Io['queueTask']
  readonly #byFragment = new Map<string, MuxMember>()
  readonly #byAddress = new Map<string, Claim>()
  /** By the second half of the id: ids are ours, and random. */
  readonly #byTransaction = new Map<number, Asked>()
  readonly counters: MuxPortCounters = { unknownFragment: 0, unclaimed: 0 }
  /** Something other than checks and their answers waits to be sent. */
  #isUrgent = false
  #willFlush = false

  constructor(
    bind: (receive: ReceiveDatagram) => UdpSocket,
    unknown: (halves: UsernameHalves, from: TransportAddress, local: TransportAddress) => void,
    queueTask: Io['queueTask'],
  ) {
    this.#unknown = unknown
    this.#queueTask = queueTask
    this.#socket = bind((data, from) => this.#receive(data, from))
    this.local = this.#socket.local
  }

  get members(): number {
    return new Set(this.#byFragment.values()).size
  }

  join(receive: ReceiveDatagram): MuxMember {
    return new MuxMember(this, receive)
  }

  unref(): void {
    this.#socket.unref()
  }

  async close(): Promise<void> {
    await this.#socket.close()
  }

  // -- for members --------------------------------------------------------------------------------------------------

  /** @internal */
  claimFragment(member: MuxMember, fragment: string): void {
    this.#byFragment.set(fragment, member)
    member.fragments.add(fragment)
    if (member.fragments.size > MAX_FRAGMENTS_PER_MEMBER) this.#dropFragment(member, first(member.fragments))
  }

  /** @internal */
  queue(member: MuxMember, data: Uint8Array, to: TransportAddress): void {
    const type = stunType(data)
    if (type === BINDING_SUCCESS) this.#claimAddress(member.keyOf(to), { member, isProven: false })
    else if (type === BINDING_REQUEST) this.#remember(data, member, to)
    else this.#isUrgent = true
    this.#socket.queue(data, to)
  }

  /**
   * Checks, and answers to them, of a thousand idle members fall due together, but each member sends its own: they wait for one
   * another until the next turn of the event loop. Whatever else is to be sent takes along what waits.
   *
   * @internal
   */
  flush(): void {
    if (this.#isUrgent) {
      this.#isUrgent = false
      this.#socket.flush()
    } else if (!this.#willFlush) {
      this.#willFlush = true
      this.#queueTask(() => {
        this.#willFlush = false
        this.#socket.flush()
      })
    }
  }

  /** @internal */
  get sendErrors(): number {
    return this.#socket.sendErrors
  }

  /** @internal */
  leave(member: MuxMember): void {
    for (const fragment of member.fragments) this.#dropFragment(member, fragment)
    for (const address of member.addresses) this.#byAddress.delete(address)
    for (const [transaction, asked] of this.#byTransaction) {
      if (asked.member === member) this.#byTransaction.delete(transaction)
    }
    member.addresses.clear()
  }

  #dropFragment(member: MuxMember, fragment: string): void {
    member.fragments.delete(fragment)
    if (this.#byFragment.get(fragment) === member) this.#byFragment.delete(fragment)
  }

  #claimAddress(address: string, claim: Claim): void {
    const before = this.#byAddress.get(address)
    const { member } = claim
    // A peer that stays where it is says so with every check.
    const isKnown = before?.member === member && before.isProven === claim.isProven && member.addresses.size === 1
    if (isKnown || (before?.isProven === true && !claim.isProven)) return
    before?.member.addresses.delete(address)
    this.#byAddress.set(address, claim)
    member.addresses.add(address)
    if (member.addresses.size <= MAX_ADDRESSES_PER_MEMBER) return
    const oldest = first(member.addresses)
    member.addresses.delete(oldest)
    this.#byAddress.delete(oldest)
  }

  #remember(data: Uint8Array, member: MuxMember, { address, port }: TransportAddress): void {
    const { first: half, second } = transactionHalves(data)
    this.#byTransaction.delete(second)
    this.#byTransaction.set(second, { member, first: half, address, port })
    if (this.#byTransaction.size > MAX_TRANSACTIONS) this.#byTransaction.delete(first(this.#byTransaction.keys()))
  }

  // -- from the network -----------------------------------------------------------------------------------------------

  #receive(data: Uint8Array, from: TransportAddress): void {
    const type = stunType(data)
    if (type === BINDING_REQUEST) return this.#receiveCheck(data, from)
    const member =
      type !== undefined && isResponse(type)
        ? this.#answered(data, type, from)
        : this.#byAddress.get(keyOf(from))?.member
    if (member === undefined) this.counters.unclaimed++
    else member.receive(data, from)
  }

  #receiveCheck(data: Uint8Array, from: TransportAddress): void {
    const halves = usernameHalves(data)
    const member = halves && this.#byFragment.get(halves.local)
    if (member !== undefined) return member.receive(data, from)
    this.counters.unknownFragment++
    if (halves !== undefined) this.#unknown(halves, from, this.local)
  }

  #answered(data: Uint8Array, type: number, from: TransportAddress): MuxMember | undefined {
    const { first: half, second } = transactionHalves(data)
    const asked = this.#byTransaction.get(second)
    if (asked?.first !== half) return undefined
    this.#byTransaction.delete(second)
    const { member, address, port } = asked
    const isFromThere = from.port === port && from.address === address
    if (type === BINDING_SUCCESS && isFromThere) this.#claimAddress(member.keyOf(from), { member, isProven: true })
    return member
  }
}

/** The face that one agent sees of a shared socket. */
export class MuxMember implements UdpSocket {
  /** @internal */
  readonly fragments = new Set<string>()
  /** @internal */
  readonly addresses = new Set<string>()
  readonly #port: MuxPort
  readonly #receive: ReceiveDatagram
  #sendErrors = 0
  #isClosed = false
  #lastAddress = ''
  #lastPort = 0
  #lastKey = ''

  constructor(port: MuxPort, receive: ReceiveDatagram) {
    this.#port = port
    this.#receive = receive
  }

  get local(): TransportAddress {
    return this.#port.local
  }

  /** Datagrams that the shared socket refused in the call; what it refuses later is not told apart by members. */
  get sendErrors(): number {
    return this.#sendErrors
  }

  /**
   * An idle member sends to one address, and hears from it: that key is made once.
   *
   * @internal
   */
  keyOf(address: TransportAddress): string {
    if (this.#lastPort !== address.port || this.#lastAddress !== address.address) {
      this.#lastAddress = address.address
      this.#lastPort = address.port
      this.#lastKey = keyOf(address)
    }
    return this.#lastKey
  }

  /** Checks that name this username fragment are for this member. */
  claim(usernameFragment: string): void {
    if (!this.#isClosed) this.#port.claimFragment(this, usernameFragment)
  }

  send(data: Uint8Array, to: TransportAddress): void {
    this.queue(data, to)
    this.flush()
  }

  queue(data: Uint8Array, to: TransportAddress): void {
    if (this.#isClosed) return
    const before = this.#port.sendErrors
    this.#port.queue(this, data, to)
    this.#sendErrors += this.#port.sendErrors - before
  }

  flush(): void {
    const before = this.#port.sendErrors
    this.#port.flush()
    this.#sendErrors += this.#port.sendErrors - before
  }

  receive(data: Uint8Array, from: TransportAddress): void {
    this.#receive(data, from)
  }

  /** The shared socket is the mux's, which the application closes. */
  unref(): void {}

  close(): Promise<void> {
    if (!this.#isClosed) this.#port.leave(this)
    this.#isClosed = true
    return Promise.resolve()
  }
}

function keyOf({ address, port }: TransportAddress): string {
  return `${address} ${port}`
}

/** The oldest of what is not empty. */
function first<Value>(values: Iterable<Value>): Value {
  for (const value of values) return value
  throw new RangeError('there is no first of nothing')
}
