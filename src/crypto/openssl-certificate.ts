/**
 * Where the key stands in an X.509 certificate (RFC 5280 §4.1), asked of the OpenSSL inside the runtime field by field: it reads keys
 * of all kinds by way of its decoders, which it looks for each time anew, and that is most of what reading a certificate takes it.
 */
import type { Koffi, NativeFunction } from '../ffi/index.js'
import type { LibCrypto, Memory } from './libcrypto.js'
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

interface Field {
  readonly tag: number
  readonly tagClass: number
  readonly isConstructed: boolean
  readonly bodyAt: number
  readonly end: number
}

export class OpenSslCertificateReader {
  readonly #library: LibCrypto
  readonly #readHeader: NativeFunction
  readonly #memory: Memory
  /** Signed: all numbers that come of them are small ones to V8, of one kind. */
  readonly #words: Int32Array

  constructor(koffi: Koffi, library: LibCrypto) {
    const pointer = 'uintptr_t'
    const parameters = [pointer, pointer, pointer, pointer, 'size_t'] as const
    this.#readHeader = koffi.load(null).func('ASN1_get_object', 'int', parameters)
    this.#library = library
    this.#memory = library.memory(CERTIFICATE_AT + MAX_CERTIFICATE_BYTES)
    this.#words = new Int32Array(this.#memory.buffer, 0, CERTIFICATE_AT / 4)
    const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
    if (!isLittleEndian) throw new Error('addresses are not written as is done here')
  }

  /** The point that the certificate is about; `undefined` where it has another kind of key, another form, or is none. */
  p256PointOf(der: Uint8Array): Uint8Array | undefined {
    if (der.length > MAX_CERTIFICATE_BYTES) return undefined
    this.#memory.bytes.set(der, CERTIFICATE_AT)
    const info = this.#publicKeyInfo(der.length)
    if (info === undefined || info.end - info.at !== P256_INFO_PREFIX.length + COORDINATES_BYTES) return undefined
    for (let i = 0; i < P256_INFO_PREFIX.length; i++) if (der[info.at + i] !== P256_INFO_PREFIX[i]) return undefined
    return der.slice(info.at + P256_INFO_PREFIX.length - 1, info.end)
  }

  #publicKeyInfo(end: number): { readonly at: number; readonly end: number } | undefined {
    const certificate = this.#field(SEQUENCE, 0, end)
    const signed = certificate && this.#field(SEQUENCE, certificate.bodyAt, certificate.end)
    const algorithm = signed && this.#field(SEQUENCE, signed.end, certificate.end)
    const signature = algorithm && this.#field(BIT_STRING, algorithm.end, certificate.end)
    if (certificate?.end !== end || signature?.end !== end) return undefined
    const version = this.#read(signed!.bodyAt, signed!.end)
    if (version === undefined) return undefined
    let at = version.tagClass === CONTEXT_SPECIFIC && version.tag === 0 ? version.end : signed!.bodyAt
    // serialNumber, signature, issuer, validity, subject
    for (const tag of [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE]) {
      const field = this.#field(tag, at, signed!.end)
      if (field === undefined) return undefined
      at = field.end
    }
    const info = this.#field(SEQUENCE, at, signed!.end)
    return info && { at, end: info.end }
  }

  #field(tag: number, at: number, end: number): Field | undefined {
    const field = this.#read(at, end)
    const isIt = field?.tag === tag && field.tagClass === UNIVERSAL && field.isConstructed === (tag === SEQUENCE)
    return isIt ? field : undefined
  }

  /** The header at `at`; `undefined` where there is none, or what it announces reaches beyond `end`, or has no length. */
  #read(at: number, end: number): Field | undefined {
    if (at >= end) return undefined
    const words = this.#words
    const { address: start } = this.#memory
    const address = start + CERTIFICATE_AT + at
    const addressLow = address | 0
    words[WORD.pointer] = addressLow
    words[WORD.pointer + 1] = Math.floor(address / 2 ** 32)
    const flags = this.#readHeader(
      start,
      start + 4 * WORD.length,
      start + 4 * WORD.tag,
      start + 4 * WORD.class,
      end - at,
    )
    if ((flags & ~CONSTRUCTED) !== 0) {
      this.#library.clearErrors()
      return undefined
    }
    // Both are in memory of a few KiB, so the lower halves of their addresses tell how far it is.
    const bodyAt = at + ((words[WORD.pointer]! - addressLow) | 0)
    const { [WORD.length]: length, [WORD.tag]: tag, [WORD.class]: tagClass } = words
    return { tag: tag!, tagClass: tagClass!, isConstructed: flags === CONSTRUCTED, bodyAt, end: bodyAt + length! }
  }
}
