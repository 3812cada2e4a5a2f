import type { Millis } from '../core/index.js'
import { Generation } from './generation.js'
import type { IceCandidate, IceParameters, IceRole, SocketId, TransportAddress } from './types.js'

/** Newest first: the current one, and the one that the selected pair still belongs to during a restart. */
export class Generations {
  /** Changed here alone; asked for too often to be computed. */
  current = new Generation()
  all: readonly Generation[] = [this.current]

  /** Others than these two are gone: they are returned. */
  begin(generation: Generation, selected: Generation | undefined): readonly Generation[] {
    const kept = this.all.filter((old) => old === selected)
    const gone = this.all.filter((old) => old !== selected)
    this.current = generation
    this.all = [generation, ...kept]
    return gone
  }

  /** Nothing of the ones before matters any more. */
  forgetFormer(): void {
    if (this.all.length > 1) this.all = [this.current] // asked for with every check
  }

  clear(): void {
    this.current = new Generation()
    this.all = [this.current]
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
