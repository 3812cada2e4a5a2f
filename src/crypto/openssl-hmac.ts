/**
 * HMAC-SHA1 by the OpenSSL inside the runtime: three calls on one context, which takes the key anew each time, and so holds nothing
 * of a connection. What C reads and writes is memory of our own that never moves; nothing is allocated for a tag.
 */
import type { Koffi, NativeFunction } from '../ffi/index.js'
import { checkLength } from './check-length.js'
import { put, UNCHANGED, type Address, type LibCrypto, type Memory } from './libcrypto.js'

const HMAC_SHA1_BYTES = 20

/** ICE has passwords of at most 256 characters (RFC 8839 §5.4); checks are far shorter than this. */
const MAX_KEY_BYTES = 256
const MAX_MESSAGE_BYTES = 1024
const MESSAGE_AT = MAX_KEY_BYTES
const TAG_AT = MESSAGE_AT + MAX_MESSAGE_BYTES

export class OpenSslHmacSha1 {
  readonly #library: LibCrypto
  readonly #init: NativeFunction
  readonly #update: NativeFunction
  readonly #final: NativeFunction
  readonly #context: Address
  readonly #memory: Memory
  readonly #tag: Uint8Array

  /** Throws where there is none: in a FIPS mode without SHA-1, say, or in a build without what is deprecated. */
  constructor(koffi: Koffi, library: LibCrypto) {
    const pointer = 'uintptr_t'
    const exported = koffi.load(null)
    const fetch = exported.func('EVP_MD_fetch', pointer, [pointer, 'str', pointer])
    const create = exported.func('HMAC_CTX_new', pointer, [])
    this.#library = library
    this.#init = exported.func('HMAC_Init_ex', 'int', [pointer, pointer, 'int', pointer, pointer])
    this.#update = exported.func('HMAC_Update', 'int', [pointer, pointer, 'size_t'])
    this.#final = exported.func('HMAC_Final', 'int', [pointer, pointer, pointer])
    this.#memory = library.memory(TAG_AT + HMAC_SHA1_BYTES)
    this.#tag = this.#memory.bytes.subarray(TAG_AT)
    // Looked up once: with EVP_sha1() OpenSSL does it for each tag, which takes longer than all the rest.
    const sha1 = fetch(UNCHANGED, 'SHA1', UNCHANGED)
    this.#context = create()
    const isReady =
      sha1 !== 0 && this.#context !== 0 && this.#init(this.#context, this.#memory.address, 0, sha1, UNCHANGED) === 1
    if (isReady) return
    library.clearErrors()
    throw new Error('OpenSSL has no HMAC-SHA1')
  }

  /** As {@link Crypto.hmacSha1} says; `undefined` where it cannot: there is no room for as long a key or message. */
  tagOf(key: Uint8Array, message: Uint8Array, length: number): Uint8Array | undefined {
    checkLength(message, length)
    if (key.length > MAX_KEY_BYTES || length > MAX_MESSAGE_BYTES) return undefined
    const { bytes, address } = this.#memory
    put(key, bytes, 0)
    for (let i = 0; i < length; i++) bytes[MESSAGE_AT + i] = message[i]!
    const isMade =
      this.#init(this.#context, address, key.length, UNCHANGED, UNCHANGED) === 1 &&
      this.#update(this.#context, address + MESSAGE_AT, length) === 1 &&
      this.#final(this.#context, address + TAG_AT, UNCHANGED) === 1
    if (isMade) return this.#tag
    this.#library.clearErrors()
    return undefined
  }
}
