import type { Fingerprint } from '../crypto/types.js'
import type { TransportPlan } from '../jsep/types.js'

/** What tells one DTLS association of the peer from the next. */
export type DtlsIdentity = Pick<NonNullable<TransportPlan['remote']>, 'fingerprints' | 'tlsId'>

/** Another endpoint, or another association of the same (RFC 8842 §3.1). Where one has no tls-id there is nothing to compare. */
export function isOtherIdentity(one: DtlsIdentity, other: DtlsIdentity): boolean {
  if (one.tlsId !== undefined && other.tlsId !== undefined && one.tlsId !== other.tlsId) return true
  return !sameFingerprints(one.fingerprints, other.fingerprints)
}

function sameFingerprints(some: readonly Fingerprint[], others: readonly Fingerprint[]): boolean {
  const keys = (list: readonly Fingerprint[]): Set<string> =>
    new Set(list.map(({ algorithm, value }) => `${algorithm} ${value}`.toLowerCase()))
  const one = keys(some)
  const other = keys(others)
  return one.size === other.size && [...one].every((key) => other.has(key))
}
