/**
 * AEADs of the OpenSSL inside the runtime, called directly: a context is made once per key and direction, and sealing or opening
 * costs five calls on it, a seventh of what node:crypto takes, which makes new objects for each.
 */
import { nativeOnce, type Native } from '../ffi/index.js'
import {
  checkRange,
  CIPHERS,
  Contexts,
  EVP_CTRL_AEAD_GET_TAG,
  EVP_CTRL_AEAD_SET_TAG,
  forgotten,
  LibCrypto,
  MAX_COPIED_ADDITIONAL_DATA_BYTES,
  put,
  SCRATCH,
  TAG_BYTES,
  UNCHANGED,
  type Address,
} from './libcrypto.js'
import { nodeCrypto } from './node.js'
import { testAead, testRecordAead } from './aead-self-test.js'
import { KNOWN_HMAC_SHA1, KNOWN_HMAC_SHA2, testHmac } from './hmac-self-test.js'
import { OpenSslCertificateReader } from './openssl-certificate.js'
import { OpenSslDigest, testDigest } from './openssl-digest.js'
import { OpenSslHmac, type HMAC_HASHES } from './openssl-hmac.js'
import { OpenSslP256 } from './openssl-p256.js'
import { OpenSslRecordAead } from './openssl-records.js'
import { OpenSslX25519, testX25519 } from './openssl-x25519.js'
import { testP256 } from './p256-self-test.js'
import type { Aead, AeadAlgorithm, Crypto, RecordAead } from './types.js'

const NONCE_BYTES = 12

class OpenSslAead implements Aead {
  readonly #library: LibCrypto
  readonly #algorithm: AeadAlgorithm
  readonly #key: Uint8Array
  readonly #contexts: Contexts

  constructor(library: LibCrypto, algorithm: AeadAlgorithm, key: Uint8Array) {
    if (key.length !== CIPHERS[algorithm].keyBytes) throw new RangeError(`${algorithm} takes another length of keys`)
    this.#library = library
    this.#algorithm = algorithm
    this.#key = key.slice()
    this.#contexts = new Contexts(library)
    forgotten.register(this, this.#contexts, this.#contexts)
  }

  seal(nonce: Uint8Array, additionalData: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(plaintext.length + TAG_BYTES)
    sealed.set(plaintext)
    this.sealInPlace(nonce, additionalData, sealed, 0, plaintext.length)
    return sealed
  }

  sealInPlace(nonce: Uint8Array, additionalData: Uint8Array, memory: Uint8Array, at: number, length: number): void {
    checkRange(memory, at, length + TAG_BYTES)
    const library = this.#library
    const context = this.#contexts.sealing(this.#algorithm, this.#key)
    const address = library.addressOf(memory) + at
    const isSealed =
      this.#run(context, nonce, additionalData, address, length) &&
      library.final(context, address + length, library.scratch.address + SCRATCH.written) === 1 &&
      library.control(context, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, address + length) === 1
    if (isSealed) return
    library.clearErrors()
    throw new Error(`OpenSSL could not seal with ${this.#algorithm}`)
  }

  open(nonce: Uint8Array, additionalData: Uint8Array, ciphertextAndTag: Uint8Array): Uint8Array | undefined {
    const length = ciphertextAndTag.length - TAG_BYTES
    if (length < 0) return undefined
    const library = this.#library
    const context = this.#contexts.opening(this.#algorithm, this.#key)
    const { bytes, address } = library.openedMemory(ciphertextAndTag.length)
    bytes.set(ciphertextAndTag)
    const isGenuine =
      this.#run(context, nonce, additionalData, address, length) &&
      library.control(context, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, address + length) === 1 &&
      library.final(context, address + length, library.scratch.address + SCRATCH.written) === 1
    if (!isGenuine) {
      library.clearErrors() // what it noted of a forgery is no news to who asks for errors next, TLS for one
      return undefined
    }
    return bytes.subarray(0, length)
  }

  release(): void {
    forgotten.unregister(this.#contexts)
    this.#contexts.free()
    this.#key.fill(0)
  }

  /** Nonce, additional data, and the bytes where they are; not the tag. */
  #run(context: Address, nonce: Uint8Array, additionalData: Uint8Array, address: Address, length: number): boolean {
    // Less than a whole nonce would leave some of the last one in its place.
    if (nonce.length !== NONCE_BYTES) throw new RangeError(`a nonce has ${NONCE_BYTES} bytes, not ${nonce.length}`)
    const library = this.#library
    const { scratch, init, update } = library
    put(nonce, scratch.bytes, SCRATCH.nonce)
    const isSmall = additionalData.length <= MAX_COPIED_ADDITIONAL_DATA_BYTES
    if (isSmall) put(additionalData, scratch.bytes, SCRATCH.additionalData)
    const { address: scratchAt } = scratch
    const dataAt = isSmall ? scratchAt + SCRATCH.additionalData : library.addressOf(additionalData)
    const writtenAt = scratchAt + SCRATCH.written
    return (
      init(context, UNCHANGED, UNCHANGED, UNCHANGED, scratchAt + SCRATCH.nonce, -1) === 1 &&
      (additionalData.length === 0 || update(context, 0, writtenAt, dataAt, additionalData.length) === 1) &&
      (length === 0 || update(context, address, writtenAt, address, length) === 1)
    )
  }
}

export interface OpenSslAeads {
  aead(algorithm: AeadAlgorithm, key: Uint8Array): Aead
  /** @internal What they call. */
  readonly library: LibCrypto
  /** How many contexts of C there are, for proof that none is left. */
  readonly contexts: number
}

/** The OpenSSL of this process, once it gave the answers that are known; or why it is not used. */
export const openSslAeads: () => Native<OpenSslAeads> = nativeOnce((koffi) => {
  const library = new LibCrypto(koffi)
  const aeads: OpenSslAeads = {
    library,
    aead: (algorithm, key) => new OpenSslAead(library, algorithm, key),
    get contexts() {
      return library.contexts
    },
  }
  testAead((algorithm, key) => aeads.aead(algorithm, key))
  return aeads
})

export interface OpenSslRecordAeads {
  recordAead(algorithm: 'aes-128-gcm' | 'aes-256-gcm', key: Uint8Array, fixedIv: Uint8Array): RecordAead
}

/** The same for whole records, compared with {@link openSslAeads}; or why they are sealed and opened by these. */
export const openSslRecordAeads: () => Native<OpenSslRecordAeads> = nativeOnce((koffi) => {
  const native = openSslAeads()
  if (!native.isAvailable) throw new Error(native.reason)
  const { library } = native.value
  const pointer = 'uintptr_t'
  const cipher = koffi.load(null).func('EVP_Cipher', 'int', [pointer, pointer, pointer, 'uint'])
  const make = (algorithm: AeadAlgorithm, key: Uint8Array, fixedIv: Uint8Array): RecordAead =>
    new OpenSslRecordAead(library, cipher, algorithm, key, fixedIv)
  testRecordAead(make, (key) => native.value.aead('aes-128-gcm', key))
  return { recordAead: make }
})

function openSslHmac(algorithm: keyof typeof HMAC_HASHES): () => Native<OpenSslHmac> {
  return nativeOnce((koffi) => {
    const native = openSslAeads()
    if (!native.isAvailable) throw new Error(native.reason)
    const hmac = new OpenSslHmac(koffi, native.value.library, algorithm)
    const known = algorithm === 'sha1' ? KNOWN_HMAC_SHA1 : KNOWN_HMAC_SHA2[algorithm]
    testHmac(known, (key, message) => hmac.tagOf(key, message, message.length))
    return hmac
  })
}

/** HMAC-SHA1, once it gave the answers that are known; or why node:crypto makes it. */
export const openSslHmacSha1: () => Native<OpenSslHmac> = openSslHmac('sha1')
const openSslHmacs = { sha1: openSslHmacSha1, sha256: openSslHmac('sha256'), sha384: openSslHmac('sha384') }

/** The same for hashes. */
const openSslDigest: () => Native<OpenSslDigest> = nativeOnce((koffi) => {
  const native = openSslAeads()
  if (!native.isAvailable) throw new Error(native.reason)
  const digest = new OpenSslDigest(koffi, native.value.library)
  testDigest(digest)
  return digest
})

export interface OpenSslKeys {
  readonly p256: OpenSslP256
  readonly certificates: OpenSslCertificateReader
}

/** And for keys and signatures on P-256, and certificates about them. */
export const openSslKeys: () => Native<OpenSslKeys> = nativeOnce((koffi) => {
  const [native, digest] = [openSslAeads(), openSslDigest()]
  if (!native.isAvailable) throw new Error(native.reason)
  if (!digest.isAvailable) throw new Error(digest.reason)
  const p256 = new OpenSslP256(koffi, native.value.library, digest.value)
  const certificates = new OpenSslCertificateReader(koffi, native.value.library)
  testP256(p256, certificates)
  return { p256, certificates }
})

/** And for key agreement by X25519, which comes first where the peer has it. */
export const openSslX25519: () => Native<OpenSslX25519> = nativeOnce((koffi) => {
  const native = openSslAeads()
  if (!native.isAvailable) throw new Error(native.reason)
  const x25519 = new OpenSslX25519(koffi, native.value.library)
  testX25519((privateKey) => x25519.keyShareOf(privateKey))
  return x25519
})

/** {@link nodeCrypto}, with what costs it most made by the runtime's OpenSSL, where that can be had. */
export const runtimeCrypto: Crypto = {
  ...nodeCrypto,
  hash(algorithm, ...data) {
    const native = openSslDigest()
    const digest = native.isAvailable ? native.value.digestOf(algorithm, data) : undefined
    return digest?.bytes.slice() ?? nodeCrypto.hash(algorithm, ...data)
  },
  hmac(algorithm, key, ...data) {
    const native = Object.hasOwn(openSslHmacs, algorithm)
      ? openSslHmacs[algorithm as keyof typeof HMAC_HASHES]()
      : undefined
    const tag = native?.isAvailable === true ? native.value.tagOfParts(key, data) : undefined
    return tag ?? nodeCrypto.hmac(algorithm, key, ...data)
  },
  pHash(algorithm, secret, seed, length) {
    const native = algorithm === 'sha256' || algorithm === 'sha384' ? openSslHmacs[algorithm]() : undefined
    return native?.isAvailable === true ? native.value.pHash(secret, seed, length) : undefined
  },
  hmacSha1(key, message, length) {
    const native = openSslHmacSha1()
    const tag = native.isAvailable ? native.value.tagOf(key, message, length) : undefined
    return tag ?? nodeCrypto.hmacSha1(key, message, length)
  },
  generateKeyShare(group) {
    const native = group === 'x25519' ? openSslX25519() : undefined
    return native?.isAvailable === true ? native.value.generateKeyShare() : nodeCrypto.generateKeyShare(group)
  },
  parseCertificate(der) {
    const native = openSslKeys()
    const point = native.isAvailable ? native.value.certificates.p256PointOf(der) : undefined
    const certificate = point && native.isAvailable ? native.value.p256.peerCertificate(der, point) : undefined
    return certificate ?? nodeCrypto.parseCertificate(der)
  },
  aead(algorithm, key) {
    const native = openSslAeads()
    return native.isAvailable ? native.value.aead(algorithm, key) : nodeCrypto.aead(algorithm, key)
  },
  recordAead(algorithm, key, fixedIv) {
    if (algorithm === 'chacha20-poly1305') return undefined // all of its nonce is hidden (RFC 7905 §2)
    const native = openSslRecordAeads()
    return native.isAvailable ? native.value.recordAead(algorithm, key, fixedIv) : undefined
  },
}
