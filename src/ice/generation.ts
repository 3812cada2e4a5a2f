import { appended, isUnicast, SparseSet, type Millis } from '../core/index.js'
import { candidateOfBase, protocolOf, sameAddress, type Base } from './base.js'
import type { CandidatePair, RemoteEntry } from './candidate-pair.js'
import { CheckList } from './check-list.js'
import { canPair, mayConnectTo } from './tcp-candidates.js'
import type { IceCandidate, IceParameters, IceRole, SocketId, TransportAddress } from './types.js'

export interface LocalCandidate {
  readonly candidate: IceCandidate
  readonly base: Base
}

/** A check that was answered before the peer's parameters were known (RFC 8445 §7.3). */
export interface EarlyCheck {
  readonly base: Base
  readonly from: TransportAddress
  readonly priority: number
  readonly nominate: boolean
  /** The fragment that the sender named as its own. */
  readonly remoteFragment: string
}

export type AddedRemote = 'added' | 'known' | 'refused'

const MAX_REMOTE_CANDIDATES = 100
const MAX_EARLY_CHECKS = 32

/**
 * What belongs to one pair of credentials: an ICE restart begins a new generation (RFC 8445 §9). Holds candidates and
 * the check list; when to send what is the business of the rooms beside it.
 */
export class Generation {
  local: IceParameters | undefined
  remote: IceParameters | undefined
  /** Ours before these, and since when they are no more: the peer may not know yet. */
  former: { readonly local: IceParameters; readonly replacedAt: Millis } | undefined
  /** The local half is the one of the generation before: the peer restarted, and we may do so in our answer. */
  localIsInherited = false
  /** The peer is a lite agent: it checks nothing. */
  remoteIsLite = false
  /** Gathered for, and told to nobody yet: nothing is checked (RFC 9429 §3.5.4). */
  isPrefetched = false
  /** With `relay` nothing goes out but through relays. */
  transportPolicy: 'all' | 'relay' = 'all'
  /** All that were told; {@link removeBase} takes from some of them what they were sent from. */
  localCandidates: LocalCandidate[] = []
  readonly #goneBases = new SparseSet<Base>()
  readonly checkList = new CheckList()
  readonly earlyChecks: EarlyCheck[] = []
  gathered = false
  remoteEndOfCandidates = false
  failed = false
  /** When checking has taken too long; Infinity while there is nothing to check or a pair is selected. */
  failAt = Infinity
  /** When the controlling side stops to wait for a better pair; Infinity when it does not wait. */
  nominateAt = Infinity
  /** When a check succeeded for the first time. */
  firstValidAt: number | undefined
  nominating: CandidatePair | undefined
  selected: CandidatePair | undefined

  #remotes: RemoteEntry[] = []
  /** Remembered for the owner, never paired: TCP candidates that open connections, or that nobody should open one to. */
  readonly #unpaired: IceCandidate[] = []
  #prflxCount = 0

  /** For another local half of the same session. */
  renewed(role: IceRole): Generation {
    const next = new Generation()
    next.remote = this.remote
    next.remoteIsLite = this.remoteIsLite
    next.remoteEndOfCandidates = this.remoteEndOfCandidates
    for (const candidate of this.remoteCandidates) next.addRemote(candidate, role)
    return next
  }

  get canCheck(): boolean {
    return this.local !== undefined && this.remote !== undefined && !this.isPrefetched
  }

  get hasRemoteCandidates(): boolean {
    return this.#remotes.length > 0
  }

  /** Those that were signalled (W3C getRemoteCandidates leaves out peer-reflexive ones). */
  get remoteCandidates(): IceCandidate[] {
    const signalled = this.#remotes.map(({ candidate }) => candidate).filter(({ type }) => type !== 'prflx')
    return [...signalled, ...this.#unpaired]
  }

  /** Makes the base a candidate and pairs it with all that is known; `undefined` when it is one already. */
  addBase(base: Base, foundation: string, role: IceRole, hidesRelated = false): IceCandidate | undefined {
    if (this.localCandidates.some((known) => known.base === base && known.candidate.type === base.type))
      return undefined
    const candidate = candidateOfBase(base, foundation, this.local!.usernameFragment, hidesRelated)
    this.localCandidates = appended(this.localCandidates, { candidate, base })
    for (const entry of this.#remotes) this.#pair(base, candidate, entry, role)
    return candidate
  }

  /** RFC 8445 §5.1.3: redundant when there is a candidate with this address and base. */
  addReflexive(candidate: IceCandidate, base: Base): boolean {
    if (sameAddress(base.local, candidate)) return false
    if (this.localCandidates.some((known) => known.base === base && sameAddress(known.candidate, candidate)))
      return false
    this.localCandidates = appended(this.localCandidates, { candidate, base })
    return true
  }

  addRemote(candidate: IceCandidate, role: IceRole): AddedRemote {
    if (candidate.component !== 1) return 'refused'
    const isTcp = candidate.protocol === 'tcp'
    if (isTcp && !(candidate.tcpType === 'passive' && mayConnectTo(candidate))) return this.#remember(candidate)
    if (!isUnicast(candidate.address) || candidate.port === 0) return 'refused'
    const known = this.#entryOf(candidate, candidate.protocol)
    if (known !== undefined) return this.#addAgain(known, candidate, role)
    return this.#addEntry(candidate, role) === undefined ? 'refused' : 'added'
  }

  #addAgain(known: RemoteEntry, candidate: IceCandidate, role: IceRole): AddedRemote {
    const { hostname, ...told } = known.candidate
    // RFC 8838 §11.4: now we know what the peer-reflexive candidate was.
    if (told.type === 'prflx') known.candidate = candidate
    if (hostname === undefined || candidate.hostname !== undefined) return 'known'
    // What stood behind the name is told after all: nothing is hidden from relays any more.
    known.candidate = told
    this.#pairWithAll(known, role)
    return 'added'
  }

  /** The pair that an authenticated check came over; its source may be new (RFC 8445 §7.3.1.3). */
  pairOfCheck(base: Base, from: TransportAddress, priority: number, role: IceRole): CandidatePair | undefined {
    const known = this.checkList.find(base.socketId, from)
    if (known !== undefined) return known
    const entry = this.#entryOf(from, protocolOf(base)) ?? this.#addPrflx(base, from, priority)
    const local = this.localCandidates.find((own) => own.base === base && own.candidate.type === base.type)
    return entry && local && this.checkList.add(base, local.candidate, entry, role)
  }

  rememberEarly(check: EarlyCheck): boolean {
    const at = this.earlyChecks.findIndex(
      (known) =>
        known.base === check.base &&
        known.remoteFragment === check.remoteFragment &&
        sameAddress(known.from, check.from),
    )
    const nominate = check.nominate || (at >= 0 && this.earlyChecks[at]!.nominate)
    if (at >= 0) this.earlyChecks[at] = { ...check, nominate }
    else if (this.earlyChecks.length < MAX_EARLY_CHECKS) this.earlyChecks.push(check)
    else return false
    return true
  }

  /** Whether this address is one of the peer's, for who hears from it over this socket: that of UDP is not that of TCP. */
  knowsRemote(socketId: SocketId, address: TransportAddress): boolean {
    if (this.hasEarlyCheck(socketId, address)) return true
    const local = this.localCandidates.find(({ base }) => base.socketId === socketId)
    return local !== undefined && this.#entryOf(address, protocolOf(local.base)) !== undefined
  }

  hasEarlyCheck(socketId: SocketId, from: TransportAddress): boolean {
    return this.earlyChecks.some((check) => check.base.socketId === socketId && sameAddress(check.from, from))
  }

  /** Nothing can be sent from it any more. That it was a candidate, and was told, stays true. */
  removeBase(base: Base): void {
    this.checkList.removeBase(base.socketId)
    if (this.nominating?.base === base) this.nominating = undefined
    this.#goneBases.add(base)
  }

  #entryOf(address: TransportAddress, protocol: IceCandidate['protocol']): RemoteEntry | undefined {
    return this.#remotes.find(({ candidate }) => candidate.protocol === protocol && sameAddress(candidate, address))
  }

  #addPrflx(base: Base, from: TransportAddress, priority: number): RemoteEntry | undefined {
    if (!isUnicast(from.address) || from.port === 0 || this.#remotes.length >= MAX_REMOTE_CANDIDATES) return undefined
    const entry: RemoteEntry = {
      candidate: {
        // RFC 8445 §7.3.1.3: a foundation unlike all others. No signalled one is 33 characters long.
        foundation: `prflx${++this.#prflxCount}`.padEnd(33, '/'),
        component: 1,
        protocol: protocolOf(base),
        priority,
        address: from.address,
        port: from.port,
        type: 'prflx',
        ...(base.tcpType && { tcpType: base.tcpType === 'passive' ? 'active' : 'passive' }),
      },
    }
    this.#remotes = appended(this.#remotes, entry)
    return entry
  }

  #addEntry(candidate: IceCandidate, role: IceRole): RemoteEntry | undefined {
    if (this.#isFull) return undefined
    const entry: RemoteEntry = { candidate }
    this.#remotes = appended(this.#remotes, entry)
    this.#pairWithAll(entry, role)
    return entry
  }

  #pairWithAll(entry: RemoteEntry, role: IceRole): void {
    for (const { base, candidate: local } of this.localCandidates) {
      if (local.type === base.type && !this.#goneBases.has(base)) this.#pair(base, local, entry, role)
    }
  }

  #pair(base: Base, local: IceCandidate, entry: RemoteEntry, role: IceRole): void {
    if (canPair(base, entry.candidate)) this.checkList.add(base, local, entry, role)
  }

  get #isFull(): boolean {
    return this.#remotes.length + this.#unpaired.length >= MAX_REMOTE_CANDIDATES
  }

  #remember(candidate: IceCandidate): AddedRemote {
    const known = this.#unpaired.some((other) => sameAddress(other, candidate) && other.tcpType === candidate.tcpType)
    if (known) return 'known'
    if (this.#isFull) return 'refused'
    this.#unpaired.push(candidate)
    return 'added'
  }
}
