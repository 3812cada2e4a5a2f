/**
 * MAPPED-ADDRESS, XOR-MAPPED-ADDRESS and ALTERNATE-SERVER (RFC 8489 §14.1, §14.2, §14.15).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  |0 0 0 0 0 0 0 0|  Family 1, 2  |   Port (xor the cookie's top) |
 *  +---------------+---------------+-------------------------------+
 *  |   Address, 32 or 128 bits (xor the cookie, transaction id)    |
 *  +---------------------------------------------------------------+
 */
import { formatIpAddress, writeIpAddress } from '../../core/index.js'
import type { AttributeCodec } from '../attribute.js'
import { MAGIC_COOKIE } from '../message.js'

/** An IP address in canonical text and a port. */
export interface StunAddress {
  readonly address: string
  readonly port: number
}

const FAMILY_IPV4 = 1
const FAMILY_IPV6 = 2

/** What addresses are masked with: nothing, and the cookie with room for a transaction id after it. */
const NOTHING = new Uint8Array(16)
const MASK = new Uint8Array(16)
new DataView(MASK.buffer).setUint32(0, MAGIC_COOKIE)
/** Where an address is masked, and unmasked. */
const MASKED = new Uint8Array(16)

/** An attribute that holds an address in the clear. */
export function addressAttribute(type: number, name: string): AttributeCodec<StunAddress> {
  return masked(type, name, () => NOTHING)
}

/** An attribute that holds an address where NATs that rewrite payloads do not recognize it. */
export function xorAddressAttribute(type: number, name: string): AttributeCodec<StunAddress> {
  return masked(type, name, cookieAndTransactionId)
}

export const MAPPED_ADDRESS = addressAttribute(0x0001, 'MAPPED-ADDRESS')
export const XOR_MAPPED_ADDRESS = xorAddressAttribute(0x0020, 'XOR-MAPPED-ADDRESS')
export const ALTERNATE_SERVER = addressAttribute(0x8023, 'ALTERNATE-SERVER')

function masked(
  type: number,
  name: string,
  maskOf: (transactionId: Uint8Array) => Uint8Array,
): AttributeCodec<StunAddress> {
  return {
    type,
    name,
    parse(value, transactionId) {
      const family = value[1]
      const addressBytes = family === FAMILY_IPV4 ? 4 : 16
      if ((family !== FAMILY_IPV4 && family !== FAMILY_IPV6) || value.length !== 4 + addressBytes) return undefined
      const mask = maskOf(transactionId)
      const port = ((value[2]! << 8) | value[3]!) ^ ((mask[0]! << 8) | mask[1]!)
      for (let i = 0; i < addressBytes; i++) MASKED[i] = value[4 + i]! ^ mask[i]!
      return { address: formatIpAddress(MASKED, 0, addressBytes)!, port }
    },
    write(writer, value, transactionId) {
      // An address that is no IP address cannot be told; all zeros is what the unspecified address looks like.
      MASKED.fill(0)
      const addressBytes = writeIpAddress(value.address, MASKED, 0) || 4
      const mask = maskOf(transactionId)
      writer.uint8(0).uint8(addressBytes === 4 ? FAMILY_IPV4 : FAMILY_IPV6)
      writer.uint16(value.port ^ ((mask[0]! << 8) | mask[1]!))
      for (let i = 0; i < addressBytes; i++) MASKED[i]! ^= mask[i]!
      writer.bytes(MASKED.subarray(0, addressBytes))
    },
  }
}

/** Valid until the next call. */
function cookieAndTransactionId(transactionId: Uint8Array): Uint8Array {
  MASK.set(transactionId, 4)
  return MASK
}
