import { ByteReader, equalBytes, type Millis, nextCoarseTick } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'

/** A probe of so many bytes, and what its answer will carry. */
export interface MtuProbe {
  readonly bytes: number
  readonly nonce: Uint8Array
}

/** RFC 8899 §5.1.2, MAX_PROBES: so many unanswered in a row, and the size does not pass. */
const MAX_PROBES = 3
/** RFC 8899 §5.1.1, PMTU_RAISE_TIMER: when larger sizes are tried again. */
const RAISE_INTERVAL_MILLIS: Millis = 600_000
/** Nobody on the path sees a probe, which DTLS hides; this only tells one from those before it. */
const PROBE_NONCE_BYTES = 12

/**
 * How large a packet the path carries (RFC 8899, DPLPMTUD), by probes of HEARTBEAT and padding (§6.1): sizes count when one was
 * answered, and a probe that is lost says nothing of congestion.
 *
 *   base ──probe answered──▶ larger ──▶ …   each size in turn, until one is left unanswered
 *    ▲                         │ loss: is it the size? a probe of it asks
 *    └── three unanswered, T3-rtx, another path ──┘
 */
export class PathMtu {
  readonly #crypto: Crypto
  readonly #baseBytes: number
  #bytes: number
  /** Sizes worth a probe, smallest first. */
  #candidates: readonly number[] = []
  /** Larger ones were found not to pass. */
  #limitBytes = Infinity
  #target: number | undefined
  #pending: MtuProbe | undefined
  #unanswered = 0
  #deadline: Millis = Infinity

  constructor(crypto: Crypto, baseBytes: number) {
    this.#crypto = crypto
    this.#baseBytes = baseBytes
    this.#bytes = baseBytes
  }

  /** What packets may have now. */
  get bytes(): number {
    return this.#bytes
  }

  /** When a probe is to be sent, or taken for lost. */
  get deadline(): Millis {
    return this.#deadline
  }

  /** A path of which nothing is known. Without candidates nothing is asked. */
  begin(now: Millis, candidates: readonly number[]): void {
    this.#candidates = candidates.filter((bytes) => bytes > this.#baseBytes).sort((a, b) => a - b)
    this.#limitBytes = Infinity
    this.#startOver(now)
  }

  /** Packets were lost: if it was for their size, a probe of it will be lost too (RFC 8899 §4.3). */
  suspect(now: Millis): void {
    if (this.#bytes === this.#baseBytes || this.#pending !== undefined) return
    this.#aim(now, this.#bytes)
  }

  /** Nothing comes back any more: small packets have the best chance, whatever the reason. */
  fallBack(now: Millis): void {
    if (this.#bytes > this.#baseBytes) this.#startOver(now)
  }

  /** @param patience how long an answer may take */
  takeProbe(now: Millis, patience: Millis): MtuProbe | undefined {
    if (now < this.#deadline) return undefined
    if (this.#pending !== undefined && ++this.#unanswered >= MAX_PROBES) this.#failed(now)
    else if (this.#target === undefined) {
      this.#limitBytes = Infinity
      this.#target = this.#next()
    }
    const bytes = this.#target
    this.#deadline = bytes === undefined ? nextCoarseTick(now + RAISE_INTERVAL_MILLIS) : now + patience
    this.#pending = bytes === undefined ? undefined : { bytes, nonce: this.#crypto.randomBytes(PROBE_NONCE_BYTES) }
    return this.#pending
  }

  /** Takes what a HEARTBEAT ACK brought. True when it answers a probe. */
  handleAnswer(now: Millis, info: Uint8Array | undefined): boolean {
    const probe = this.#pending
    if (probe === undefined || info?.length !== PROBE_NONCE_BYTES) return false
    if (!equalBytes(new ByteReader(info).bytes(PROBE_NONCE_BYTES), probe.nonce)) return false
    this.#bytes = probe.bytes
    this.#aim(now, this.#next())
    return true
  }

  #failed(now: Millis): void {
    const bytes = this.#target!
    this.#limitBytes = bytes
    if (bytes > this.#bytes) this.#aim(now, undefined)
    else this.#startOver(now) // a black hole: what passed does not any more
  }

  #startOver(now: Millis): void {
    this.#bytes = this.#baseBytes
    this.#aim(now, this.#next())
  }

  #aim(now: Millis, bytes: number | undefined): void {
    this.#target = bytes
    this.#pending = undefined
    this.#unanswered = 0
    if (bytes !== undefined) this.#deadline = now
    else this.#deadline = this.#candidates.length === 0 ? Infinity : nextCoarseTick(now + RAISE_INTERVAL_MILLIS)
  }

  #next(): number | undefined {
    return this.#candidates.find((bytes) => bytes > this.#bytes && bytes < this.#limitBytes)
  }
}
