import type { ProtocolError } from '../core/index.js'
import {
  defineInterface,
  dictionary,
  domString,
  enumeration,
  isObject,
  long,
  optional,
  required,
  unsignedLong,
} from './webidl/index.js'

/**
 * What failed; the two of hardware encoders are for scripts alone, as there are no encoders here.
 * @see https://www.w3.org/TR/webrtc/#rtcerrordetailtype-enum
 */
export type RTCErrorDetailType =
  | 'data-channel-failure'
  | 'dtls-failure'
  | 'fingerprint-failure'
  | 'sctp-failure'
  | 'sdp-syntax-error'
  | 'hardware-encoder-not-available'
  | 'hardware-encoder-error'

/**
 * What an RTCError is constructed with: its attributes, null where they are absent.
 * @see https://www.w3.org/TR/webrtc/#dom-rtcerrorinit
 */
export interface RTCErrorInit {
  /** Required: what failed. */
  errorDetail: RTCErrorDetailType
  /** The line of the description, counted from 1, in which the error is. */
  sdpLineNumber?: number
  /** The SCTP error cause code (RFC 9260 §3.3.10). */
  sctpCauseCode?: number
  /** The fatal DTLS alert (RFC 8446 §6) that the peer sent. */
  receivedAlert?: number
  /** The fatal DTLS alert that this side sent. */
  sentAlert?: number
}

const errorInit = dictionary<RTCErrorInit>('RTCErrorInit', {
  errorDetail: required(
    enumeration<RTCErrorDetailType>('RTCErrorDetailType', [
      'data-channel-failure',
      'dtls-failure',
      'fingerprint-failure',
      'sctp-failure',
      'sdp-syntax-error',
      'hardware-encoder-not-available',
      'hardware-encoder-error',
    ]),
  ),
  sdpLineNumber: optional(long),
  sctpCauseCode: optional(long),
  receivedAlert: optional(unsignedLong),
  sentAlert: optional(unsignedLong),
})

export let isRtcError: (value: unknown) => value is RTCError

/**
 * A DOMException named `OperationError` that knows what failed in WebRTC. Where a transport failed, `cause` is a
 * DOMException named `NetworkError` whose message says what happened to it.
 * @see https://www.w3.org/TR/webrtc/#rtcerror-interface
 */
export class RTCError extends DOMException {
  readonly #init: RTCErrorInit

  /** @throws TypeError when `errorDetail` is missing or unknown */
  constructor(init: RTCErrorInit, message = '') {
    const context = "Failed to construct 'RTCError'"
    const converted = errorInit(init, context)
    // 4. Invoke the DOMException constructor of e with message and the name "OperationError".
    super(domString(message, context), 'OperationError')
    // 5. Set all RTCError attributes of e to the corresponding member of init if present, otherwise to null.
    this.#init = converted
  }

  /** What failed; decides which of the attributes after it are not null. */
  get errorDetail(): RTCErrorDetailType {
    return this.#init.errorDetail
  }

  /** The line of the description, counted from 1, in which the error is; null but for `sdp-syntax-error`. */
  get sdpLineNumber(): number | null {
    return this.#init.sdpLineNumber ?? null
  }

  /** The SCTP error cause code (RFC 9260 §3.3.10): 12 for an abort by the peer's application; null where unknown. */
  get sctpCauseCode(): number | null {
    return this.#init.sctpCauseCode ?? null
  }

  /** The fatal DTLS alert (RFC 8446 §6) that the peer sent; null where there was none. */
  get receivedAlert(): number | null {
    return this.#init.receivedAlert ?? null
  }

  /** The fatal DTLS alert that this side sent; null where there was none. */
  get sentAlert(): number | null {
    return this.#init.sentAlert ?? null
  }

  static {
    defineInterface(this, 'RTCError')
    isRtcError = (value): value is RTCError => isObject(value) && #init in value
  }
}

/** The error of a transport or channel that went down, with the transport's reason as its cause. */
export function transportError(errorDetail: RTCErrorDetailType, reason: ProtocolError): RTCError {
  const { sctpCauseCode, receivedAlert, sentAlert } = reason.details
  const error = new RTCError(
    {
      errorDetail,
      ...(sctpCauseCode !== undefined && { sctpCauseCode }),
      ...(receivedAlert !== undefined && { receivedAlert }),
      ...(sentAlert !== undefined && { sentAlert }),
    },
    reason.message,
  )
  Object.defineProperty(error, 'cause', {
    value: new DOMException(reason.message, 'NetworkError'),
    writable: true,
    configurable: true,
  })
  return error
}
