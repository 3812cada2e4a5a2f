/**
 * X25519 (RFC 7748) by the OpenSSL inside the runtime: its keys go in and out as the 32 bytes that they are, where node:crypto has them in
 * encodings.
 */
import type { Koffi, NativeFunction } from '../ffi/index.js'
import { heldKey, put, UNCHANGED, type Address, type HeldKey, type LibCrypto, type Memory } from './libcrypto.js'
import type { KeyShare } from './types.js'

/** openssl/obj_mac.h. */
const NID_X25519 = 1034
const KEY_BYTES = 32

/** What C reads and writes: a `size_t`, and keys. */
const AT = { length: 0, private: 8, public: 40, secret: 72, end: 104 } as const

export class OpenSslX25519 {
  readonly #library: LibCrypto
  readonly #random: NativeFunction
  readonly #newPrivate: NativeFunction
  readonly #newPublic: NativeFunction
  readonly #writePublic: NativeFunction
  readonly #freeKey: NativeFunction
  readonly #newContext: NativeFunction
  readonly #freeContext: NativeFunction
  readonly #init: NativeFunction
  readonly #setPeer: NativeFunction
  readonly #derive: NativeFunction
  readonly #memory: Memory
  readonly #length: BigUint64Array
  /** Keys that were made and not freed, for proof that none is left. */
  keys = 0
  readonly #free = (key: Address): void => {
    this.#freeKey(key)
    this.keys--
  }

  constructor(koffi: Koffi, library: LibCrypto) {
    const pointer = 'uintptr_t'
    const exported = koffi.load(null)
    const raw = ['int', pointer, pointer, 'size_t'] as const
    this.#library = library
    this.#random = exported.func('RAND_priv_bytes', 'int', [pointer, 'int'])
    this.#newPrivate = exported.func('EVP_PKEY_new_raw_private_key', pointer, raw)
    this.#newPublic = exported.func('EVP_PKEY_new_raw_public_key', pointer, raw)
    this.#writePublic = exported.func('EVP_PKEY_get_raw_public_key', 'int', [pointer, pointer, pointer])
    this.#freeKey = exported.func('EVP_PKEY_free', 'void', [pointer])
    this.#newContext = exported.func('EVP_PKEY_CTX_new', pointer, [pointer, pointer])
    this.#freeContext = exported.func('EVP_PKEY_CTX_free', 'void', [pointer])
    this.#init = exported.func('EVP_PKEY_derive_init', 'int', [pointer])
    this.#setPeer = exported.func('EVP_PKEY_derive_set_peer', 'int', [pointer, pointer])
    this.#derive = exported.func('EVP_PKEY_derive', 'int', [pointer, pointer, pointer])
    this.#memory = library.memory(AT.end)
    this.#length = new BigUint64Array(this.#memory.buffer, AT.length, 1)
  }

  /** A key pair. Its private half stays in the memory of C, for as long as a secret can be derived. */
  generateKeyShare(): KeyShare {
    const { bytes, address } = this.#memory
    if (this.#random(address + AT.private, KEY_BYTES) !== 1) this.#fail('has no random numbers')
    try {
      return this.keyShareOf(bytes.subarray(AT.private, AT.private + KEY_BYTES))
    } finally {
      bytes.fill(0, AT.private, AT.private + KEY_BYTES)
    }
  }

  /** That of a given private key, for answers that are known. */
  keyShareOf(privateKey: Uint8Array): KeyShare {
    const { bytes, address } = this.#memory
    bytes.set(privateKey, AT.private)
    const key = this.#newPrivate(NID_X25519, UNCHANGED, address + AT.private, KEY_BYTES)
    if (key === 0) this.#fail('has no X25519')
    this.keys++
    this.#length[0] = BigInt(KEY_BYTES)
    if (this.#writePublic(key, address + AT.public, address + AT.length) !== 1) {
      this.#free(key)
      this.#fail('could not write a key')
    }
    const held = heldKey(key, this.#free)
    return {
      group: 'x25519',
      publicKey: bytes.slice(AT.public, AT.public + KEY_BYTES),
      deriveSecret: (peerPublicKey) =>
        peerPublicKey.length === KEY_BYTES ? this.#secret(held, peerPublicKey) : undefined,
    }
  }

  #secret({ address: key }: HeldKey, peerPublicKey: Uint8Array): Uint8Array | undefined {
    const { bytes, address } = this.#memory
    put(peerPublicKey, bytes, AT.public)
    const peer = this.#newPublic(NID_X25519, UNCHANGED, address + AT.public, KEY_BYTES)
    const context = this.#newContext(key, UNCHANGED)
    this.#length[0] = BigInt(KEY_BYTES)
    const isDerived =
      peer !== 0 &&
      context !== 0 &&
      this.#init(context) === 1 &&
      this.#setPeer(context, peer) === 1 &&
      this.#derive(context, address + AT.secret, address + AT.length) === 1
    this.#freeContext(context) // of the null pointer too: that does nothing
    this.#freeKey(peer)
    if (!isDerived) {
      this.#library.clearErrors() // points of low order are refused
      return undefined
    }
    const secret = bytes.slice(AT.secret, AT.secret + KEY_BYTES)
    bytes.fill(0, AT.secret, AT.secret + KEY_BYTES)
    return secret.some((byte) => byte !== 0) ? secret : undefined // RFC 7748 §6.1
  }

  #fail(what: string): never {
    this.#library.clearErrors()
    throw new Error(`OpenSSL ${what}`)
  }
}

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

/** RFC 7748 §6.1. */
export const KNOWN_AGREEMENT = {
  privateKey: bytesOf('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'),
  publicKey: bytesOf('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'),
  peerPublicKey: bytesOf('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'),
  secret: bytesOf('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'),
}

/** The known secret, and a point of low order. Throws at a wrong answer. */
export function testX25519(keyShareOf: (privateKey: Uint8Array) => KeyShare): void {
  const { privateKey, publicKey, peerPublicKey, secret } = KNOWN_AGREEMENT
  const share = keyShareOf(privateKey)
  const isRight =
    isSame(share.publicKey, publicKey) &&
    isSame(share.deriveSecret(peerPublicKey), secret) &&
    share.deriveSecret(new Uint8Array(KEY_BYTES)) === undefined
  if (!isRight) throw new Error('X25519 has wrong answers')
}

function isSame(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a?.length === b.length && a.every((byte, index) => byte === b[index])
}
