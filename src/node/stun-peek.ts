/** What a demultiplexer reads of STUN messages (RFC 8489 §5, §14.3) without judging them: the ICE agents behind it do. */

const HEADER_BYTES = 20
const MAGIC_COOKIE = 0x2112a442
const ATTRIBUTE_HEADER_BYTES = 4
const USERNAME = 0x0006
/** RFC 8489 §14.3: fewer than 509 bytes. */
const MAX_USERNAME_BYTES = 508
const TRANSACTION_ID_AT = 8

export const BINDING_REQUEST = 0x0001
export const BINDING_SUCCESS = 0x0101

/** The message type; `undefined` for what is no STUN. */
export function stunType(data: Uint8Array): number | undefined {
  if (data.length < HEADER_BYTES || data[0]! > 3) return undefined
  const cookie = (data[4]! << 24) | (data[5]! << 16) | (data[6]! << 8) | data[7]!
  return cookie === MAGIC_COOKIE ? (data[0]! << 8) | data[1]! : undefined
}

export function isResponse(type: number): boolean {
  return (type & 0x0100) !== 0
}

/** The transaction id in two halves of 48 bits, which numbers hold exactly. */
export interface TransactionHalves {
  readonly first: number
  readonly second: number
}

export function transactionHalves(data: Uint8Array): TransactionHalves {
  return { first: uint48At(data, TRANSACTION_ID_AT), second: uint48At(data, TRANSACTION_ID_AT + 6) }
}

function uint48At(data: Uint8Array, at: number): number {
  const high = (data[at]! << 8) | data[at + 1]!
  const low = (data[at + 2]! << 24) | (data[at + 3]! << 16) | (data[at + 4]! << 8) | data[at + 5]!
  return high * 2 ** 32 + (low >>> 0)
}

export interface UsernameHalves {
  /** Of the side that the request came to. */
  readonly local: string
  /** Of the side that it came from. */
  readonly remote: string
}

/** The USERNAME of a connectivity check (RFC 8445 §7.2.2); `undefined` when it is none. */
export function usernameHalves(data: Uint8Array): UsernameHalves | undefined {
  for (let at = HEADER_BYTES; at + ATTRIBUTE_HEADER_BYTES <= data.length;) {
    const type = (data[at]! << 8) | data[at + 1]!
    const length = (data[at + 2]! << 8) | data[at + 3]!
    const value = at + ATTRIBUTE_HEADER_BYTES
    if (value + length > data.length) return undefined
    if (type === USERNAME) return length > MAX_USERNAME_BYTES ? undefined : halves(data, value, length)
    at = value + Math.ceil(length / 4) * 4
  }
  return undefined
}

function halves(data: Uint8Array, at: number, length: number): UsernameHalves | undefined {
  const text = Buffer.from(data.buffer, data.byteOffset + at, length).toString('latin1')
  const colon = text.indexOf(':')
  return colon < 1 ? undefined : { local: text.slice(0, colon), remote: text.slice(colon + 1) }
}
