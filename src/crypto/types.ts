/**
 * The cryptography that the protocols need, as a synchronous interface: nothing here waits, so that a handshake step is
 * one call. `node.ts` implements it on `node:crypto`. Keys live behind objects; a reused object may keep a context.
 */
export interface Crypto {
  randomBytes(length: number): Uint8Array
  hash(algorithm: HashAlgorithm, ...data: readonly Uint8Array[]): Uint8Array
  hmac(algorithm: HashAlgorithm, key: Uint8Array, ...data: readonly Uint8Array[]): Uint8Array
  /**
   * The HMAC-SHA1 of the first `length` bytes of `message`: 20 bytes, in memory that the next call may write to. For messages that
   * are made and verified by the thousand, where they are. RangeError: the message is not that long.
   */
  hmacSha1(key: Uint8Array, message: Uint8Array, length: number): Uint8Array
  /** P_hash of RFC 5246 §5, where that takes less than its tags one by one with {@link hmac}; `undefined`: make it of those. */
  pHash?(algorithm: HashAlgorithm, secret: Uint8Array, seed: Uint8Array, length: number): Uint8Array | undefined
  /** Compares secrets without telling by its timing where they differ; false when the lengths differ. */
  timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean
  aead(algorithm: AeadAlgorithm, key: Uint8Array): Aead
  /** Where the library knows records of TLS 1.2 by itself: the same as with {@link aead}, for less. `undefined`: use that. */
  recordAead?(algorithm: AeadAlgorithm, key: Uint8Array, fixedIv: Uint8Array): RecordAead | undefined
  generateKeyShare(group: NamedGroup): KeyShare
  /** Reads an X.509 certificate; `undefined` when it does not parse or its key is of no kind that we verify. */
  parseCertificate(der: Uint8Array): PeerCertificate | undefined
}

export type HashAlgorithm = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'
export type AeadAlgorithm = 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305'
export type NamedGroup = 'x25519' | 'secp256r1' | 'secp384r1'
/** Signature schemes of TLS by their RFC 8446 §4.2.3 names; TLS 1.2 reads them as hash and algorithm pairs. */
export type SignatureScheme =
  | 'ecdsa_secp256r1_sha256'
  | 'ecdsa_secp384r1_sha384'
  | 'rsa_pss_rsae_sha256'
  | 'rsa_pss_rsae_sha384'
  | 'rsa_pss_rsae_sha512'
  | 'rsa_pkcs1_sha256'
  | 'rsa_pkcs1_sha384'
  | 'rsa_pkcs1_sha512'

/** Authenticated encryption with a fixed key (RFC 5116). All three algorithms have 12-byte nonces and 16-byte tags. */
export interface Aead {
  /** Ciphertext followed by the tag, in memory of its own. */
  seal(nonce: Uint8Array, additionalData: Uint8Array, plaintext: Uint8Array): Uint8Array
  /**
   * Replaces `memory[at, at + length)` by its ciphertext, and puts the tag behind it. The memory stays where it is for as long
   * as it is used here: it is not resized, and not transferred.
   */
  sealInPlace(nonce: Uint8Array, additionalData: Uint8Array, memory: Uint8Array, at: number, length: number): void
  /** The plaintext, in memory that the next `open` of any key may write to; `undefined` when the tag does not verify. */
  open(nonce: Uint8Array, additionalData: Uint8Array, ciphertextAndTag: Uint8Array): Uint8Array | undefined
  /** Forgets the key, and lets go what it holds outside of JavaScript. The last call. */
  release(): void
}

/**
 * An AEAD whose nonce has four fixed bytes, and eight that stand in the record before the ciphertext (AES-GCM by RFC 5288 §3). A
 * fragment is those eight, the ciphertext, and the tag. Additional data is that of TLS 1.2 (RFC 5246 §6.2.3.3): 13 bytes, of
 * which the first eight number the record, and the last two hold the length of the plaintext.
 */
export interface RecordAead {
  /**
   * Makes a fragment, at `at` in the memory, of the `length` bytes of plaintext that stand eight bytes further on. Its nonce is the
   * number of the record; throws, with nothing to be sent, where anything else came out. The memory stays where it is.
   */
  sealInPlace(additionalData: Uint8Array, memory: Uint8Array, at: number, length: number): void
  /** The plaintext of the fragment, in memory that the next one of any key may be opened in; `undefined` when it is forged. */
  open(additionalData: Uint8Array, memory: Uint8Array, at: number, length: number): Uint8Array | undefined
  /** As that of {@link Aead}. */
  release(): void
}

/** An ephemeral Diffie-Hellman key pair. */
export interface KeyShare {
  readonly group: NamedGroup
  /** As TLS sends it: 32 bytes for X25519, an uncompressed point (RFC 8422 §5.4.1) for the NIST curves. */
  readonly publicKey: Uint8Array
  /** The shared secret; `undefined` when the peer's key is not a valid point, or yields all zeros. */
  deriveSecret(peerPublicKey: Uint8Array): Uint8Array | undefined
}

/** A certificate of ours with its private key, which never leaves the object. */
export interface LocalCertificate {
  readonly der: Uint8Array
  readonly keyType: 'ecdsa' | 'rsa'
  /** What this key can sign with, best first. */
  readonly signatureSchemes: readonly SignatureScheme[]
  /** Milliseconds since the Unix epoch. */
  readonly expires: number
  sign(scheme: SignatureScheme, data: Uint8Array): Uint8Array
}

export interface PeerCertificate {
  readonly der: Uint8Array
  readonly keyType: 'ecdsa' | 'rsa'
  /** Whether `signature` over `data` was made by the certified key. Never throws. */
  verify(scheme: SignatureScheme, data: Uint8Array, signature: Uint8Array): boolean
}

/** A hash over a certificate as SDP signals it (RFC 8122 §5). */
export interface Fingerprint {
  /** Lower case, as registered: `sha-256`. */
  readonly algorithm: string
  /** Pairs of hexadecimal digits, joined by colons; compared without regard to case. */
  readonly value: string
}
