import { appended } from '../core/index.js'
import type { CandidateType } from './types.js'

/** What candidates of one foundation have in common. */
interface Common {
  readonly type: CandidateType
  readonly baseAddress: string
  readonly serverAddress: string
}

/**
 * Foundations of local candidates (RFC 8445 §5.1.1.3): the same exactly for the same type, base address, protocol and
 * server. Numbered in order of appearance; they stay over ICE restarts.
 */
export class Foundations {
  #known: Common[] = []

  of(type: CandidateType, baseAddress: string, serverAddress = ''): string {
    const at = this.#known.findIndex(
      (known) => known.type === type && known.baseAddress === baseAddress && known.serverAddress === serverAddress,
    )
    if (at < 0) this.#known = appended(this.#known, { type, baseAddress, serverAddress })
    return String(at < 0 ? this.#known.length : at + 1)
  }
}
