import { SparseMap } from '../core/index.js'
import type { CandidateType } from './types.js'

/**
 * Foundations of local candidates (RFC 8445 §5.1.1.3): the same exactly for the same type, base address, protocol and
 * server. Numbered in order of appearance; they stay over ICE restarts.
 */
export class Foundations {
  readonly #numbers = new SparseMap<string, string>()

  of(type: CandidateType, baseAddress: string, serverAddress = ''): string {
    const key = `${type} ${baseAddress} ${serverAddress}`
    const known = this.#numbers.get(key) ?? String(this.#numbers.size + 1)
    this.#numbers.set(key, known)
    return known
  }
}
