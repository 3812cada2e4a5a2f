/** Chunk types of RFC 9260 §3.2, RFC 3758 §3.2, RFC 6525 §3.1 and RFC 8260 §2. */
export const CHUNK_DATA = 0x00
export const CHUNK_INIT = 0x01
export const CHUNK_INIT_ACK = 0x02
export const CHUNK_SACK = 0x03
export const CHUNK_HEARTBEAT = 0x04
export const CHUNK_HEARTBEAT_ACK = 0x05
export const CHUNK_ABORT = 0x06
export const CHUNK_SHUTDOWN = 0x07
export const CHUNK_SHUTDOWN_ACK = 0x08
export const CHUNK_ERROR = 0x09
export const CHUNK_COOKIE_ECHO = 0x0a
export const CHUNK_COOKIE_ACK = 0x0b
export const CHUNK_SHUTDOWN_COMPLETE = 0x0e
export const CHUNK_I_DATA = 0x40
export const CHUNK_RECONFIG = 0x82
/** RFC 4820. */
export const CHUNK_PAD = 0x84
export const CHUNK_FORWARD_TSN = 0xc0
export const CHUNK_I_FORWARD_TSN = 0xc2

/** What to do with a type that we do not know: its two highest bits say (RFC 9260 §3.2, §3.2.1). */
export interface UnknownTypeAction {
  readonly skip: boolean
  readonly report: boolean
}

export function unknownChunkAction(type: number): UnknownTypeAction {
  return { skip: (type & 0x80) !== 0, report: (type & 0x40) !== 0 }
}

export function unknownParameterAction(type: number): UnknownTypeAction {
  return { skip: (type & 0x8000) !== 0, report: (type & 0x4000) !== 0 }
}
