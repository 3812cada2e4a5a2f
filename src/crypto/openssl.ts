/**
 * AEADs of the OpenSSL inside the runtime, called directly: a context is made once per key and direction, and a record costs
 * five calls on it, a seventh of what node:crypto takes, which makes new objects for each. The one file with its pointers.
 */
import { nativeOnce, type Koffi, type Native, type NativeFunction, type NativeLibrary } from '../ffi/index.js'
import { nodeCrypto } from './node.js'
import { testAead } from './aead-self-test.js'
import type { Aead, AeadAlgorithm, Crypto } from './types.js'

const NONCE_BYTES = 12
const TAG_BYTES = 16

// openssl/evp.h; the same in all versions that know these ciphers.
const EVP_CTRL_AEAD_GET_TAG = 0x10
const EVP_CTRL_AEAD_SET_TAG = 0x11
const UNCHANGED = 0 // the null pointer: what was set before stays

const CIPHERS: Readonly<Record<AeadAlgorithm, { readonly constructor: string; readonly keyBytes: number }>> = {
  'aes-128-gcm': { constructor: 'EVP_aes_128_gcm', keyBytes: 16 },
  'aes-256-gcm': { constructor: 'EVP_aes_256_gcm', keyBytes: 32 },
  'chacha20-poly1305': { constructor: 'EVP_chacha20_poly1305', keyBytes: 32 },
}

/** Where records are opened: the longest that DTLS has fits by far. */
const OPENED_BYTES = 64 * 1024
/** Where C reads and writes what is small: the nonce, the additional data, and how many bytes there were. */
const SCRATCH = { nonce: 0, written: 16, additionalData: 32, key: 128, end: 192 } as const
const MAX_COPIED_ADDITIONAL_DATA_BYTES = SCRATCH.key - SCRATCH.additionalData

/** An address. Those of processes are below 2^48, and exact as numbers, which koffi takes ten times as fast as a bigint. */
type Address = number

/** Memory of JavaScript that C may read and write at an address. */
interface Memory {
  readonly bytes: Uint8Array
  readonly address: Address
}

/** The functions of libcrypto, and the memory that calls share: they never overlap, since nothing here waits. */
class LibCrypto {
  readonly newContext: NativeFunction
  readonly freeContext: NativeFunction
  readonly init: NativeFunction
  readonly update: NativeFunction
  readonly final: NativeFunction
  readonly control: NativeFunction
  readonly clearErrors: NativeFunction
  readonly ciphers = new Map<AeadAlgorithm, Address>()
  readonly scratch: Memory
  /** Contexts that were made and not freed. */
  contexts = 0
  readonly #koffi: Koffi
  #opened: Memory
  #known: Memory

  constructor(koffi: Koffi) {
    this.#koffi = koffi
    const library: NativeLibrary = koffi.load(null)
    const pointer = 'uintptr_t'
    this.newContext = library.func('EVP_CIPHER_CTX_new', pointer, [])
    this.freeContext = library.func('EVP_CIPHER_CTX_free', 'void', [pointer])
    this.init = library.func('EVP_CipherInit_ex', 'int', [pointer, pointer, pointer, pointer, pointer, 'int'])
    this.update = library.func('EVP_CipherUpdate', 'int', [pointer, pointer, pointer, pointer, 'int'])
    this.final = library.func('EVP_CipherFinal_ex', 'int', [pointer, pointer, pointer])
    this.control = library.func('EVP_CIPHER_CTX_ctrl', 'int', [pointer, 'int', 'int', pointer])
    this.clearErrors = library.func('ERR_clear_error', 'void', [])
    for (const [algorithm, { constructor }] of Object.entries(CIPHERS)) {
      this.ciphers.set(algorithm as AeadAlgorithm, library.func(constructor, pointer, [])())
    }
    this.scratch = this.#memory(SCRATCH.end)
    this.#known = this.scratch
    this.#opened = this.#memory(OPENED_BYTES)
  }

  /** Asked with every record: that of the memory asked about last is known. Nobody resizes or transfers what comes here. */
  addressOf(bytes: Uint8Array): Address {
    if (this.#known.bytes !== bytes) this.#known = { bytes, address: this.#address(bytes) }
    return this.#known.address
  }

  /** Memory to open a record in; what was there before is gone. */
  openedMemory(length: number): Memory {
    if (length > this.#opened.bytes.length) this.#opened = this.#memory(length)
    return this.#opened
  }

  #memory(length: number): Memory {
    const bytes = new Uint8Array(new ArrayBuffer(length))
    return { bytes, address: this.#address(bytes) }
  }

  #address(bytes: Uint8Array): Address {
    const address = Number(this.#koffi.address(bytes))
    if (!Number.isSafeInteger(address) || address === 0) throw new Error('an address that is no exact number')
    return address
  }
}

/** Contexts of C by direction, made when they are first needed: DTLS uses each key in one direction. */
class Contexts {
  readonly #library: LibCrypto
  #sealing: Address = 0
  #opening: Address = 0
  #isFreed = false

  constructor(library: LibCrypto) {
    this.#library = library
  }

  sealing(algorithm: AeadAlgorithm, key: Uint8Array): Address {
    if (this.#sealing === 0) this.#sealing = this.#create(algorithm, key, 1)
    return this.#sealing
  }

  opening(algorithm: AeadAlgorithm, key: Uint8Array): Address {
    if (this.#opening === 0) this.#opening = this.#create(algorithm, key, 0)
    return this.#opening
  }

  free(): void {
    this.#isFreed = true
    for (const context of [this.#sealing, this.#opening]) {
      if (context === 0) continue
      this.#library.freeContext(context)
      this.#library.contexts--
    }
    this.#sealing = this.#opening = 0
  }

  #create(algorithm: AeadAlgorithm, key: Uint8Array, encrypts: 0 | 1): Address {
    if (this.#isFreed) throw new Error('the key was released')
    const { newContext, freeContext, init, ciphers, scratch } = this.#library
    const context = newContext()
    if (context === 0) throw new Error('no memory for a cipher context')
    scratch.bytes.set(key, SCRATCH.key)
    const keyAt = scratch.address + SCRATCH.key
    const isReady = init(context, ciphers.get(algorithm)!, UNCHANGED, keyAt, UNCHANGED, encrypts) === 1
    scratch.bytes.fill(0, SCRATCH.key, SCRATCH.end)
    if (isReady) {
      this.#library.contexts++
      return context
    }
    freeContext(context)
    throw new Error(`${algorithm} cannot be initialised`)
  }
}

/** For connections that end without {@link Aead.release}. */
const forgotten = new FinalizationRegistry<Contexts>((contexts) => contexts.free())

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
    if (!isSealed) throw new Error(`OpenSSL could not seal with ${this.#algorithm}`)
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

/** For a dozen bytes a loop takes a fifth of what `set` does. */
function put(from: Uint8Array, to: Uint8Array, at: number): void {
  for (let i = 0; i < from.length; i++) to[at + i] = from[i]!
}

/** C writes where it is told. */
function checkRange(memory: Uint8Array, at: number, length: number): void {
  if (!Number.isInteger(at) || at < 0 || !(length >= TAG_BYTES) || at + length > memory.length) {
    throw new RangeError(`${at} and ${length} bytes are not within ${memory.length}`)
  }
}

export interface OpenSslAeads {
  aead(algorithm: AeadAlgorithm, key: Uint8Array): Aead
  /** How many contexts of C there are, for proof that none is left. */
  readonly contexts: number
}

/** The OpenSSL of this process, once it gave the answers that are known; or why it is not used. */
export const openSslAeads: () => Native<OpenSslAeads> = nativeOnce((koffi) => {
  const library = new LibCrypto(koffi)
  const aeads: OpenSslAeads = {
    aead: (algorithm, key) => new OpenSslAead(library, algorithm, key),
    get contexts() {
      return library.contexts
    },
  }
  testAead((algorithm, key) => aeads.aead(algorithm, key))
  return aeads
})

/** {@link nodeCrypto}, with AEADs of the runtime's OpenSSL where they can be had. */
export const runtimeCrypto: Crypto = {
  ...nodeCrypto,
  aead(algorithm, key) {
    const native = openSslAeads()
    return native.isAvailable ? native.value.aead(algorithm, key) : nodeCrypto.aead(algorithm, key)
  },
}
