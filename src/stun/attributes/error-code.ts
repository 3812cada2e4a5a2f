/**
 * ERROR-CODE (RFC 8489 §14.8).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-----------------------------------------+-----+---------------+
 *  |               Reserved (0)              |Class|    Number     |
 *  +-----------------------------------------+-----+---------------+
 *  |                    Reason Phrase (UTF-8)                      |
 *  +---------------------------------------------------------------+
 */
import { ByteReader, decodeUtf8, encodeUtf8 } from '../../core/index.js'
import type { AttributeCodec } from '../attribute.js'

export interface StunError {
  /** 300 to 699. */
  readonly code: number
  readonly reason: string
}

/** RFC 8489 §14.8: up to 128 characters, which can be as long as 763 bytes. */
const MAX_REASON_BYTES = 763

export const ERROR_CODE: AttributeCodec<StunError> = {
  type: 0x0009,
  name: 'ERROR-CODE',
  parse(value) {
    const reader = new ByteReader(value)
    reader.skip(2)
    const hundreds = reader.uint8() & 0b111
    const number = reader.uint8()
    if (!reader.ok || hundreds < 3 || hundreds > 6 || number > 99 || reader.remaining > MAX_REASON_BYTES)
      return undefined
    return { code: hundreds * 100 + number, reason: decodeUtf8(reader.rest()) }
  },
  write(writer, { code, reason }) {
    writer
      .uint16(0)
      .uint8(Math.floor(code / 100))
      .uint8(code % 100)
      .bytes(encodeUtf8(reason))
  },
}
