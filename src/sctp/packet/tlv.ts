/**
 * Type-length-value elements: the parameters of INIT and RE-CONFIG (RFC 9260 §3.2.1) and error causes (§3.3.10).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------------------------------+-------------------------------+
 *  |             Type              |   Length (4 + that of value)  |
 *  +-------------------------------+-------------------------------+
 *  \                     Value, padded to four                     \
 *  +---------------------------------------------------------------+
 */
import { ByteWriter } from '../../core/index.js'
import { paddedLength, uint16At } from './wire.js'

const TLV_HEADER_LENGTH = 4

export interface Tlv {
  readonly type: number
  readonly value: Uint8Array
  /** Header and value, without padding: what is reported back when the type is unknown. */
  readonly whole: Uint8Array
}

/** Yields each element, and `undefined` as the last one when a length is bad. The last padding may be absent. */
export function* eachTlv(bytes: Uint8Array): Generator<Tlv | undefined, void> {
  let at = 0
  while (at < bytes.length) {
    if (at + TLV_HEADER_LENGTH > bytes.length) {
      yield undefined
      return
    }
    const length = uint16At(bytes, at + 2)
    // A length below four would make the walk stand still (or go back).
    if (length < TLV_HEADER_LENGTH || at + length > bytes.length) {
      yield undefined
      return
    }
    const whole = bytes.subarray(at, at + length)
    yield { type: uint16At(bytes, at), value: whole.subarray(TLV_HEADER_LENGTH), whole }
    at += paddedLength(length)
  }
}

export function writeTlv(writer: ByteWriter, type: number, value: Uint8Array): void {
  writer
    .uint16(type)
    .uint16(TLV_HEADER_LENGTH + value.length)
    .bytes(value)
    .padTo4()
}

export function encodeTlv(type: number, value: Uint8Array): Uint8Array {
  const writer = new ByteWriter(paddedLength(TLV_HEADER_LENGTH + value.length))
  writeTlv(writer, type, value)
  return writer.finish()
}
