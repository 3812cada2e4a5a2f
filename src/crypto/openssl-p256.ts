/**
 * Keys and signatures on P-256 by the OpenSSL inside the runtime: what nearly every certificate of WebRTC has (RFC 8827 §6.5).
 * node:crypto reads and writes keys by way of encodings that take longer than to sign and to verify.
 */
import type { Koffi, NativeFunction } from '../ffi/index.js'
import { heldKey, put, UNCHANGED, type Address, type HeldKey, type LibCrypto, type Memory } from './libcrypto.js'
import { nodeCrypto, P256_INFO_PREFIX, P256_SCHEMES, p256KeyToPem, type SigningKey } from './node.js'
import type { Digest, OpenSslDigest } from './openssl-digest.js'
import type { HashAlgorithm, PeerCertificate, SignatureScheme } from './types.js'

/** openssl/obj_mac.h. */
const NID_X9_62_PRIME256V1 = 415
/** openssl/ec.h: 4, x, y (RFC 8422 §5.4.1). */
const POINT_CONVERSION_UNCOMPRESSED = 4
const POINT_BYTES = 65
const SCALAR_BYTES = 32
/** SEQUENCE of two INTEGER of 33 bytes at most: 2 + 2 · (2 + 33). */
const MAX_SIGNATURE_BYTES = 72

/** What C reads and writes: an `unsigned int`, and one of each. */
const AT = { length: 0, point: 8, scalar: 80, digest: 112, signature: 176, end: 248 } as const

/** Those that an ECDSA key of any curve makes in TLS 1.2 (RFC 8446 §4.2.3). */
const HASHES: Partial<Record<SignatureScheme, HashAlgorithm>> = {
  ecdsa_secp256r1_sha256: 'sha256',
  ecdsa_secp384r1_sha384: 'sha384',
}

export class OpenSslP256 {
  readonly #library: LibCrypto
  readonly #digest: OpenSslDigest
  readonly #newKey: NativeFunction
  readonly #freeKey: NativeFunction
  readonly #generate: NativeFunction
  readonly #pointOf: NativeFunction
  readonly #writePoint: NativeFunction
  readonly #writeScalar: NativeFunction
  readonly #readPoint: NativeFunction
  readonly #sign: NativeFunction
  readonly #verify: NativeFunction
  readonly #memory: Memory
  readonly #length: Uint32Array
  /** That of the peer whose signature is verified: points are put into it, which OpenSSL takes only from the curve. */
  readonly #theirs: Address
  readonly #group: Address
  /** The point that is in it. */
  #theirPoint: Uint8Array | undefined
  /** Keys that were made and not freed, for proof that none is left. */
  keys = 0
  readonly #free = (key: Address): void => {
    this.#freeKey(key)
    this.keys--
  }

  /** Throws in a build without what is deprecated. */
  constructor(koffi: Koffi, library: LibCrypto, digest: OpenSslDigest) {
    const pointer = 'uintptr_t'
    const exported = koffi.load(null)
    this.#library = library
    this.#digest = digest
    this.#newKey = exported.func('EC_KEY_new_by_curve_name', pointer, ['int'])
    this.#freeKey = exported.func('EC_KEY_free', 'void', [pointer])
    this.#generate = exported.func('EC_KEY_generate_key', 'int', [pointer])
    this.#pointOf = exported.func('EC_KEY_get0_public_key', pointer, [pointer])
    const groupOf = exported.func('EC_KEY_get0_group', pointer, [pointer])
    const written = [pointer, pointer, 'int', pointer, 'size_t', pointer] as const
    this.#writePoint = exported.func('EC_POINT_point2oct', 'size_t', written)
    this.#writeScalar = exported.func('EC_KEY_priv2oct', 'size_t', [pointer, pointer, 'size_t'])
    this.#readPoint = exported.func('EC_KEY_oct2key', 'int', [pointer, pointer, 'size_t', pointer])
    this.#sign = exported.func('ECDSA_sign', 'int', ['int', pointer, 'int', pointer, pointer, pointer])
    this.#verify = exported.func('ECDSA_verify', 'int', ['int', pointer, 'int', pointer, 'int', pointer])
    this.#memory = library.memory(AT.end)
    this.#length = new Uint32Array(this.#memory.buffer, AT.length, 1)
    this.#theirs = this.#newKey(NID_X9_62_PRIME256V1)
    if (this.#theirs === 0) this.#fail('has no P-256')
    this.#group = groupOf(this.#theirs)
  }

  /** A key pair. Its private half stays in the memory of C, for as long as anything here can be called. */
  generateKey(): SigningKey {
    const address = this.#newKey(NID_X9_62_PRIME256V1)
    if (address === 0) this.#fail('has no memory for a key')
    this.keys++
    if (!this.#makePair(address)) {
      this.#free(address)
      this.#fail('could not generate a key')
    }
    const point = this.#memory.bytes.slice(AT.point, AT.point + POINT_BYTES)
    const key = heldKey(address, this.#free)
    return {
      keyType: 'ecdsa',
      signatureSchemes: P256_SCHEMES,
      publicKeyInfo: infoOf(point),
      sign: (scheme, data) => this.#signWith(key, scheme, data),
      exportPem: () => this.#exportPem(key, point),
    }
  }

  /** Its point is in the memory then. */
  #makePair(key: Address): boolean {
    if (this.#generate(key) !== 1) return false
    const pointAt = this.#memory.address + AT.point
    const form = POINT_CONVERSION_UNCOMPRESSED
    return this.#writePoint(this.#group, this.#pointOf(key), form, pointAt, POINT_BYTES, UNCHANGED) === POINT_BYTES
  }

  /** A certificate whose key is this point; `undefined` when that is not on the curve. */
  peerCertificate(der: Uint8Array, point: Uint8Array): PeerCertificate | undefined {
    if (!this.#take(point)) return undefined
    return {
      der,
      keyType: 'ecdsa',
      verify: (scheme, data, signature) => this.#verifyWith(point, scheme, data, signature),
    }
  }

  #signWith({ address: key }: HeldKey, scheme: SignatureScheme, data: Uint8Array): Uint8Array {
    const digest = this.#digestFor(scheme, data)
    if (digest === undefined) throw new Error(`P-256 does not sign with ${scheme}`)
    const { bytes, address } = this.#memory
    const signatureAt = address + AT.signature
    if (this.#sign(0, digest.address, digest.bytes.length, signatureAt, address + AT.length, key) !== 1) {
      this.#fail('could not sign')
    }
    return bytes.slice(AT.signature, AT.signature + this.#length[0]!)
  }

  #verifyWith(point: Uint8Array, scheme: SignatureScheme, data: Uint8Array, signature: Uint8Array): boolean {
    const digest = this.#digestFor(scheme, data)
    if (digest === undefined || signature.length > MAX_SIGNATURE_BYTES || !this.#take(point)) return false
    const { bytes, address } = this.#memory
    put(signature, bytes, AT.signature)
    const signatureAt = address + AT.signature
    const isGenuine =
      this.#verify(0, digest.address, digest.bytes.length, signatureAt, signature.length, this.#theirs) === 1
    if (!isGenuine) this.#library.clearErrors() // what it noted of a forgery is no news to who asks for errors next
    return isGenuine
  }

  #digestFor(scheme: SignatureScheme, data: Uint8Array): Digest | undefined {
    const hash = HASHES[scheme]
    if (hash === undefined) return undefined
    const digest = this.#digest.digestOf(hash, [data])
    if (digest !== undefined) return digest
    const { bytes, address } = this.#memory
    const made = nodeCrypto.hash(hash, data)
    put(made, bytes, AT.digest)
    return { bytes: made, address: address + AT.digest }
  }

  #take(point: Uint8Array): boolean {
    if (this.#theirPoint === point) return true
    if (point.length !== POINT_BYTES) return false
    this.#theirPoint = undefined
    const { bytes, address } = this.#memory
    put(point, bytes, AT.point)
    if (this.#readPoint(this.#theirs, address + AT.point, POINT_BYTES, UNCHANGED) !== 1) {
      this.#library.clearErrors()
      return false
    }
    this.#theirPoint = point
    return true
  }

  #exportPem({ address: key }: HeldKey, point: Uint8Array): string {
    const { bytes, address } = this.#memory
    if (this.#writeScalar(key, address + AT.scalar, SCALAR_BYTES) !== SCALAR_BYTES) this.#fail('could not write a key')
    const scalar = bytes.subarray(AT.scalar, AT.scalar + SCALAR_BYTES)
    try {
      return p256KeyToPem(point, scalar)
    } finally {
      scalar.fill(0)
    }
  }

  #fail(what: string): never {
    this.#library.clearErrors()
    throw new Error(`OpenSSL ${what}`)
  }
}

function infoOf(point: Uint8Array): Uint8Array {
  const info = new Uint8Array(P256_INFO_PREFIX.length + POINT_BYTES - 1)
  info.set(P256_INFO_PREFIX)
  info.set(point.subarray(1), P256_INFO_PREFIX.length)
  return info
}
