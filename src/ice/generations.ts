import type { Millis } from '../core/index.js'
import { sameAddress, type Base } from './base.js'
import type { CandidatePair } from './candidate-pair.js'
import { Generation } from './generation.js'
import { RetiredPair } from './retired-pair.js'
import type { IceCandidate, IceParameters, IceRole, SocketId, TransportAddress } from './types.js'

/** Newest first: the current one, and the one that the selected pair still belongs to during a restart; and what is left after it. */
export class Generations {
  /** Changed here alone; asked for too often to be computed. */
  current = new Generation()
  all: readonly Generation[] = [this.current]
  retired: RetiredPair | undefined

  /** Others than these two are gone: they are returned. */
  begin(generation: Generation, selected: Generation | undefined): readonly Generation[] {
    const kept = this.all.filter((old) => old === selected)
    const gone = this.all.filter((old) => old !== selected)
    this.current = generation
    this.all = [generation, ...kept]
    return gone
  }

  /** A pair of the current one is nominated: of those before matters only what the peer may still send over. */
  settle(now: Millis, settled: CandidatePair, consentMillis: Millis): void {
    if (this.retired?.isOver(now) === true) this.retired = undefined
    const [current, former] = this.all // asked for with every check
    if (former === undefined) return
    this.all = [current!]
    const pair = former.selected
    const mayAnswer = pair?.base.type === 'relay' || current!.transportPolicy === 'all'
    const isOther = pair !== undefined && !(pair.base === settled.base && sameAddress(pair.remote, settled.remote))
    this.retired = mayAnswer && isOther ? new RetiredPair(now, former, pair, consentMillis) : undefined
  }

  /** Nothing of the ones before matters any more. */
  forgetFormer(): void {
    this.all = [this.current]
    this.retired = undefined
  }

  /** Who may be asking. W3C "relay": not even an answer leaves another way, but on a pair from before the policy changed. */
  heardOver({ type, socketId }: Base, from: TransportAddress): readonly Generation[] {
    const known = this.all.filter((one) => type === 'relay' || one.transportPolicy === 'all')
    return this.retired?.isOn(socketId, from) === true ? [...known, this.retired.generation] : known
  }

  /** Something that only the peer can have sent. */
  heard(now: Millis, socketId: SocketId, from: TransportAddress): void {
    if (this.retired?.isOn(socketId, from) === true) this.retired.heard(now)
  }

  /** The path leads nowhere any more. */
  forgetPath(socketId: SocketId, remote?: TransportAddress): void {
    if (this.retired?.isOn(socketId, remote) === true) this.retired = undefined
  }

  clear(): void {
    this.current = new Generation()
    this.forgetFormer()
  }

  /**
   * What a local half begins: the first one, and our answer to a restart of the peer, belong to the remote half that there is;
   * so does one that takes the place of another which nobody was told. Anything else is a restart of ours.
   */
  withLocal(now: Millis, params: IceParameters, role: IceRole): Generation {
    const { current } = this
    const { local, localIsInherited, isPrefetched } = current
    if (local === undefined) {
      current.local = params
      return current
    }
    const next = localIsInherited || isPrefetched ? current.renewed(role) : new Generation()
    next.local = params
    next.former = isPrefetched ? current.former : { local, replacedAt: now }
    return next
  }

  /** Of a session that is over. */
  isStale({ usernameFragment: fragment }: IceCandidate): boolean {
    const { remote } = this.current
    if (fragment === undefined) return false
    if (remote !== undefined) return fragment !== remote.usernameFragment
    return this.all.slice(1).some((old) => old.remote?.usernameFragment === fragment)
  }

  hasEarlyCheck(socketId: SocketId, from: TransportAddress): boolean {
    return this.all.some((generation) => generation.hasEarlyCheck(socketId, from))
  }

  /** The peer has restarted: our half stays as it is. */
  withRemote(): Generation {
    const { current } = this
    const next = new Generation()
    next.local = current.local
    next.localIsInherited = current.local !== undefined
    next.isPrefetched = current.isPrefetched
    next.gathered = current.gathered
    next.earlyChecks.push(...current.earlyChecks)
    return next
  }
}
