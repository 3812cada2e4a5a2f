import type { AeadAlgorithm, HashAlgorithm } from '../crypto/types.js'

/** What a cipher suite of TLS 1.2 decides. All of ours agree keys by ECDHE and protect records with an AEAD. */
export interface CipherSuite {
  readonly id: number
  readonly name: CipherSuiteName
  /** The kind of key in the server's certificate. */
  readonly keyType: 'ecdsa' | 'rsa'
  readonly aead: AeadAlgorithm
  readonly keyBytes: number
  /** The part of the nonce that comes from the key block. */
  readonly fixedIvBytes: number
  /** The hash of the PRF and of the transcript (RFC 5246 §5). */
  readonly hash: Extract<HashAlgorithm, 'sha256' | 'sha384'>
}

export type CipherSuiteName =
  | 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'
  | 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'
  | 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'
  | 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'
  | 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'
  | 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256'

const AES_128 = { aead: 'aes-128-gcm', keyBytes: 16, fixedIvBytes: 4, hash: 'sha256' } as const
const AES_256 = { aead: 'aes-256-gcm', keyBytes: 32, fixedIvBytes: 4, hash: 'sha384' } as const
const CHACHA20 = { aead: 'chacha20-poly1305', keyBytes: 32, fixedIvBytes: 12, hash: 'sha256' } as const

/** RFC 5289 §3.2 and RFC 7905 §2, best first: AES-128 has hardware nearly everywhere. */
export const CIPHER_SUITES: readonly CipherSuite[] = [
  { id: 0xc02b, name: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', keyType: 'ecdsa', ...AES_128 },
  { id: 0xc02f, name: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', keyType: 'rsa', ...AES_128 },
  { id: 0xc02c, name: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', keyType: 'ecdsa', ...AES_256 },
  { id: 0xc030, name: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', keyType: 'rsa', ...AES_256 },
  { id: 0xcca9, name: 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', keyType: 'ecdsa', ...CHACHA20 },
  { id: 0xcca8, name: 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', keyType: 'rsa', ...CHACHA20 },
]

/** RFC 5746 §3.3: a cipher suite that is none, with which a client says that it knows secure renegotiation. */
export const EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff

export function cipherSuitesNamed(names: readonly CipherSuiteName[] | undefined): readonly CipherSuite[] {
  if (names === undefined) return CIPHER_SUITES
  return names.flatMap((name) => CIPHER_SUITES.filter((suite) => suite.name === name))
}
