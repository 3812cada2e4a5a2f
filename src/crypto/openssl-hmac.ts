/**
 * HMAC by the OpenSSL inside the runtime: three calls on one context, which takes the key anew each time, and so holds nothing
 * of a connection. What C reads and writes is memory of our own that never moves; nothing is allocated for a tag.
 */
import type { Koffi, NativeFunction } from '../ffi/index.js'
import { checkLength } from './check-length.js'
import { UNCHANGED, type Address, type LibCrypto, type Memory } from './libcrypto.js'

/** The hashes that tags are made with by the dozen: for STUN, and for the keys of TLS. */
export const HMAC_HASHES = {
  sha1: { openSslName: 'SHA1', tagBytes: 20 },
  sha256: { openSslName: 'SHA256', tagBytes: 32 },
  sha384: { openSslName: 'SHA384', tagBytes: 48 },
} as const

/** ICE has passwords of at most 256 characters (RFC 8839 §5.4); checks are far shorter than this. */
const MAX_KEY_BYTES = 256
const MAX_MESSAGE_BYTES = 1024
const MESSAGE_AT = MAX_KEY_BYTES
const TAG_AT = MESSAGE_AT + MAX_MESSAGE_BYTES

export class OpenSslHmac {
  readonly #library: LibCrypto
  readonly #init: NativeFunction
  readonly #update: NativeFunction
  readonly #final: NativeFunction
  readonly #context: Address
  readonly #memory: Memory
  readonly #tag: Uint8Array

  /** Throws where there is none: in a FIPS mode without SHA-1, say, or in a build without what is deprecated. */
  constructor(koffi: Koffi, library: LibCrypto, algorithm: keyof typeof HMAC_HASHES) {
    const { openSslName, tagBytes } = HMAC_HASHES[algorithm]
    const pointer = 'uintptr_t'
    const exported = koffi.load(null)
    const fetch = exported.func('EVP_MD_fetch', pointer, [pointer, 'str', pointer])
    const create = exported.func('HMAC_CTX_new', pointer, [])
    this.#library = library
    this.#init = exported.func('HMAC_Init_ex', 'int', [pointer, pointer, 'int', pointer, pointer])
    this.#update = exported.func('HMAC_Update', 'int', [pointer, pointer, 'size_t'])
    this.#final = exported.func('HMAC_Final', 'int', [pointer, pointer, pointer])
    this.#memory = library.memory(TAG_AT + tagBytes)
    this.#tag = this.#memory.bytes.subarray(TAG_AT)
    // Looked up once: with EVP_sha1() OpenSSL does it for each tag, which takes longer than all the rest.
    const hash = fetch(UNCHANGED, openSslName, UNCHANGED)
    this.#context = create()
    const isReady =
      hash !== 0 && this.#context !== 0 && this.#init(this.#context, this.#memory.address, 0, hash, UNCHANGED) === 1
    if (isReady) return
    library.clearErrors()
    throw new Error(`OpenSSL has no HMAC-${openSslName}`)
  }

  /** As {@link Crypto.hmacSha1} says; `undefined` where it cannot: there is no room for as long a key or message. */
  tagOf(key: Uint8Array, message: Uint8Array, length: number): Uint8Array | undefined {
    checkLength(message, length)
    if (key.length > MAX_KEY_BYTES || length > MAX_MESSAGE_BYTES) return undefined
    // Without a view of what is meant, where there is room for all of its memory.
    this.#memory.bytes.set(message.length <= MAX_MESSAGE_BYTES ? message : message.subarray(0, length), MESSAGE_AT)
    return this.#run(key, length)
  }

  /** The tag of all parts one behind the other, in memory of its own; `undefined` as with {@link tagOf}. */
  tagOfParts(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array | undefined {
    let length = 0
    for (const part of parts) length += part.length
    if (key.length > MAX_KEY_BYTES || length > MAX_MESSAGE_BYTES) return undefined
    const { bytes } = this.#memory
    let at = MESSAGE_AT
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    const tag = this.#run(key, length)?.slice()
    // SECURITY: what DTLS asks for are secrets, and made of secrets.
    bytes.fill(0, 0, key.length)
    this.#tag.fill(0)
    return tag
  }

  /** P_hash (RFC 5246 §5): A(i) and the seed stand one behind the other where C reads; `undefined` as with {@link tagOf}. */
  pHash(secret: Uint8Array, seed: Uint8Array, length: number): Uint8Array | undefined {
    const { bytes, address } = this.#memory
    const tagBytes = this.#tag.length
    if (secret.length > MAX_KEY_BYTES || tagBytes + seed.length > MAX_MESSAGE_BYTES) return undefined
    const output = new Uint8Array(length)
    bytes.set(secret)
    bytes.set(seed, MESSAGE_AT + tagBytes)
    const messageAt = address + MESSAGE_AT
    let isMade = this.#make(address, secret.length, messageAt + tagBytes, seed.length, messageAt)
    for (let at = 0; at < length && isMade; at += tagBytes) {
      isMade =
        this.#make(address, secret.length, messageAt, tagBytes + seed.length, address + TAG_AT) &&
        (at + tagBytes >= length || this.#make(address, secret.length, messageAt, tagBytes, messageAt))
      output.set(length - at < tagBytes ? this.#tag.subarray(0, length - at) : this.#tag, at)
    }
    // SECURITY: what is made of secrets is one.
    bytes.fill(0)
    if (isMade) return output
    this.#library.clearErrors()
    return undefined
  }

  #run(key: Uint8Array, length: number): Uint8Array | undefined {
    const { bytes, address } = this.#memory
    bytes.set(key)
    if (this.#make(address, key.length, address + MESSAGE_AT, length, address + TAG_AT)) return this.#tag
    this.#library.clearErrors()
    return undefined
  }

  #make(key: Address, keyBytes: number, message: Address, length: number, tag: Address): boolean {
    return (
      this.#init(this.#context, key, keyBytes, UNCHANGED, UNCHANGED) === 1 &&
      this.#update(this.#context, message, length) === 1 &&
      this.#final(this.#context, tag, UNCHANGED) === 1
    )
  }
}
