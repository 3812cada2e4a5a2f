import { ByteWriter } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import type { AttributeCodec } from './attribute.js'
import { FINGERPRINT_ATTRIBUTE_BYTES, fingerprint } from './fingerprint.js'
import { INTEGRITY_BYTES, INTEGRITY_TYPE, type IntegrityKind } from './integrity.js'
import { encodeMessageType, HEADER_BYTES, MAGIC_COOKIE, TYPE_FINGERPRINT, type StunClass } from './message.js'

/** Of the last message that was finished: most are written one after the other, and 256 bytes for each are dear. */
let spareWriter: ByteWriter | undefined

/** Writes one message: attributes in order, then integrity, then the fingerprint, as far as they are wanted. */
export class StunMessageBuilder {
  readonly #writer: ByteWriter
  readonly #transactionId: Uint8Array

  constructor(stunClass: StunClass, method: number, transactionId: Uint8Array) {
    this.#transactionId = transactionId
    this.#writer = spareWriter?.clear() ?? new ByteWriter()
    spareWriter = undefined // another message may begin before this one is finished
    this.#writer.uint16(encodeMessageType(stunClass, method)).uint16(0).uint32(MAGIC_COOKIE).bytes(transactionId)
  }

  add<Value>(codec: AttributeCodec<Value>, value: Value): this {
    const writer = this.#writer
    const start = writer.length
    codec.write(writer.uint16(codec.type).uint16(0), value, this.#transactionId)
    writer.setUint16(start + 2, writer.length - start - 4).padTo4()
    return this
  }

  integrity(crypto: Crypto, key: Uint8Array, kind: IntegrityKind = 'sha1'): this {
    const length = INTEGRITY_BYTES[kind]
    const writer = this.#writer
    writer.setUint16(2, writer.length - HEADER_BYTES + 4 + length)
    const before = writer.finish()
    const tag = kind === 'sha1' ? crypto.hmacSha1(key, before, before.length) : crypto.hmac(kind, key, before)
    writer.uint16(INTEGRITY_TYPE[kind]).uint16(length).bytes(tag.subarray(0, length))
    return this
  }

  fingerprint(): this {
    const writer = this.#writer
    writer.setUint16(2, writer.length - HEADER_BYTES + FINGERPRINT_ATTRIBUTE_BYTES)
    const value = fingerprint(writer.finish(), writer.length)
    writer.uint16(TYPE_FINGERPRINT).uint16(4).uint32(value)
    return this
  }

  /** The datagram, in memory of its own. The builder has done its work. */
  finish(): Uint8Array {
    this.#writer.setUint16(2, this.#writer.length - HEADER_BYTES)
    spareWriter = this.#writer
    return this.#writer.finish().slice()
  }
}
