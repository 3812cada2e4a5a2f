import { SparseMap, ipFamily, type Millis, SparseSet } from '../core/index.js'
import { parseCandidate, type IceAgent } from '../ice/index.js'
import type { IceCandidate } from '../ice/types.js'

/** A driver resolves few names at a time; a peer that signals more of them than this loses the rest. */
const MAX_PENDING_NAMES = 32
/** A description and trickling may name as many candidates before the agent's own bound is reached by far. */
const MAX_REMEMBERED_CANDIDATES = 256

export interface TrickledCandidate {
  readonly text: string
  readonly parsed: IceCandidate
}

export interface RemoteCandidatesOptions {
  readonly agent: IceAgent
  /** Names a question to the driver, uniquely over all transports of the peer. */
  readonly nextToken: () => number
  readonly resolve: (name: string, token: number) => void
  /** The agent has taken one that may be sent to. */
  readonly added: (now: Millis, candidate: IceCandidate) => void
  readonly count: (what: string) => void
}

/** The peer's candidates of one generation: parsed once each, names resolved, their end told when nothing is open any more. */
export class RemoteCandidates {
  readonly #options: RemoteCandidatesOptions
  readonly #known = new SparseSet<string>()
  readonly #pendingNames = new SparseMap<number, IceCandidate>()
  #hasEnded = false

  constructor(options: RemoteCandidatesOptions) {
    this.#options = options
  }

  /** Others follow: of another generation, or none. */
  clear(): void {
    this.#hasEnded = false
    this.#known.clear()
    this.#pendingNames.clear()
  }

  add(now: Millis, text: string, parsed?: IceCandidate): void {
    if (this.#known.has(text)) return
    const { count } = this.#options
    const candidate = parsed ?? parseCandidate(text)
    if (candidate === undefined || this.#known.size === MAX_REMEMBERED_CANDIDATES) return count('candidatesRefused')
    this.#known.add(text)
    if (ipFamily(candidate.address) === undefined) this.#resolve(candidate)
    else if (!this.#give(now, candidate)) count('candidatesRefused')
  }

  /** One that was trickled, or that there is no more. */
  learn(now: Millis, candidate: TrickledCandidate | undefined): void {
    if (candidate !== undefined) this.add(now, candidate.text.replace(/^a=/, ''), candidate.parsed)
    else if (!this.#hasEnded) this.#end(now)
  }

  nameResolved(now: Millis, token: number, address: string | undefined): void {
    const pending = this.#pendingNames.get(token)
    if (!this.#pendingNames.delete(token) || pending === undefined) return
    const known = address !== undefined && ipFamily(address) !== undefined
    const hostname = pending.address
    if (known) this.#give(now, { ...pending, address, hostname })
    else this.#options.count('candidateNamesUnresolved')
    if (this.#hasEnded) this.#end(now)
  }

  /** RFC 8838 §14.2: nothing more comes; told to the agent once the names among the candidates are addresses. */
  #end(now: Millis): void {
    this.#hasEnded = true
    if (this.#pendingNames.size === 0) this.#options.agent.setRemoteEndOfCandidates(now)
  }

  #give(now: Millis, candidate: IceCandidate): boolean {
    const { agent, added } = this.#options
    const isAdded = agent.addRemoteCandidate(now, candidate)
    if (isAdded && candidate.protocol === 'udp') added(now, candidate)
    return isAdded
  }

  /** RFC 8445 §5.4 and the mDNS draft: a name is looked up once, by the driver. */
  #resolve(candidate: IceCandidate): void {
    const { agent, nextToken, resolve, count } = this.#options
    // W3C "relay": the peer must not learn of us by the name servers that it makes us ask, nor the local network.
    if (!agent.looksUpNames) return count('candidateNamesNotAsked')
    if (this.#pendingNames.size === MAX_PENDING_NAMES) return count('candidateNamesDropped')
    const token = nextToken()
    this.#pendingNames.set(token, candidate)
    resolve(candidate.address, token)
  }
}
