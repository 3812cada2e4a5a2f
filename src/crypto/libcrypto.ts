/**
 * What the OpenSSL inside the runtime exports, called directly: its functions, the memory that calls share, and cipher contexts.
 * The one file that knows addresses; who calls C with them are the `openssl*.ts` beside it.
 */
import type { Koffi, NativeFunction, NativeLibrary } from '../ffi/index.js'
import type { AeadAlgorithm } from './types.js'

export const TAG_BYTES = 16

// openssl/evp.h; the same in all versions that know these ciphers.
export const EVP_CTRL_AEAD_GET_TAG = 0x10
export const EVP_CTRL_AEAD_SET_TAG = 0x11
export const EVP_CTRL_GCM_SET_IV_FIXED = 0x12
export const EVP_CTRL_AEAD_TLS1_AAD = 0x16
export const UNCHANGED = 0 // the null pointer: what was set before stays

export const CIPHERS: Readonly<Record<AeadAlgorithm, { readonly constructor: string; readonly keyBytes: number }>> = {
  'aes-128-gcm': { constructor: 'EVP_aes_128_gcm', keyBytes: 16 },
  'aes-256-gcm': { constructor: 'EVP_aes_256_gcm', keyBytes: 32 },
  'chacha20-poly1305': { constructor: 'EVP_chacha20_poly1305', keyBytes: 32 },
}

/** Where records are opened: the longest that DTLS has fits by far. */
const OPENED_BYTES = 64 * 1024
/** Where C reads and writes what is small: the nonce, the additional data, and how many bytes there were. */
export const SCRATCH = { nonce: 0, written: 16, additionalData: 32, key: 128, end: 192 } as const
export const MAX_COPIED_ADDITIONAL_DATA_BYTES = SCRATCH.key - SCRATCH.additionalData

/** An address. Those of processes are below 2^48, and exact as numbers, which koffi takes ten times as fast as a bigint. */
export type Address = number

/** Memory of JavaScript that C may read and write at an address. */
export interface Memory {
  readonly buffer: ArrayBuffer
  readonly bytes: Uint8Array
  readonly address: Address
}

/** The functions of libcrypto, and the memory that calls share: they never overlap, since nothing here waits. */
export class LibCrypto {
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
  #view: Uint8Array
  #viewAt = 0
  #viewOf: ArrayBuffer
  #known: Omit<Memory, 'buffer'>

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
    this.scratch = this.memory(SCRATCH.end)
    this.#known = this.scratch
    this.#opened = this.memory(OPENED_BYTES)
    this.#view = this.#opened.bytes
    this.#viewOf = this.#opened.buffer
  }

  /** Asked with every record: that of the memory asked about last is known. Nobody resizes or transfers what comes here. */
  addressOf(bytes: Uint8Array): Address {
    if (this.#known.bytes !== bytes) this.#known = { bytes, address: this.#address(bytes) }
    return this.#known.address
  }

  /** Memory to open a record in; what was there before is gone. */
  openedMemory(length: number): Memory {
    if (length > this.#opened.bytes.length) this.#opened = this.memory(length)
    return this.#opened
  }

  /** What was opened there: as the same object as before where it lies in the same place, as the records of a flow do. */
  openedAt(at: number, length: number): Uint8Array {
    const { buffer } = this.#opened
    if (this.#view.length !== length || this.#viewAt !== at || this.#viewOf !== buffer) {
      this.#view = new Uint8Array(buffer, at, length)
      this.#viewAt = at
      this.#viewOf = buffer
    }
    return this.#view
  }

  /** New memory, which C may use for as long as this is referenced. */
  memory(length: number): Memory {
    const buffer = new ArrayBuffer(length)
    const bytes = new Uint8Array(buffer)
    return { buffer, bytes, address: this.#address(bytes) }
  }

  #address(bytes: Uint8Array): Address {
    const address = Number(this.#koffi.address(bytes))
    if (!Number.isSafeInteger(address) || address === 0) throw new Error('an address that is no exact number')
    return address
  }
}

/** Contexts of C by direction, made when they are first needed: DTLS uses each key in one direction. */
export class Contexts {
  readonly #library: LibCrypto
  #sealing: Address = 0
  #opening: Address = 0
  #isFreed = false

  constructor(library: LibCrypto) {
    this.#library = library
  }

  /** The key stands in `memory`, from `at` to its end. */
  sealing(algorithm: AeadAlgorithm, memory: Uint8Array, at = 0): Address {
    if (this.#sealing === 0) this.#sealing = this.#create(algorithm, memory.subarray(at), 1)
    return this.#sealing
  }

  opening(algorithm: AeadAlgorithm, memory: Uint8Array, at = 0): Address {
    if (this.#opening === 0) this.#opening = this.#create(algorithm, memory.subarray(at), 0)
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
    this.#library.clearErrors()
    throw new Error(`OpenSSL cannot initialise ${algorithm}`)
  }
}

/** For connections that end without a release of their keys, and for keys that nobody releases. */
export const forgotten = new FinalizationRegistry<{ free(): void }>((held) => held.free())

/** A key in the memory of C. Whoever calls C with it holds this object: it is freed when nobody does. */
export interface HeldKey {
  readonly address: Address
}

/** @param free made before there is a key: what it refers to is never forgotten, and must not lead to the key's users */
export function heldKey(address: Address, free: (address: Address) => void): HeldKey {
  const held = { address }
  forgotten.register(held, { free: () => free(address) })
  return held
}

/** For a dozen bytes a loop takes a fifth of what `set` does. */
export function put(from: Uint8Array, to: Uint8Array, at: number): void {
  for (let i = 0; i < from.length; i++) to[at + i] = from[i]!
}

/** C writes where it is told. */
export function checkRange(memory: Uint8Array, at: number, length: number): void {
  if (!Number.isInteger(at) || at < 0 || !(length >= TAG_BYTES) || at + length > memory.length) {
    throw new RangeError(`${at} and ${length} bytes are not within ${memory.length}`)
  }
}
