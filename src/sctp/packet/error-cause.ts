/**
 * Error causes of ABORT and ERROR (RFC 9260 §3.3.10, https://www.rfc-editor.org/rfc/rfc9260#section-3.3.10).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------------------------------+-------------------------------+
 *  |          Cause Code           |         Cause Length          |
 *  +-------------------------------+-------------------------------+
 *  \                  Cause-Specific Information                   \
 *  +---------------------------------------------------------------+
 */
import { ByteWriter, concatBytes, decodeUtf8, encodeUtf8 } from '../../core/index.js'
import { eachTlv, encodeTlv } from './tlv.js'

export const CAUSE_INVALID_STREAM = 1
export const CAUSE_STALE_COOKIE = 3
export const CAUSE_OUT_OF_RESOURCE = 4
export const CAUSE_UNRESOLVABLE_ADDRESS = 5
export const CAUSE_UNRECOGNIZED_CHUNK = 6
export const CAUSE_INVALID_MANDATORY_PARAMETER = 7
export const CAUSE_NO_USER_DATA = 9
export const CAUSE_USER_INITIATED_ABORT = 12
export const CAUSE_PROTOCOL_VIOLATION = 13

const CAUSE_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'Invalid Stream Identifier'],
  [2, 'Missing Mandatory Parameter'],
  [3, 'Stale Cookie'],
  [4, 'Out of Resource'],
  [5, 'Unresolvable Address'],
  [6, 'Unrecognized Chunk Type'],
  [7, 'Invalid Mandatory Parameter'],
  [8, 'Unrecognized Parameters'],
  [9, 'No User Data'],
  [10, 'Cookie Received While Shutting Down'],
  [11, 'Restart of an Association with New Addresses'],
  [12, 'User-Initiated Abort'],
  [13, 'Protocol Violation'],
])

export interface ErrorCause {
  readonly code: number
  readonly information: Uint8Array
}

/** A chunk may repeat itself 16,000 times; we want to know the first few. */
const MAX_CAUSES = 8
/** Enough for a sentence; an ABORT has to fit its packet. */
const MAX_REASON_BYTES = 512

export function parseErrorCauses(body: Uint8Array): readonly ErrorCause[] | undefined {
  const causes: ErrorCause[] = []
  for (const tlv of eachTlv(body)) {
    if (tlv === undefined) return undefined
    if (causes.length < MAX_CAUSES) causes.push({ code: tlv.type, information: tlv.value })
  }
  return causes
}

export function encodeErrorCauses(causes: readonly ErrorCause[]): Uint8Array {
  return concatBytes(...causes.map((cause) => encodeTlv(cause.code, cause.information)))
}

/** A cause that carries words, as User-Initiated Abort and Protocol Violation do. */
export function causeWithText(code: number, text: string): ErrorCause {
  let end = text.length
  let information = encodeUtf8(text)
  while (information.length > MAX_REASON_BYTES) {
    end = Math.min(end - 1, MAX_REASON_BYTES)
    information = encodeUtf8(text.slice(0, end))
  }
  return { code, information }
}

export function invalidStreamCause(streamId: number): ErrorCause {
  return { code: CAUSE_INVALID_STREAM, information: new ByteWriter(4).uint16(streamId).uint16(0).finish() }
}

/** The cause in words, for an error that a person reads. */
export function describeCause(cause: ErrorCause): string {
  const name = CAUSE_NAMES.get(cause.code) ?? `cause ${cause.code}`
  const carriesText = cause.code === CAUSE_USER_INITIATED_ABORT || cause.code === CAUSE_PROTOCOL_VIOLATION
  return carriesText && cause.information.length > 0 ? `${name}: ${decodeUtf8(cause.information)}` : name
}
