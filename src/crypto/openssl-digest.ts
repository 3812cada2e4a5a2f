/** Hashes by the OpenSSL inside the runtime: one call, where node:crypto makes an object for each. */
import type { Koffi, NativeFunction } from '../ffi/index.js'
import { UNCHANGED, type Address, type LibCrypto, type Memory } from './libcrypto.js'
import type { HashAlgorithm } from './types.js'

const HASHES: Readonly<Record<HashAlgorithm, { readonly openSslName: string; readonly digestBytes: number }>> = {
  md5: { openSslName: 'MD5', digestBytes: 16 },
  sha1: { openSslName: 'SHA1', digestBytes: 20 },
  sha224: { openSslName: 'SHA224', digestBytes: 28 },
  sha256: { openSslName: 'SHA256', digestBytes: 32 },
  sha384: { openSslName: 'SHA384', digestBytes: 48 },
  sha512: { openSslName: 'SHA512', digestBytes: 64 },
}

/** Certificates and what a handshake says in all are a few KiB; what is longer is copied for nothing. */
const MAX_DATA_BYTES = 16 * 1024
const MAX_DIGEST_BYTES = 64

/** A digest in memory that the next one is written to. */
export interface Digest {
  readonly bytes: Uint8Array
  readonly address: Address
}

export class OpenSslDigest {
  readonly #library: LibCrypto
  readonly #digest: NativeFunction
  readonly #fetch: NativeFunction
  readonly #memory: Memory
  /** By algorithm: looked up once, as that takes longer than to hash; 0 where this OpenSSL has it not, as MD5 in a FIPS mode. */
  readonly #hashes = new Map<HashAlgorithm, { readonly hash: Address; readonly digest: Digest }>()

  constructor(koffi: Koffi, library: LibCrypto) {
    const pointer = 'uintptr_t'
    const exported = koffi.load(null)
    this.#library = library
    this.#digest = exported.func('EVP_Digest', 'int', [pointer, 'size_t', pointer, pointer, pointer, pointer])
    this.#fetch = exported.func('EVP_MD_fetch', pointer, [pointer, 'str', pointer])
    this.#memory = library.memory(MAX_DIGEST_BYTES + MAX_DATA_BYTES)
  }

  /** That of all parts one behind the other; `undefined` where it cannot: the hash is not there, or the data too long. */
  digestOf(algorithm: HashAlgorithm, parts: readonly Uint8Array[]): Digest | undefined {
    const { hash, digest } = this.#hashes.get(algorithm) ?? this.#lookUp(algorithm)
    let length = 0
    for (const part of parts) length += part.length
    if (hash === 0 || length > MAX_DATA_BYTES) return undefined
    const { bytes, address } = this.#memory
    let at = MAX_DIGEST_BYTES
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    if (this.#digest(address + MAX_DIGEST_BYTES, length, address, UNCHANGED, hash, UNCHANGED) === 1) return digest
    this.#library.clearErrors()
    return undefined
  }

  #lookUp(algorithm: HashAlgorithm): { readonly hash: Address; readonly digest: Digest } {
    const { openSslName, digestBytes } = HASHES[algorithm]
    const hash = this.#fetch(UNCHANGED, openSslName, UNCHANGED)
    if (hash === 0) this.#library.clearErrors()
    const { bytes, address } = this.#memory
    const found = { hash, digest: { bytes: bytes.subarray(0, digestBytes), address } }
    this.#hashes.set(algorithm, found)
    return found
  }
}

/** FIPS 180-4 of "abc" in two parts, and nothing of what was hashed before. Throws at a wrong answer. */
export function testDigest(digest: OpenSslDigest): void {
  const [first, second] = [Uint8Array.of(0x61), Uint8Array.of(0x62, 0x63)]
  digest.digestOf('sha256', [second, first])
  const made = Array.from(digest.digestOf('sha256', [first, second])?.bytes ?? [], (b) =>
    b.toString(16).padStart(2, '0'),
  )
  if (made.join('') !== 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad') {
    throw new Error('SHA-256 has wrong answers')
  }
}
