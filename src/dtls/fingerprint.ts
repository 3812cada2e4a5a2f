/** Whether the peer's certificate is the one that signalling promised (RFC 8122 §5, RFC 8827 §5.1). */
import type { Crypto, Fingerprint, HashAlgorithm } from '../crypto/types.js'

/**
 * RFC 8122 §5: MD5 and MD2 must not be used, and SHA-1 may be refused, which RFC 9155 asks for. What is left is strong,
 * so that a match in any of them is as good as in the strongest.
 */
const USABLE: Readonly<Record<string, HashAlgorithm>> = {
  'sha-224': 'sha224',
  'sha-256': 'sha256',
  'sha-384': 'sha384',
  'sha-512': 'sha512',
}

export type FingerprintVerdict = 'match' | 'mismatch' | 'noneUsable'

export function checkFingerprints(
  crypto: Crypto,
  certificate: Uint8Array,
  fingerprints: readonly Fingerprint[],
): FingerprintVerdict {
  let verdict: FingerprintVerdict = 'noneUsable'
  for (const { algorithm, value } of fingerprints) {
    const name = algorithm.toLowerCase()
    const hash = Object.hasOwn(USABLE, name) ? USABLE[name] : undefined
    if (hash === undefined) continue
    verdict = 'mismatch'
    if (formatDigest(crypto.hash(hash, certificate)) === value.toUpperCase()) return 'match'
  }
  return verdict
}

const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0').toUpperCase())

/** Pairs of upper-case hexadecimal digits, joined by colons (RFC 8122 §5). */
export function formatDigest(digest: Uint8Array): string {
  // In one call: V8 keeps a text that was put together piece by piece as its pieces, 1.5 KiB in place of a hundred bytes.
  const pairs: string[] = []
  for (let i = 0; i < digest.length; i++) pairs.push(PAIRS[digest[i]!]!)
  return pairs.join(':')
}
