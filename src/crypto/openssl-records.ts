/**
 * Records of TLS 1.2 under AES-GCM by what OpenSSL has for its own: two calls a record, where the general way takes five. It
 * counts nonces by itself when it seals; here it is told where to begin, and looked at what it took.
 */
import { concatBytes } from '../core/index.js'
import type { NativeFunction } from '../ffi/index.js'
import {
  checkRange,
  CIPHERS,
  Contexts,
  EVP_CTRL_AEAD_TLS1_AAD,
  EVP_CTRL_GCM_SET_IV_FIXED,
  forgotten,
  put,
  SCRATCH,
  TAG_BYTES,
  type Address,
  type LibCrypto,
} from './libcrypto.js'
import type { AeadAlgorithm, RecordAead } from './types.js'

const FIXED_IV_BYTES = 4
const NUMBER_BYTES = 8
const ADDITIONAL_DATA_BYTES = 13
/** evp.h: the nonce as it is given, instead of its fixed part with a random number behind it. */
const WHOLE_NONCE = -1
const OVERHEAD_BYTES = NUMBER_BYTES + TAG_BYTES
/** A fragment that begins this early in its memory, and ends with it, is most of it. */
const SHORT_HEAD_BYTES = 64
/** What its length says in 16 bits. */
const MAX_FRAGMENT_BYTES = 0xffff
const MAX_WORD = 0xffff_ffff

export class OpenSslRecordAead implements RecordAead {
  readonly #library: LibCrypto
  /** `EVP_Cipher`: all of a record in one call. */
  readonly #cipher: NativeFunction
  readonly #algorithm: AeadAlgorithm
  /** The fixed part of nonces, then the key: one memory, as each has a cost of its own. */
  readonly #secrets: Uint8Array
  readonly #contexts: Contexts
  #canOpen = false
  /** The number that OpenSSL takes next, in two halves; -1 where it has to be told. */
  #nextHigh = -1
  #nextLow = -1

  constructor(
    library: LibCrypto,
    cipher: NativeFunction,
    algorithm: AeadAlgorithm,
    key: Uint8Array,
    fixedIv: Uint8Array,
  ) {
    if (key.length !== CIPHERS[algorithm].keyBytes) throw new RangeError(`${algorithm} takes another length of keys`)
    if (fixedIv.length !== FIXED_IV_BYTES) throw new RangeError(`${FIXED_IV_BYTES} bytes are fixed`)
    this.#library = library
    this.#cipher = cipher
    this.#algorithm = algorithm
    this.#secrets = concatBytes(fixedIv, key)
    this.#contexts = new Contexts(library)
    forgotten.register(this, this.#contexts, this.#contexts)
  }

  sealInPlace(additionalData: Uint8Array, memory: Uint8Array, at: number, length: number): void {
    checkRange(memory, at, length + OVERHEAD_BYTES)
    if (length + OVERHEAD_BYTES > MAX_FRAGMENT_BYTES)
      throw new RangeError(`${length} bytes are more than a record holds`)
    const library = this.#library
    const context = this.#contexts.sealing(this.#algorithm, this.#secrets, FIXED_IV_BYTES)
    const high = wordAt(additionalData, 0)
    const low = wordAt(additionalData, 4)
    const isInStep = low === this.#nextLow && high === this.#nextHigh
    // Unless all goes well it has to be told anew.
    this.#nextLow = -1
    // What was here before may not be taken for what OpenSSL writes.
    memory[at + NUMBER_BYTES - 1] = ~low
    const address = library.addressOf(memory) + at
    const isSealed =
      (isInStep || this.#countFrom(context, additionalData)) &&
      this.#announce(context, additionalData, length + NUMBER_BYTES) &&
      this.#cipher(context, address, address, length + OVERHEAD_BYTES) > 0
    // SECURITY: a nonce is the number of its record, which no other has. What was sealed with another one is never sent.
    if (!isSealed || wordAt(memory, at) !== high || wordAt(memory, at + 4) !== low) {
      library.clearErrors()
      throw new Error(`OpenSSL could not seal a record with ${this.#algorithm}`)
    }
    this.#nextHigh = high
    this.#nextLow = low === MAX_WORD ? -1 : low + 1
  }

  open(additionalData: Uint8Array, memory: Uint8Array, at: number, length: number): Uint8Array | undefined {
    if (length < OVERHEAD_BYTES || length > MAX_FRAGMENT_BYTES) return undefined
    checkRange(memory, at, length)
    const library = this.#library
    const context = this.#contexts.opening(this.#algorithm, this.#secrets, FIXED_IV_BYTES)
    if (!this.#canOpen) this.#prepareToOpen(context)
    // Copied with its head where that is short: to make a view takes longer.
    const isMost = at <= SHORT_HEAD_BYTES && at + length === memory.length
    const opened = library.openedMemory(isMost ? memory.length : length)
    opened.bytes.set(isMost ? memory : memory.subarray(at, at + length))
    const start = isMost ? at : 0
    const address = opened.address + start
    const isGenuine =
      this.#announce(context, additionalData, length) && this.#cipher(context, address, address, length) > 0
    if (!isGenuine) {
      library.clearErrors() // what it noted of a forgery is no news to who asks for errors next, TLS for one
      return undefined
    }
    return library.openedAt(start + NUMBER_BYTES, length - OVERHEAD_BYTES)
  }

  release(): void {
    forgotten.unregister(this.#contexts)
    this.#contexts.free()
    this.#secrets.fill(0)
  }

  /** The additional data of the next record, with what OpenSSL expects as length: that of all behind the header of TLS. */
  #announce(context: Address, additionalData: Uint8Array, length: number): boolean {
    if (additionalData.length !== ADDITIONAL_DATA_BYTES) throw new RangeError('not the additional data of TLS 1.2')
    const { bytes, address } = this.#library.scratch
    const at = SCRATCH.additionalData
    put(additionalData, bytes, at)
    bytes[at + 11] = length >>> 8
    bytes[at + 12] = length
    return this.#library.control(context, EVP_CTRL_AEAD_TLS1_AAD, ADDITIONAL_DATA_BYTES, address + at) === TAG_BYTES
  }

  /** The number of the record to be sealed is the first that it counts from. */
  #countFrom(context: Address, additionalData: Uint8Array): boolean {
    const { bytes, address } = this.#library.scratch
    this.#putFixedIv(bytes)
    for (let i = 0; i < NUMBER_BYTES; i++) bytes[SCRATCH.nonce + FIXED_IV_BYTES + i] = additionalData[i]!
    return this.#library.control(context, EVP_CTRL_GCM_SET_IV_FIXED, WHOLE_NONCE, address + SCRATCH.nonce) === 1
  }

  /** The fixed part once; the other part it takes from each record, as the peer may choose it freely (RFC 5288 §3). */
  #prepareToOpen(context: Address): void {
    const { bytes, address } = this.#library.scratch
    this.#putFixedIv(bytes)
    const isSet = this.#library.control(context, EVP_CTRL_GCM_SET_IV_FIXED, FIXED_IV_BYTES, address + SCRATCH.nonce)
    if (isSet !== 1) throw new Error('OpenSSL does not take the fixed part of a nonce')
    this.#canOpen = true
  }

  #putFixedIv(bytes: Uint8Array): void {
    for (let i = 0; i < FIXED_IV_BYTES; i++) bytes[SCRATCH.nonce + i] = this.#secrets[i]!
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}
