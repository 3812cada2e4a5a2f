/**
 * PRIORITY (32 bits), USE-CANDIDATE (empty), ICE-CONTROLLED and ICE-CONTROLLING (a 64-bit tie-breaker), RFC 8445 §16.1.
 */
import { ByteReader } from '../../core/index.js'
import type { AttributeCodec } from '../attribute.js'

export const PRIORITY: AttributeCodec<number> = {
  type: 0x0024,
  name: 'PRIORITY',
  parse: (value) => (value.length === 4 ? new ByteReader(value).uint32() : undefined),
  write: (writer, value) => void writer.uint32(value),
}

export const USE_CANDIDATE: AttributeCodec<true> = {
  type: 0x0025,
  name: 'USE-CANDIDATE',
  parse: (value) => (value.length === 0 ? true : undefined),
  write: () => undefined,
}

export const ICE_CONTROLLED = tieBreaker(0x8029, 'ICE-CONTROLLED')
export const ICE_CONTROLLING = tieBreaker(0x802a, 'ICE-CONTROLLING')

function tieBreaker(type: number, name: string): AttributeCodec<bigint> {
  return {
    type,
    name,
    parse: (value) => (value.length === 8 ? new ByteReader(value).uint64() : undefined),
    write: (writer, value) => void writer.uint64(value),
  }
}
