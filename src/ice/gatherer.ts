import { ipFamily, isLoopback, SparseMap, SparseSet, type Millis } from '../core/index.js'
import {
  ERROR_CODE,
  MAPPED_ADDRESS,
  METHOD_BINDING,
  readAttribute,
  StunMessageBuilder,
  TRANSACTION_ID_BYTES,
  XOR_MAPPED_ADDRESS,
  type StunMessage,
} from '../stun/index.js'
import { canReach, isLinkLocalIpv6, sameAddress, type Base } from './base.js'
import type { GatherPurpose, IceContext, IceTransaction } from './context.js'
import type { IceDatagram, IceTransmit, SocketId, StunServer, TransportAddress } from './types.js'

/** 0, 500, 1500, 3500, 7500 ms, and two seconds later, at 9.5 s, we give up, as browsers do. */
const SCHEDULE = { rtoMillis: 500, maxTransmissions: 5, lastWaitMillis: 2000 }

/** RFC 8445 §11 and §5.1.1.4: bindings of NATs are kept while candidates may still be used. RFC 4787: two minutes hold. */
const KEEPALIVE_MILLIS = 15_000

/** Servers that one configuration may name, over all of its entries and addresses. */
const MAX_SERVERS = 16

interface Probe {
  readonly base: Base
  readonly server: StunServer
}

/** What became of a URL from one base: its name may have several addresses, of which one is enough. */
interface Outcome {
  pending: number
  isAnswered: boolean
}

/** RTCPeerConnectionIceErrorEvent: the server could not be reached. */
const ERROR_UNREACHABLE = 701
const NOT_REACHED = 'No address of this host reaches the STUN server.'

/** Asks STUN servers for server-reflexive candidates (RFC 8445 §5.1.1.2), from every base that can reach them. */
export class Gatherer {
  readonly #context: IceContext
  readonly #servers: StunServer[] = []
  readonly #waiting: Probe[] = []
  readonly #kept: Probe[] = []
  /** URLs that some base could ask. */
  readonly #asked = new SparseSet<string>()
  /** By base and URL. */
  readonly #outcomes = new SparseMap<string, Outcome>()
  #running = 0
  #nextAt: Millis = -Infinity
  #keepaliveAt: Millis = Infinity
  #keepaliveIndex = 0

  constructor(context: IceContext) {
    this.#context = context
  }

  /** Whether answers are still to come. */
  get busy(): boolean {
    return this.#running > 0 || this.#waiting.length > 0
  }

  /** Forgets servers and answers: a new generation asks anew. */
  reset(): void {
    this.#context.transactions.forget(({ kind }) => kind === 'gather')
    this.#running = 0
    this.#servers.length = this.#waiting.length = this.#kept.length = 0
    this.#outcomes.clear()
    this.#asked.clear()
    this.#keepaliveAt = Infinity
  }

  /**
   * No more bases and servers come. An error for each URL that none of them could ask, told of the best of them, or of the best
   * of the family where there are any.
   */
  endOfBases(bases: Iterable<Base>): void {
    const hosts = [...bases].filter(({ type, tcpType }) => type === 'host' && tcpType === undefined)
    for (const { address, url } of this.#servers) {
      const { local } = hosts.find(({ family }) => family === ipFamily(address)) ?? hosts[0] ?? {}
      if (local === undefined || this.#asked.has(url)) continue
      this.#asked.add(url)
      this.#context.emit({ type: 'candidateError', local, url, errorCode: ERROR_UNREACHABLE, errorText: NOT_REACHED })
    }
  }

  /** @param bases those known so far; later ones come by {@link addBase} */
  addServer(server: StunServer, bases: Iterable<Base>): void {
    if (this.#servers.some((known) => sameAddress(known, server))) return
    if (this.#servers.length === MAX_SERVERS) return this.#context.count('stunServersRefused')
    this.#servers.push(server)
    for (const base of bases) this.#add(base, server)
  }

  addBase(base: Base): void {
    for (const server of this.#servers) this.#add(base, server)
  }

  removeBase(socketId: SocketId): void {
    for (const key of this.#outcomes.keys()) if (key.startsWith(`${socketId} `)) this.#outcomes.delete(key)
    for (const list of [this.#waiting, this.#kept]) {
      for (let i = list.length - 1; i >= 0; i--) if (list[i]!.base.socketId === socketId) list.splice(i, 1)
    }
    this.#context.transactions.forget((purpose) => {
      if (purpose.kind !== 'gather' || purpose.base.socketId !== socketId) return false
      this.#running--
      return true
    })
  }

  /** A pair was selected, its consent checks keep what matters open; the other bindings may go. */
  stopKeepalives(): void {
    this.#kept.length = 0
    this.#keepaliveAt = Infinity
  }

  next(): Millis {
    return Math.min(this.#waiting.length > 0 ? this.#nextAt : Infinity, this.#keepaliveAt)
  }

  take(now: Millis): IceTransmit | undefined {
    if (now < this.#nextAt) return undefined
    const probe = this.#waiting.shift()
    if (probe === undefined) return now >= this.#keepaliveAt ? this.#takeKeepalive(now) : undefined
    this.#nextAt = now + this.#context.timings.paceMillis
    const transactionId = this.#context.crypto.randomBytes(TRANSACTION_ID_BYTES)
    const request = {
      socketId: probe.base.socketId,
      to: { address: probe.server.address, port: probe.server.port },
      data: new StunMessageBuilder('request', METHOD_BINDING, transactionId).fingerprint().finish(),
    }
    this.#running++
    this.#context.transactions.start(now, { transactionId, request, purpose: { kind: 'gather', ...probe } }, SCHEDULE)
    return request
  }

  /** The address that the server saw, or nothing when it answered with an error. */
  receive(
    now: Millis,
    { socketId, from }: IceDatagram,
    transaction: IceTransaction,
    purpose: GatherPurpose,
    message: StunMessage,
  ): TransportAddress | undefined {
    const { request } = transaction
    if (socketId !== request.socketId || !sameAddress(from, request.to)) {
      this.#context.count('responsesAsymmetric')
      return undefined
    }
    this.#context.transactions.end(transaction)
    this.#running--
    if (message.class === 'error') {
      const error = readAttribute(message, ERROR_CODE)
      this.#fail(purpose, error?.code ?? ERROR_UNREACHABLE, error?.reason ?? 'The server refused without a reason.')
      return undefined
    }
    // RFC 8489 §14.1: what servers of old send.
    const mapped = readAttribute(message, XOR_MAPPED_ADDRESS) ?? readAttribute(message, MAPPED_ADDRESS)
    if (mapped === undefined) this.#fail(purpose, ERROR_UNREACHABLE, 'The response of the server holds no address.')
    else this.#keep(now, purpose)
    return mapped
  }

  timedOut(purpose: GatherPurpose): void {
    this.#running--
    this.#fail(purpose, ERROR_UNREACHABLE, 'The STUN server did not answer.')
  }

  unreachable(server: TransportAddress): void {
    const waited: Probe[] = []
    for (let i = this.#waiting.length - 1; i >= 0; i--)
      if (sameAddress(this.#waiting[i]!.server, server)) waited.push(...this.#waiting.splice(i, 1))
    this.#context.transactions.forget((purpose) => {
      if (purpose.kind !== 'gather' || !sameAddress(purpose.server, server)) return false
      this.#running--
      waited.push(purpose)
      return true
    })
    for (const probe of waited)
      this.#fail(probe, ERROR_UNREACHABLE, 'The STUN server is not there: its port is closed.')
  }

  #add(base: Base, server: StunServer): void {
    const { address } = base.local
    // Connections are for one peer each: what a server saw of one would be no way to reach us (RFC 6544 §5.2).
    if (base.type !== 'host' || base.tcpType !== undefined) return
    if (ipFamily(server.address) === undefined || !canReach(base, server.address)) return
    // What goes nowhere would only keep gathering waiting.
    if (isLoopback(address) !== isLoopback(server.address) || isLinkLocalIpv6(address)) return
    const key = outcomeKey({ base, server })
    const outcome = this.#outcomes.get(key) ?? { pending: 0, isAnswered: false }
    outcome.pending++
    this.#asked.add(server.url)
    this.#outcomes.set(key, outcome)
    this.#waiting.push({ base, server })
  }

  /** An error of the URL once no address of it is left to answer. */
  #fail({ base, server }: Probe, errorCode: number, errorText: string): void {
    const outcome = this.#outcomes.get(outcomeKey({ base, server }))
    if (outcome === undefined || --outcome.pending > 0 || outcome.isAnswered) return
    this.#context.emit({ type: 'candidateError', local: base.local, url: server.url, errorCode, errorText })
  }

  #keep(now: Millis, { base, server }: Probe): void {
    const outcome = this.#outcomes.get(outcomeKey({ base, server }))
    if (outcome !== undefined) {
      outcome.pending--
      outcome.isAnswered = true
    }
    this.#kept.push({ base, server })
    this.#keepaliveAt = Math.min(this.#keepaliveAt, now + KEEPALIVE_MILLIS)
  }

  /** An indication, which asks for nothing (RFC 8445 §11); one binding after the other, so that each has its turn. */
  #takeKeepalive(now: Millis): IceTransmit | undefined {
    this.#keepaliveIndex = (this.#keepaliveIndex + 1) % this.#kept.length
    const { base, server } = this.#kept[this.#keepaliveIndex]!
    this.#keepaliveAt = now + KEEPALIVE_MILLIS / this.#kept.length
    const transactionId = this.#context.crypto.randomBytes(TRANSACTION_ID_BYTES)
    const data = new StunMessageBuilder('indication', METHOD_BINDING, transactionId).fingerprint().finish()
    return { socketId: base.socketId, to: { address: server.address, port: server.port }, data }
  }
}

function outcomeKey({ base, server }: Probe): string {
  return `${base.socketId} ${server.url}`
}
