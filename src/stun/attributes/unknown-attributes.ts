/** UNKNOWN-ATTRIBUTES (RFC 8489 §14.13): 16-bit types, those that a 420 error is about. */
import { ByteReader } from '../../core/index.js'
import type { AttributeCodec } from '../attribute.js'

export const UNKNOWN_ATTRIBUTES: AttributeCodec<readonly number[]> = {
  type: 0x000a,
  name: 'UNKNOWN-ATTRIBUTES',
  parse(value) {
    if (value.length % 2 !== 0) return undefined
    const reader = new ByteReader(value)
    const types: number[] = []
    while (reader.remaining > 0) types.push(reader.uint16())
    return types
  },
  write(writer, types) {
    for (const type of types) writer.uint16(type)
  },
}
