import { openSslAeads } from '../crypto/index.js'
import type { Native } from '../ffi/index.js'
import { nativeUdp } from './batched/index.js'

/** Which way something goes in this process, or worker thread. */
export interface PathReport {
  /** Whether the fast one is used, unless `configuration.tincan.fastPath` is false. */
  readonly isFast: boolean
  /** In words, why it is not; null when it is. */
  readonly reason: string | null
}

/** What {@link fastPath} tells. */
export interface FastPathReport {
  /** Batched system calls, instead of one of `dgram` for each datagram. */
  readonly udp: PathReport
  /** The OpenSSL inside the runtime with reused contexts, instead of `node:crypto` with an object for each record. */
  readonly encryption: PathReport
}

/**
 * Tells what the fast path is used for here, and why for no more. Asking has it loaded and tested, as the first connection would. An
 * extension of ours.
 */
export function fastPath(): FastPathReport {
  return { udp: reportOf(nativeUdp()), encryption: reportOf(openSslAeads()) }
}

function reportOf(native: Native<unknown>): PathReport {
  return { isFast: native.isAvailable, reason: native.isAvailable ? null : native.reason }
}
