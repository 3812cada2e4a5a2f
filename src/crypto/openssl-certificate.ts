/**
 * Where the key stands in an X.509 certificate (RFC 5280 §4.1), asked of the OpenSSL inside the runtime field by field: it reads keys
 * of all kinds by way of its decoders, which it looks for each time anew, and that is most of what reading a certificate takes it.
 */
import type { Koffi, NativeFunction } from '../ffi/index.js'
import type { Address, LibCrypto, Memory } from './libcrypto.js'
import { P256_INFO_PREFIX } from './node.js'

/** Certificates of WebRTC have some 300 bytes; longer ones are read as a whole. */
const MAX_CERTIFICATE_BYTES = 4096
/** The pointer that OpenSSL moves on, and where it writes a length (`long`), a tag and a class. */
const WORD = { pointer: 0, length: 2, tag: 4, class: 5 } as const
const CERTIFICATE_AT = 24
const COORDINATES_BYTES = 64

/** openssl/asn1.h: flags of what was read, tags, and classes. */
const CONSTRUCTED = 0x20
const INTEGER = 2
const BIT_STRING = 3
const SEQUENCE = 16
const UNIVERSAL = 0
const CONTEXT_SPECIFIC = 0x80

const BEFORE_THE_KEY = [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE]

export class OpenSslCertificateReader {
  readonly #library: LibCrypto
  readonly #readHeader: NativeFunction
  readonly #memory: Memory
  /** Signed: all numbers that come of them are small ones to V8, of one kind. */
  readonly #words: Int32Array
  // Where C is told to read and write, computed once: what is computed of addresses is of another kind than other numbers.
  readonly #lengthAddress: Address
  readonly #tagAddress: Address
  readonly #classAddress: Address
  readonly #certificateAddress: Address
  readonly #certificateLow: number
  readonly #certificateHigh: number
  // The field that was read last.
  #isConstructed = false
  #tag = 0
  #class = UNIVERSAL
  #bodyAt = 0
  #end = 0

  constructor(koffi: Koffi, library: LibCrypto) {
    const pointer = 'uintptr_t'
    const parameters = [pointer, pointer, pointer, pointer, 'size_t'] as const
    this.#readHeader = koffi.load(null).func('ASN1_get_object', 'int', parameters)
    this.#library = library
    this.#memory = library.memory(CERTIFICATE_AT + MAX_CERTIFICATE_BYTES)
    this.#words = new Int32Array(this.#memory.buffer, 0, CERTIFICATE_AT / 4)
    const { address } = this.#memory
    this.#lengthAddress = address + 4 * WORD.length
    this.#tagAddress = address + 4 * WORD.tag
    this.#classAddress = address + 4 * WORD.class
    this.#certificateAddress = address + CERTIFICATE_AT
    this.#certificateLow = this.#certificateAddress | 0
    this.#certificateHigh = Math.floor(this.#certificateAddress / 2 ** 32)
    const lastHigh = Math.floor((this.#certificateAddress + MAX_CERTIFICATE_BYTES) / 2 ** 32)
    if (lastHigh !== this.#certificateHigh) throw new Error('memory across a boundary of 4 GiB')
    const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
    if (!isLittleEndian) throw new Error('addresses are not written as is done here')
  }

  /** The point that the certificate is about; `undefined` where it has another kind of key, another form, or is none. */
  p256PointOf(der: Uint8Array): Uint8Array | undefined {
    if (der.length > MAX_CERTIFICATE_BYTES) return undefined
    this.#memory.bytes.set(der, CERTIFICATE_AT)
    const at = this.#publicKeyInfoAt(der.length)
    if (at < 0 || this.#end - at !== P256_INFO_PREFIX.length + COORDINATES_BYTES) return undefined
    return hasPrefix(der, at) ? der.slice(at + P256_INFO_PREFIX.length - 1, this.#end) : undefined
  }

  /** Where it begins, and then it is what was read last; -1 where there is none. */
  #publicKeyInfoAt(end: number): number {
    if (!this.#isField(SEQUENCE, 0, end) || this.#end !== end || !this.#isField(SEQUENCE, this.#bodyAt, end)) return -1
    const signedAt = this.#bodyAt
    const signedEnd = this.#end
    const isSigned = this.#isField(SEQUENCE, signedEnd, end) && this.#isField(BIT_STRING, this.#end, end)
    if (!isSigned || this.#end !== end || !this.#read(signedAt, signedEnd)) return -1
    const hasVersion = this.#class === CONTEXT_SPECIFIC && this.#tag === 0
    let at = hasVersion ? this.#end : signedAt
    // serialNumber, signature, issuer, validity, subject
    for (const tag of BEFORE_THE_KEY) {
      if (!this.#isField(tag, at, signedEnd)) return -1
      at = this.#end
    }
    return this.#isField(SEQUENCE, at, signedEnd) ? at : -1
  }

  #isField(tag: number, at: number, end: number): boolean {
    if (!this.#read(at, end)) return false
    return this.#tag === tag && this.#class === UNIVERSAL && this.#isConstructed === (tag === SEQUENCE)
  }

  /** The header at `at`; false where there is none, or what it announces reaches beyond `end`, or has no length. */
  #read(at: number, end: number): boolean {
    if (at >= end) return false
    const words = this.#words
    words[WORD.pointer] = this.#certificateLow + at
    words[WORD.pointer + 1] = this.#certificateHigh
    const flags = this.#readHeader(
      this.#memory.address,
      this.#lengthAddress,
      this.#tagAddress,
      this.#classAddress,
      end - at,
    )
    if ((flags & ~CONSTRUCTED) !== 0) {
      this.#library.clearErrors()
      return false
    }
    // Both are in memory of a few KiB, so the lower halves of their addresses tell how far it is.
    this.#bodyAt = (words[WORD.pointer]! - this.#certificateLow) | 0
    this.#end = this.#bodyAt + words[WORD.length]!
    this.#tag = words[WORD.tag]!
    this.#class = words[WORD.class]!
    this.#isConstructed = flags === CONSTRUCTED
    return true
  }
}

/** A loop of its own: V8 compiles what one is in, with all that is called there. */
function hasPrefix(der: Uint8Array, at: number): boolean {
  for (let i = 0; i < P256_INFO_PREFIX.length; i++) if (der[at + i] !== P256_INFO_PREFIX[i]) return false
  return true
}
