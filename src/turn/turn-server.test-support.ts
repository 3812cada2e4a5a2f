/** A TURN server (RFC 8656) without sockets: bytes in, bytes out, and books of what it granted to whom. */
import { equalBytes, ipFamily, type IpFamily, type Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import {
  ALTERNATE_SERVER,
  ERROR_CODE,
  longTermKey,
  METHOD_BINDING,
  NONCE,
  parseStunMessage,
  PASSWORD_ALGORITHM,
  PASSWORD_ALGORITHM_MD5,
  PASSWORD_ALGORITHM_SHA256,
  PASSWORD_ALGORITHMS,
  readAttribute,
  REALM,
  StunMessageBuilder,
  USERHASH,
  userhash,
  USERNAME,
  verifyIntegrity,
  XOR_MAPPED_ADDRESS,
  type StunAddress,
  type StunMessage,
} from '../stun/index.js'
import {
  ADDITIONAL_ADDRESS_FAMILY,
  ALTERNATE_DOMAIN,
  DRAFT_ADDITIONAL_ADDRESS_FAMILY,
  ADDRESS_ERROR_CODE,
  CHANNEL_NUMBER,
  DATA,
  LIFETIME,
  METHOD_ALLOCATE,
  METHOD_CHANNEL_BIND,
  METHOD_CREATE_PERMISSION,
  METHOD_DATA,
  METHOD_REFRESH,
  METHOD_SEND,
  REQUESTED_ADDRESS_FAMILY,
  REQUESTED_TRANSPORT,
  TRANSPORT_UDP,
  XOR_PEER_ADDRESS,
  XOR_RELAYED_ADDRESS,
} from './attributes.js'
import { buildChannelData, isChannelData, parseChannelData } from './channel-data.js'

export interface TurnServerOptions {
  readonly crypto: Crypto
  readonly now: () => Millis
  /** To a client. */
  readonly send: (to: StunAddress, data: Uint8Array) => void
  /** From a relayed address to a peer. */
  readonly relay: (from: StunAddress, to: StunAddress, data: Uint8Array) => void
  /** Told of every relayed address that begins or ceases to exist. */
  readonly listen?: (relayed: StunAddress, isOpen: boolean) => void
  readonly relayAddresses?: Partial<Record<IpFamily, string>>
  /** A second family is asked for as a draft had it, and coturn has it. */
  readonly knowsDraftOnly?: boolean
  readonly password?: string
  readonly isStream?: boolean
}

interface ServerAllocation {
  readonly client: StunAddress
  readonly relayed: readonly StunAddress[]
  endsAt: Millis
  readonly permissions: Map<string, Millis>
  readonly channels: Map<number, { readonly peer: StunAddress; endsAt: Millis }>
}

export const USER = 'alice'
export const PASSWORD = 'correct horse'

export class VirtualTurnServer {
  realm = 'example.org'
  nonceLifetimeMillis: Millis = Infinity
  maxLifetimeSeconds = 600
  /** With the nonce cookie of RFC 8489 §9.2. */
  passwordAlgorithms: readonly number[] | undefined
  isAnonymous = false
  /** Says that an allocation is deleted, and keeps it. */
  keepsDeleted = false
  alternate: StunAddress | undefined
  /** The name in the certificate of {@link alternate}, where it is told. */
  alternateDomain: string | undefined
  /** Answers these, and counts. */
  fails: ((message: StunMessage) => { readonly code: number; readonly reason: string } | undefined) | undefined
  /** Whether a peer may be sent to. */
  permits: (peer: StunAddress) => boolean = () => true
  readonly requests: { readonly method: number; readonly at: Millis; readonly lifetime: number | undefined }[] = []
  readonly errors: number[] = []
  created = 0
  relayedViaChannel = 0
  relayedViaIndication = 0
  readonly #options: TurnServerOptions
  readonly #allocations = new Map<string, ServerAllocation>()
  /** RFC 8489 §6.3.1: a request that comes again gets the answer that was lost. */
  readonly #answers = new Map<string, Uint8Array>()
  #nonce = ''
  #nonceAt: Millis = 0
  #nonces = 0
  #nextPort = 60_000

  constructor(options: TurnServerOptions) {
    this.#options = options
  }

  get allocations(): readonly ServerAllocation[] {
    for (const allocation of [...this.#allocations.values()]) this.#expire(allocation)
    return [...this.#allocations.values()]
  }

  /** Forgets everything: killed and started again. */
  restart(): void {
    for (const allocation of [...this.#allocations.values()]) this.#delete(allocation)
    this.#answers.clear()
    this.#nonce = ''
  }

  receive(from: StunAddress, bytes: Uint8Array): void {
    const { now } = this.#options
    const allocation = this.#find(from)
    if (isChannelData(bytes)) {
      const { channel = 0, data } = parseChannelData(bytes) ?? {}
      const bound = allocation?.channels.get(channel)
      if (bound === undefined || data === undefined || now() >= bound.endsAt) return
      this.relayedViaChannel++
      this.#forward(allocation!, bound.peer, data)
      return
    }
    const message = parseStunMessage(bytes)
    if (message?.class === 'indication' && message.method === METHOD_SEND && allocation) {
      this.relayedViaIndication++
      this.#forward(allocation, readAttribute(message, XOR_PEER_ADDRESS)!, readAttribute(message, DATA)!)
    } else if (message?.class === 'request') {
      const key = `${keyOf(from)} ${String(message.transactionId)}`
      const answer = this.#answers.get(key) ?? this.#answer(from, message)
      this.#answers.set(key, answer)
      this.#options.send(from, answer)
    }
  }

  /** From a peer, at a relayed address. */
  receiveAtRelay(relayed: StunAddress, from: StunAddress, data: Uint8Array): void {
    const allocation = this.allocations.find((one) => one.relayed.some((own) => keyOf(own) === keyOf(relayed)))
    const now = this.#options.now()
    if (allocation === undefined || !(now < (allocation.permissions.get(from.address) ?? 0))) return
    for (const [number, { peer, endsAt }] of allocation.channels) {
      if (keyOf(peer) !== keyOf(from) || now >= endsAt) continue
      this.#options.send(allocation.client, buildChannelData(number, data, this.#options.isStream === true))
      return
    }
    const id = this.#options.crypto.randomBytes(12)
    const builder = new StunMessageBuilder('indication', METHOD_DATA, id)
    this.#options.send(allocation.client, builder.add(XOR_PEER_ADDRESS, from).add(DATA, data).finish())
  }

  #forward(allocation: ServerAllocation, peer: StunAddress, data: Uint8Array): void {
    const relayed = allocation.relayed.find(({ address }) => ipFamily(address) === ipFamily(peer.address))
    const isPermitted = this.#options.now() < (allocation.permissions.get(peer.address) ?? 0)
    if (relayed !== undefined && isPermitted) this.#options.relay(relayed, peer, data)
  }

  // -- requests -------------------------------------------------------------------------------------------------------

  #answer(from: StunAddress, message: StunMessage): Uint8Array {
    const { method, transactionId } = message
    const lifetime = readAttribute(message, LIFETIME)
    this.requests.push({ method, at: this.#options.now(), lifetime })
    if (method === METHOD_BINDING) {
      const builder = new StunMessageBuilder('success', METHOD_BINDING, transactionId)
      return builder.add(XOR_MAPPED_ADDRESS, from).finish()
    }
    if (method === METHOD_ALLOCATE && this.alternate !== undefined) {
      return this.#error(message, 300, (builder) => {
        builder.add(ALTERNATE_SERVER, this.alternate!)
        if (this.alternateDomain !== undefined) builder.add(ALTERNATE_DOMAIN, this.alternateDomain)
      })
    }
    const key = this.#keyOf(message)
    if (typeof key === 'number') return this.#challenge(message, key)
    const failure = this.fails?.(message)
    if (failure !== undefined) return this.#error(message, failure.code, undefined, key)
    const success = new StunMessageBuilder('success', method, transactionId)
    const code = this.#perform(from, message, success)
    if (code !== undefined) return this.#error(message, code, undefined, key)
    return this.#seal(success, key)
  }

  /** The key that the request was made with, or the error that it was not. */
  #keyOf(message: StunMessage): Uint8Array | number {
    const { crypto, password = PASSWORD } = this.#options
    const nonce = readAttribute(message, NONCE)
    const realm = readAttribute(message, REALM)
    if (nonce === undefined || realm !== this.realm) return 401
    if (nonce !== this.#currentNonce()) return 438
    const hash = readAttribute(message, USERHASH)
    const isUser = this.isAnonymous
      ? hash !== undefined && equalBytes(hash, userhash(crypto, USER, realm))
      : readAttribute(message, USERNAME) === USER
    const chosen = readAttribute(message, PASSWORD_ALGORITHM)?.algorithm
    const repeated = readAttribute(message, PASSWORD_ALGORITHMS)?.map(({ algorithm }) => algorithm)
    if (String(repeated) !== String(this.passwordAlgorithms)) return 400
    const kind = chosen === PASSWORD_ALGORITHM_SHA256 ? 'sha256' : 'md5'
    const key = longTermKey(crypto, kind, { username: USER, realm, password })
    const integrity = this.passwordAlgorithms === undefined ? 'sha1' : 'sha256'
    return isUser && verifyIntegrity(crypto, message, key, integrity) ? key : 401
  }

  #perform(from: StunAddress, message: StunMessage, success: StunMessageBuilder): number | undefined {
    if (message.method === METHOD_ALLOCATE) return this.#allocate(from, message, success)
    const allocation = this.#find(from)
    if (allocation === undefined) return 437
    const now = this.#options.now()
    if (message.method === METHOD_REFRESH) {
      const seconds = Math.min(readAttribute(message, LIFETIME) ?? 600, this.maxLifetimeSeconds)
      if (seconds > 0) allocation.endsAt = now + seconds * 1000
      else if (!this.keepsDeleted) this.#delete(allocation)
      success.add(LIFETIME, seconds)
      return undefined
    }
    const peer = readAttribute(message, XOR_PEER_ADDRESS)!
    if (!this.permits(peer)) return 403
    allocation.permissions.set(peer.address, now + 300_000)
    if (message.method === METHOD_CREATE_PERMISSION) return undefined
    if (message.method !== METHOD_CHANNEL_BIND) return 400
    const number = readAttribute(message, CHANNEL_NUMBER)!
    const bound = allocation.channels.get(number)
    if (number < 0x4000 || number > 0x4fff || (bound !== undefined && keyOf(bound.peer) !== keyOf(peer))) return 400
    allocation.channels.set(number, { peer, endsAt: now + 600_000 })
    return undefined
  }

  #allocate(client: StunAddress, message: StunMessage, success: StunMessageBuilder): number | undefined {
    if (this.#find(client) !== undefined) return 437
    if (readAttribute(message, REQUESTED_TRANSPORT) !== TRANSPORT_UDP) return 442
    const { relayAddresses = { IPv4: '198.51.100.9' } } = this.#options
    const wanted: IpFamily[] = [readAttribute(message, REQUESTED_ADDRESS_FAMILY) ?? 'IPv4']
    const { knowsDraftOnly = false } = this.#options
    const additional = readAttribute(
      message,
      knowsDraftOnly ? DRAFT_ADDITIONAL_ADDRESS_FAMILY : ADDITIONAL_ADDRESS_FAMILY,
    )
    if (additional !== undefined) wanted.push(additional)
    if (relayAddresses[wanted[0]!] === undefined) return 440
    const relayed = wanted.flatMap((family) => {
      const address = relayAddresses[family]
      if (address === undefined) success.add(ADDRESS_ERROR_CODE, { family, code: 440, reason: '' })
      return address === undefined ? [] : [{ address, port: this.#nextPort++ }]
    })
    const endsAt = this.#options.now() + this.maxLifetimeSeconds * 1000
    this.#allocations.set(keyOf(client), { client, relayed, endsAt, permissions: new Map(), channels: new Map() })
    this.created++
    for (const address of relayed) {
      this.#options.listen?.(address, true)
      success.add(XOR_RELAYED_ADDRESS, address)
    }
    success.add(LIFETIME, this.maxLifetimeSeconds).add(XOR_MAPPED_ADDRESS, client)
    return undefined
  }

  #challenge(message: StunMessage, code: number): Uint8Array {
    return this.#error(message, code, (builder) => {
      builder.add(REALM, this.realm).add(NONCE, this.#currentNonce())
      const algorithms = this.passwordAlgorithms
      if (algorithms !== undefined) builder.add(PASSWORD_ALGORITHMS, algorithms.map(withoutParameters))
    })
  }

  #error(
    message: StunMessage,
    code: number,
    extend?: (builder: StunMessageBuilder) => void,
    key?: Uint8Array,
  ): Uint8Array {
    this.errors.push(code)
    const builder = new StunMessageBuilder('error', message.method, message.transactionId)
    builder.add(ERROR_CODE, { code, reason: `error ${code}` })
    extend?.(builder)
    return key === undefined ? builder.finish() : this.#seal(builder, key)
  }

  #seal(builder: StunMessageBuilder, key: Uint8Array): Uint8Array {
    return builder.integrity(this.#options.crypto, key, this.passwordAlgorithms ? 'sha256' : 'sha1').finish()
  }

  #currentNonce(): string {
    const now = this.#options.now()
    if (this.#nonce === '' || now - this.#nonceAt >= this.nonceLifetimeMillis) {
      const features = (this.passwordAlgorithms ? 1 : 0) + (this.isAnonymous ? 2 : 0)
      this.#nonce = `${features ? `obMatJos2AAA${'ABCD'[features]!}` : ''}nonce-${++this.#nonces}`
      this.#nonceAt = now
    }
    return this.#nonce
  }

  #find(client: StunAddress): ServerAllocation | undefined {
    const allocation = this.#allocations.get(keyOf(client))
    return allocation && this.#expire(allocation)
  }

  #expire(allocation: ServerAllocation): ServerAllocation | undefined {
    if (this.#options.now() < allocation.endsAt) return allocation
    this.#delete(allocation)
    return undefined
  }

  #delete(allocation: ServerAllocation): void {
    this.#allocations.delete(keyOf(allocation.client))
    for (const address of allocation.relayed) this.#options.listen?.(address, false)
  }
}

export const BOTH_ALGORITHMS = [PASSWORD_ALGORITHM_MD5, PASSWORD_ALGORITHM_SHA256]

function withoutParameters(algorithm: number): { algorithm: number; parameters: Uint8Array } {
  return { algorithm, parameters: new Uint8Array(0) }
}

function keyOf({ address, port }: StunAddress): string {
  return `${address} ${port}`
}
