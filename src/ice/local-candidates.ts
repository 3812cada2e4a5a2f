import { appended, SparseMap } from '../core/index.js'
import { baseOfRelay, baseOfSocket, reflexiveCandidate, type Base } from './base.js'
import type { IceContext } from './context.js'
import { Foundations } from './foundations.js'
import type { Generation } from './generation.js'
import type { LocalSocket, RelayedSocket, SocketId, TransportAddress } from './types.js'

/** Sockets and relays of one agent: a host with more interfaces than this has a problem that ICE cannot solve. */
const MAX_BASES = 96

/** The bases of an agent, and the candidates that come of them (RFC 8445 §5.1.1). */
export class LocalCandidates {
  readonly #context: IceContext
  readonly #foundations = new Foundations()
  readonly #bases = new SparseMap<SocketId, Base>()

  constructor(context: IceContext) {
    this.#context = context
  }

  base(socketId: SocketId): Base | undefined {
    return this.#bases.get(socketId)
  }

  get bases(): Iterable<Base> {
    return this.#bases.values()
  }

  /** The new base; `undefined` when there is one with this id, too many, or no IP address. */
  addSocket(socket: LocalSocket): Base | undefined {
    return this.#add(baseOfSocket(socket))
  }

  addRelay(relay: RelayedSocket): Base | undefined {
    return this.#add(baseOfRelay(relay))
  }

  remove(socketId: SocketId): Base | undefined {
    const base = this.#bases.get(socketId)
    this.#bases.delete(socketId)
    return base
  }

  clear(): void {
    this.#bases.clear()
  }

  /** Tells of the candidate that the base is, unless the generation has it already. */
  offer(generation: Generation, base: Base): void {
    const isHidden = generation.transportPolicy === 'relay'
    // RFC 8828 §5.2 mode 4, W3C "relay": host candidates are neither told nor used.
    if (isHidden && base.type !== 'relay') return
    const { address } = base.local
    const foundation = this.#foundations.of(
      base.type,
      address,
      base.relay ? `${base.relay.protocol} ${base.relay.url}` : base.tcpType,
    )
    const hidesRelated = isHidden || this.#hasNames
    const candidate = generation.addBase(base, foundation, this.#context.role, hidesRelated)
    if (candidate !== undefined) this.#context.emit({ type: 'localCandidate', candidate })
  }

  /** What a server at `serverAddress` saw of the base. */
  offerReflexive(
    generation: Generation,
    base: Base,
    mapped: TransportAddress,
    server: Pick<TransportAddress, 'address'> & { readonly url: string },
  ): void {
    if (generation.transportPolicy === 'relay') return
    const foundation = this.#foundations.of('srflx', base.local.address, server.address)
    const candidate = reflexiveCandidate(base, mapped, foundation, server.url, generation.local!.usernameFragment)
    if (generation.addReflexive(candidate, base)) this.#context.emit({ type: 'localCandidate', candidate })
  }

  /** The peer alone has restarted: what we told before is still true. */
  copy(from: Generation, to: Generation): void {
    to.transportPolicy = from.transportPolicy
    for (const { candidate, base } of from.localCandidates) {
      if (this.#bases.get(base.socketId) !== base)
        to.localCandidates = appended(to.localCandidates, { candidate, base })
      else if (candidate.type !== base.type) to.addReflexive(candidate, base)
      else
        to.addBase(base, candidate.foundation, this.#context.role, from.transportPolicy === 'relay' || this.#hasNames)
    }
  }

  /** Addresses are not told: nor is where a relay sees us, which without a NAT would be one. */
  get #hasNames(): boolean {
    for (const { name } of this.#bases.values()) if (name !== undefined) return true
    return false
  }

  #add(base: Base | undefined): Base | undefined {
    if (base === undefined || this.#bases.has(base.socketId)) return undefined
    if (this.#bases.size === MAX_BASES) {
      this.#context.count('socketsRefused')
      return undefined
    }
    this.#bases.set(base.socketId, base)
    return base
  }
}
