import { CAUSE_PROTOCOL_VIOLATION, causeWithText, type ErrorCause } from './packet/error-cause.js'

/** Why we end an association: the cause for the peer's ABORT, and the words for our own error. */
export interface Violation {
  readonly cause: ErrorCause
  readonly message: string
}

/** The peer did what no RFC allows: Protocol Violation, with words (RFC 9260 §3.3.10.13). */
export function violation(message: string): Violation {
  return { cause: causeWithText(CAUSE_PROTOCOL_VIOLATION, message), message }
}
