import type { JsepError } from '../jsep/types.js'
import { RTCError } from './rtc-error.js'

const NAMES = {
  InvalidState: 'InvalidStateError',
  InvalidAccess: 'InvalidAccessError',
  InvalidModification: 'InvalidModificationError',
  Operation: 'OperationError',
} as const

/** What a promise is rejected with when the peer refused a description or candidate. */
export function descriptionError(error: JsepError): Error {
  if (error.kind === 'Type') return new TypeError(error.message)
  if (error.kind !== 'SdpSyntax') return new DOMException(error.message, NAMES[error.kind])
  const { line } = error
  return new RTCError(
    { errorDetail: 'sdp-syntax-error', ...(line !== undefined && { sdpLineNumber: line }) },
    error.message,
  )
}
