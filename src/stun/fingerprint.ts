/** FINGERPRINT (RFC 8489 §14.7): CRC-32 of all before it xor 0x5354554e, to tell STUN from what shares its port. */
import { ByteReader } from '../core/index.js'
import { rawAttribute } from './attribute.js'
import { TYPE_FINGERPRINT, type StunMessage } from './message.js'

const FINGERPRINT_XOR = 0x5354554e
export const FINGERPRINT_BYTES = 4
/** Type, length, value. */
export const FINGERPRINT_ATTRIBUTE_BYTES = 4 + FINGERPRINT_BYTES

/** The CRC-32 of ITU V.42, reflected: polynomial 0xEDB88320. Signed, as what is above 2^31 is an object each to code that is not optimised. */
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, index) => {
  let crc = index
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

/** The value over a message up to where the attribute stands, at `end`; its header must count the attribute already. */
export function fingerprint(message: Uint8Array, end: number): number {
  let crc = -1
  for (let i = 0; i < end; i++) crc = CRC_TABLE[(crc ^ message[i]!) & 0xff]! ^ (crc >>> 8)
  return (~crc ^ FINGERPRINT_XOR) >>> 0
}

/** Whether the message ends with the fingerprint that it should have. */
export function hasValidFingerprint(message: StunMessage): boolean {
  const attribute = rawAttribute(message, TYPE_FINGERPRINT)
  if (attribute?.value.length !== FINGERPRINT_BYTES) return false
  return new ByteReader(attribute.value).uint32() === fingerprint(message.bytes, attribute.offset)
}
