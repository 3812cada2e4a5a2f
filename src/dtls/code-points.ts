/** Numbers of the IANA TLS registries that several messages share. */
import type { NamedGroup, SignatureScheme } from '../crypto/types.js'

/** Versions count down: one's complement of 1.0 and 1.2 (RFC 6347 §4.1). There never was a 1.1. */
export const DTLS_1_0 = 0xfeff
export const DTLS_1_2 = 0xfefd

const GROUP_CODES: Readonly<Record<NamedGroup, number>> = { x25519: 29, secp256r1: 23, secp384r1: 24 }

/** Best first. */
export const NAMED_GROUPS: readonly NamedGroup[] = ['x25519', 'secp256r1', 'secp384r1']

export function groupCode(group: NamedGroup): number {
  return GROUP_CODES[group]
}

export function groupFromCode(code: number): NamedGroup | undefined {
  return NAMED_GROUPS.find((group) => GROUP_CODES[group] === code)
}

const SCHEME_CODES: Readonly<Record<SignatureScheme, number>> = {
  ecdsa_secp256r1_sha256: 0x0403,
  ecdsa_secp384r1_sha384: 0x0503,
  rsa_pss_rsae_sha256: 0x0804,
  rsa_pkcs1_sha256: 0x0401,
  rsa_pss_rsae_sha384: 0x0805,
  rsa_pkcs1_sha384: 0x0501,
  rsa_pss_rsae_sha512: 0x0806,
  rsa_pkcs1_sha512: 0x0601,
}

/** What we verify, best first. RFC 9155: neither MD5 nor SHA-1. */
export const SIGNATURE_SCHEMES = Object.keys(SCHEME_CODES) as readonly SignatureScheme[]

const SCHEME_OF = new Map(SIGNATURE_SCHEMES.map((scheme) => [SCHEME_CODES[scheme], scheme]))

export function schemeCode(scheme: SignatureScheme): number {
  return SCHEME_CODES[scheme]
}

export function schemeFromCode(code: number): SignatureScheme | undefined {
  return SCHEME_OF.get(code)
}
