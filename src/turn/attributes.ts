/**
 * The methods and attributes of TURN (RFC 8656 §17, §18). Numbers are big-endian; what is reserved is zero and not looked at.
 */
import { ByteReader, type IpFamily } from '../core/index.js'
import {
  xorAddressAttribute,
  textAttribute,
  type AttributeCodec,
  type StunAddress,
  type StunError,
} from '../stun/index.js'

export const METHOD_ALLOCATE = 0x003
export const METHOD_REFRESH = 0x004
export const METHOD_SEND = 0x006
export const METHOD_DATA = 0x007
export const METHOD_CREATE_PERMISSION = 0x008
export const METHOD_CHANNEL_BIND = 0x009

/** The protocol number of UDP, in the first byte of REQUESTED-TRANSPORT (RFC 8656 §18.8). */
export const TRANSPORT_UDP = 17

const FAMILY_NUMBERS: Readonly<Record<IpFamily, number>> = { IPv4: 1, IPv6: 2 }

/** RFC 8656 §18.1: 16 bits, and 16 that are reserved. */
export const CHANNEL_NUMBER: AttributeCodec<number> = {
  type: 0x000c,
  name: 'CHANNEL-NUMBER',
  parse: (value) => (value.length === 4 ? new ByteReader(value).uint16() : undefined),
  write: (writer, channel) => void writer.uint16(channel).uint16(0),
}

/** RFC 8656 §18.2: seconds. */
export const LIFETIME: AttributeCodec<number> = {
  type: 0x000d,
  name: 'LIFETIME',
  parse: (value) => (value.length === 4 ? new ByteReader(value).uint32() : undefined),
  write: (writer, seconds) => void writer.uint32(seconds),
}

export const XOR_PEER_ADDRESS: AttributeCodec<StunAddress> = xorAddressAttribute(0x0012, 'XOR-PEER-ADDRESS')

export const DATA: AttributeCodec<Uint8Array> = {
  type: 0x0013,
  name: 'DATA',
  parse: (value) => value,
  write: (writer, data) => void writer.bytes(data),
}

export const XOR_RELAYED_ADDRESS: AttributeCodec<StunAddress> = xorAddressAttribute(0x0016, 'XOR-RELAYED-ADDRESS')

export const REQUESTED_ADDRESS_FAMILY = familyAttribute(0x0017, 'REQUESTED-ADDRESS-FAMILY')

/** RFC 8656 §18.8: one byte, and three that are reserved. */
export const REQUESTED_TRANSPORT: AttributeCodec<number> = {
  type: 0x0019,
  name: 'REQUESTED-TRANSPORT',
  parse: (value) => (value.length === 4 ? value[0] : undefined),
  write: (writer, protocol) => void writer.uint8(protocol).uint24(0),
}

/** RFC 8656 §18.11: another relayed address, of this family, on the same allocation. Servers of old do not know it. */
export const ADDITIONAL_ADDRESS_FAMILY = familyAttribute(0x8000, 'ADDITIONAL-ADDRESS-FAMILY')

/**
 * Deviation: the number of draft-martinsen-tram-ssoda, and no other attribute's since. coturn (4.6) knows this one alone, and
 * who knows neither may ignore both.
 */
export const DRAFT_ADDITIONAL_ADDRESS_FAMILY = familyAttribute(0x8032, 'ADDITIONAL-ADDRESS-FAMILY of the draft')

/** RFC 8656 §18.12: why there is no relayed address of one family. */
export const ADDRESS_ERROR_CODE: AttributeCodec<StunError & { readonly family: IpFamily }> = {
  type: 0x8001,
  name: 'ADDRESS-ERROR-CODE',
  parse(value) {
    const family = value.length >= 4 ? familyOf(value[0]!) : undefined
    const hundreds = value[2]! & 0b111
    if (family === undefined || hundreds < 3 || hundreds > 6 || value[3]! > 99) return undefined
    return { family, code: hundreds * 100 + value[3]!, reason: '' }
  },
  write(writer, { family, code }) {
    writer.uint8(FAMILY_NUMBERS[family]).uint8(0)
    writer.uint8(Math.floor(code / 100)).uint8(code % 100)
  },
}

/** RFC 8489 §14.16: the name in the certificate of the server that ALTERNATE-SERVER points to. */
export const ALTERNATE_DOMAIN = textAttribute(0x8003, 'ALTERNATE-DOMAIN', 255)

/** What a client must understand besides the attributes of STUN. */
export const TURN_ATTRIBUTES = [
  CHANNEL_NUMBER,
  LIFETIME,
  XOR_PEER_ADDRESS,
  DATA,
  XOR_RELAYED_ADDRESS,
  REQUESTED_ADDRESS_FAMILY,
  REQUESTED_TRANSPORT,
] as const

/** RFC 8656 §18.6: one byte, and three that are reserved. */
function familyAttribute(type: number, name: string): AttributeCodec<IpFamily> {
  return {
    type,
    name,
    parse: (value) => (value.length === 4 ? familyOf(value[0]!) : undefined),
    write: (writer, family) => void writer.uint8(FAMILY_NUMBERS[family]).uint24(0),
  }
}

function familyOf(number: number): IpFamily | undefined {
  if (number === FAMILY_NUMBERS.IPv4) return 'IPv4'
  return number === FAMILY_NUMBERS.IPv6 ? 'IPv6' : undefined
}
