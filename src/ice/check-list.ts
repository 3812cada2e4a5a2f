import { appended } from '../core/index.js'
import type { Base } from './base.js'
import { CandidatePair, type RemoteEntry } from './candidate-pair.js'
import { comparePairs } from './priority.js'
import type { IceCandidate, IceRole, SocketId, TransportAddress } from './types.js'

/** RFC 8445 §6.1.2.5: no more pairs than this, counted over all check lists: we have one. */
const MAX_PAIRS = 100

/** The pairs of one generation, which of them is to be checked next, and the triggered-check queue (RFC 8445 §6.1). */
export class CheckList {
  #pairs: CandidatePair[] = []
  readonly #triggered: CandidatePair[] = []

  get pairs(): readonly CandidatePair[] {
    return this.#pairs
  }

  find(socketId: SocketId, remote: TransportAddress): CandidatePair | undefined {
    return this.#pairs.find(
      (pair) =>
        pair.remote.port === remote.port && pair.base.socketId === socketId && pair.remote.address === remote.address,
    )
  }

  /** A new pair, or the one that there is; `undefined` when the list is full of better ones. */
  add(base: Base, local: IceCandidate, remote: RemoteEntry, role: IceRole): CandidatePair | undefined {
    const known = this.find(base.socketId, remote.candidate)
    if (known !== undefined) return known
    const pair = new CandidatePair(base, local, remote)
    if (this.#pairs.length === MAX_PAIRS && !this.#makeRoomFor(pair, role)) return undefined
    pair.state = this.#initialState(pair)
    this.#pairs = appended(this.#pairs, pair)
    return pair
  }

  removeBase(socketId: SocketId): void {
    for (const pair of this.#pairs.filter(({ base }) => base.socketId === socketId)) this.#remove(pair)
  }

  get hasValid(): boolean {
    return this.#pairs.some(({ validLocal }) => validLocal !== undefined)
  }

  /** RFC 8445 §7.3.1.4: ahead of all ordinary checks, each pair once. */
  trigger(pair: CandidatePair): void {
    if (!this.#triggered.includes(pair)) this.#triggered.push(pair)
  }

  get hasTriggered(): boolean {
    return this.#triggered.length > 0
  }

  takeTriggered(): CandidatePair | undefined {
    return this.#triggered.shift()
  }

  get hasOrdinary(): boolean {
    return this.#pairs.some(({ state }) => state === 'waiting' || state === 'frozen') && this.#thawedOne()
  }

  /** RFC 8445 §6.1.4.2: the best waiting pair; when none waits, the best frozen one whose foundation is not at work. */
  takeOrdinary(role: IceRole): CandidatePair | undefined {
    const best = (pairs: CandidatePair[]): CandidatePair | undefined =>
      pairs.sort((a, b) => comparePairs(a, b, role))[0]
    return (
      best(this.#pairs.filter(({ state }) => state === 'waiting')) ??
      best(this.#pairs.filter((pair) => pair.state === 'frozen' && !this.#isBusy(pair.foundation)))
    )
  }

  /** RFC 8445 §7.2.5.3.3: what resembles a pair that works is worth a check. */
  unfreeze(foundation: string): void {
    for (const pair of this.#pairs) {
      if (pair.state === 'frozen' && pair.foundation === foundation) pair.state = 'waiting'
    }
  }

  /** Pairs that count for the RTO (RFC 8445 §14.3). */
  get activeCount(): number {
    return this.#pairs.filter(({ state }) => state === 'waiting' || state === 'in-progress').length
  }

  /** The selected pair is lost: the others that do not work, as far as is known, are checked once more. */
  resume(selected: CandidatePair): void {
    for (const pair of this.#pairs) if (pair !== selected && pair.validLocal === undefined) pair.state = 'waiting'
  }

  /** Nothing is valid, and nothing is checked but what the peer triggers. */
  fail(): void {
    this.#triggered.length = 0
    for (const pair of this.#pairs) {
      pair.state = 'failed'
      pair.validLocal = undefined
    }
  }

  #thawedOne(): boolean {
    return this.#pairs.some(
      (pair) => pair.state === 'waiting' || (pair.state === 'frozen' && !this.#isBusy(pair.foundation)),
    )
  }

  #isBusy(foundation: string): boolean {
    return this.#pairs.some(
      (pair) => (pair.state === 'waiting' || pair.state === 'in-progress') && pair.foundation === foundation,
    )
  }

  /** RFC 8838 §12: frozen only behind a pair of the same foundation that is at work or about to be. */
  #initialState(added: CandidatePair): 'frozen' | 'waiting' {
    return this.#isBusy(added.foundation) ? 'frozen' : 'waiting'
  }

  /** RFC 8445 §6.1.2.5: the lowest goes, first of those that failed, never one that works or is being checked. */
  #makeRoomFor(added: CandidatePair, role: IceRole): boolean {
    const byPriority = [...this.#pairs].sort((a, b) => comparePairs(b, a, role))
    const lowest =
      byPriority.find(({ state }) => state === 'failed') ??
      byPriority.find((pair) => pair.state === 'frozen' || pair.state === 'waiting')
    if (lowest === undefined) return false
    if (lowest.state !== 'failed' && comparePairs(lowest, added, role) <= 0) return false
    this.#remove(lowest)
    return true
  }

  #remove(pair: CandidatePair): void {
    for (const list of [this.#pairs, this.#triggered]) {
      const at = list.indexOf(pair)
      if (at >= 0) list.splice(at, 1)
    }
  }
}
