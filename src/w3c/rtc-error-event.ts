import { eventInitMembers, type EventInit } from './event-init.js'
import { isRtcError, type RTCError } from './rtc-error.js'
import { defineInterface, dictionary, domString, instance, required } from './webidl/index.js'

/** What an RTCErrorEvent is constructed with. @see https://www.w3.org/TR/webrtc/#dom-rtcerroreventinit */
export interface RTCErrorEventInit extends EventInit {
  /** Required. */
  error: RTCError
}

const errorEventInit = dictionary<RTCErrorEventInit>(
  'RTCErrorEventInit',
  {
    ...eventInitMembers,
    error: required(instance('RTCError', isRtcError)),
  },
  eventInitMembers,
)

const CONTEXT = "Failed to construct 'RTCErrorEvent'"

/**
 * Tells a channel or a DTLS transport that it failed, and why.
 * @see https://www.w3.org/TR/webrtc/#rtcerrorevent-interface
 */
export class RTCErrorEvent extends Event {
  readonly #error: RTCError

  /** @throws TypeError when `error` is missing or no RTCError */
  constructor(type: string, eventInitDict: RTCErrorEventInit) {
    const { error, ...init } = errorEventInit(eventInitDict, CONTEXT)
    super(domString(type, CONTEXT), init)
    this.#error = error
  }

  /** What failed, and, in its `cause`, what happened to the transport. */
  get error(): RTCError {
    return this.#error
  }

  static {
    defineInterface(this, 'RTCErrorEvent')
  }
}
