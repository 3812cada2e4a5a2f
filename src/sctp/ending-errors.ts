import { ProtocolError } from '../core/index.js'
import { CAUSE_STALE_COOKIE, describeCause, type ErrorCause, parseErrorCauses } from './packet/error-cause.js'

/** What the peer's ABORT tells (RFC 9260 §3.3.7). */
export function errorOfAbort(body: Uint8Array): ProtocolError {
  const cause = parseErrorCauses(body)?.[0]
  const words = cause === undefined ? 'it gave no cause' : describeCause(cause)
  const details = cause === undefined ? {} : { sctpCauseCode: cause.code }
  return new ProtocolError('sctp.abort', `the peer aborted the association (${words})`, details)
}

export function violationError(message: string, cause: ErrorCause): ProtocolError {
  return new ProtocolError('sctp.violation', message, { sctpCauseCode: cause.code })
}

export function timeoutError(message: string): ProtocolError {
  return new ProtocolError('sctp.timeout', message)
}

/** Whether an ERROR chunk says that our cookie is stale (RFC 9260 §3.3.10.3). */
export function saysStaleCookie(body: Uint8Array): boolean {
  return parseErrorCauses(body)?.some((cause) => cause.code === CAUSE_STALE_COOKIE) === true
}
