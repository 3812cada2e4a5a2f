import { SparseSet, SparseMap } from '../core/index.js'
import type { Crypto, Fingerprint, LocalCertificate } from '../crypto/types.js'
import { formatDigest } from '../dtls/index.js'
import { generateIceParameters } from '../ice/index.js'
import type { IceParameters } from '../ice/types.js'
import type { LocalTransportParameters } from '../jsep/types.js'

/** Several sections that never became transports would otherwise stay here for good. */
const MAX_PROPOSALS = 256

/**
 * ICE parameters that descriptions of ours say, by the mid of the transport: those in force, or proposed ones that are in
 * force once the description is applied. A restart proposes new ones (RFC 8839 §4.4.1.1.1).
 */
export class LocalParameters {
  readonly #crypto: Crypto
  readonly #fingerprints: readonly Fingerprint[]
  readonly #proposed = new SparseMap<string, IceParameters>()
  /** W3C [[LocalIceCredentialsToReplace]], as username fragments. */
  readonly #toReplace = new SparseSet<string>()
  /** The needs-ice-restart bit of RFC 9429 §3.5.1, as username fragments of what was gathered before. */
  readonly #outdated = new SparseSet<string>()

  /** By the application, for the first transport; used once. */
  readonly #given: IceParameters | undefined
  #givenIsUsed = false

  constructor(crypto: Crypto, certificates: readonly LocalCertificate[], given?: IceParameters) {
    this.#given = given
    this.#crypto = crypto
    this.#fingerprints = certificates.map((certificate) => fingerprintOf(crypto, certificate.der))
  }

  /** W3C restartIce: these are not to be offered again. */
  replace(fragments: Iterable<string>): void {
    for (const fragment of fragments) this.#toReplace.add(fragment)
  }

  /** The ICE configuration has changed: the next offer replaces these, but none is needed for that (RFC 9429 §4.1.18). */
  outdate(fragments: Iterable<string>): void {
    for (const fragment of fragments) this.#outdated.add(fragment)
  }

  /** W3C: an exchange has ended; what is to be replaced is forgotten once none of it is in force any more. */
  settle(fragmentsInForce: readonly string[]): void {
    for (const set of [this.#toReplace, this.#outdated]) {
      if (!fragmentsInForce.some((fragment) => set.has(fragment))) set.clear()
    }
    this.#proposed.clear()
  }

  /** Whether an offer has to replace these. An answer goes on with them, unless the peer restarts (RFC 8839 §4.4.1). */
  isReplaced(applied: IceParameters | undefined): boolean {
    if (applied === undefined) return false
    return this.#toReplace.has(applied.usernameFragment) || this.#outdated.has(applied.usernameFragment)
  }

  get restartIsWanted(): boolean {
    return this.#toReplace.size > 0
  }

  /**
   * What the transport of `mid` says of itself: `applied` where that may stay as it is, and in the first description what it
   * has `prefetched` with.
   */
  describe(
    mid: string,
    applied: IceParameters | undefined,
    restarts: boolean,
    prefetched?: IceParameters,
  ): LocalTransportParameters {
    const keeps = applied !== undefined && !restarts
    const parameters = keeps ? applied : (prefetched ?? this.#propose(mid, applied))
    return { ...parameters, fingerprints: this.#fingerprints }
  }

  /** Those of the application, the first time. */
  fresh(): IceParameters {
    if (this.#given === undefined || this.#givenIsUsed) return generateIceParameters(this.#crypto)
    this.#givenIsUsed = true
    return this.#given
  }

  /** Nobody has heard of these. */
  giveBack(parameters: IceParameters | undefined): void {
    if (parameters?.usernameFragment === this.#given?.usernameFragment) this.#givenIsUsed = false
  }

  /** The same again until it is applied: asking twice is no second restart. */
  #propose(mid: string, applied: IceParameters | undefined): IceParameters {
    const before = this.#proposed.get(mid)
    if (before !== undefined && before.usernameFragment !== applied?.usernameFragment) return before
    if (this.#proposed.size === MAX_PROPOSALS) this.#proposed.clear()
    const fresh = this.fresh()
    this.#proposed.set(mid, fresh)
    return fresh
  }
}

/** RFC 8122 §5: the hash over the certificate. */
function fingerprintOf(crypto: Crypto, der: Uint8Array): Fingerprint {
  return { algorithm: 'sha-256', value: formatDigest(crypto.hash('sha256', der)) }
}
