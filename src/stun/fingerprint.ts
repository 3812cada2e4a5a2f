/** FINGERPRINT (RFC 8489 §14.7): CRC-32 of all before it xor 0x5354554e, to tell STUN from what shares its port. */
import { ByteReader } from '../core/index.js'
import { rawAttribute } from './attribute.js'
import { TYPE_FINGERPRINT, type StunMessage } from './message.js'

const FINGERPRINT_XOR = 0x5354554e
/** Type, length, value. */
export const FINGERPRINT_ATTRIBUTE_BYTES = 8

/** The CRC-32 of ITU V.42, reflected: polynomial 0xEDB88320. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

/** The value over a message up to where the attribute stands; its header must count the attribute already. */
export function fingerprint(before: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of before) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8)
  return (~crc ^ FINGERPRINT_XOR) >>> 0
}

/** Whether the message ends with the fingerprint that it should have. */
export function hasValidFingerprint(message: StunMessage): boolean {
  const attribute = rawAttribute(message, TYPE_FINGERPRINT)
  if (attribute?.value.length !== 4) return false
  return new ByteReader(attribute.value).uint32() === fingerprint(message.bytes.subarray(0, attribute.offset))
}
