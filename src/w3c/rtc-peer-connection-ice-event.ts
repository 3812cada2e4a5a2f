import { eventInitMembers, type EventInit } from './event-init.js'
import { isRtcIceCandidate, type RTCIceCandidate } from './rtc-ice-candidate.js'
import {
  defaulted,
  defineInterface,
  dictionary,
  domString,
  instance,
  nullable,
  requireArguments,
  usvString,
} from './webidl/index.js'

export interface RTCPeerConnectionIceEventInit extends EventInit {
  candidate?: RTCIceCandidate | null
  url?: string | null
}

const iceEventInit = dictionary<RTCPeerConnectionIceEventInit>(
  'RTCPeerConnectionIceEventInit',
  {
    ...eventInitMembers,
    candidate: defaulted<RTCIceCandidate | null>(nullable(instance('RTCIceCandidate', isRtcIceCandidate)), () => null),
    url: defaulted<string | null>(nullable(usvString), () => null),
  },
  eventInitMembers,
)

const CONTEXT = "Failed to construct 'RTCPeerConnectionIceEvent'"

/**
 * Hands a local candidate to the application; with an empty `candidate.candidate` when a generation of them is
 * complete, and with `candidate` null when gathering is.
 * @see https://www.w3.org/TR/webrtc/#rtcpeerconnectioniceevent
 */
export class RTCPeerConnectionIceEvent extends Event {
  readonly #candidate: RTCIceCandidate | null
  readonly #url: string | null

  constructor(...args: [type: string, eventInitDict?: RTCPeerConnectionIceEventInit]) {
    requireArguments(args, 1, CONTEXT)
    const { candidate = null, url = null, ...init } = iceEventInit(args[1], CONTEXT)
    super(domString(args[0], CONTEXT), init)
    this.#candidate = candidate
    this.#url = url
  }

  get candidate(): RTCIceCandidate | null {
    return this.#candidate
  }

  /** Deprecated: `candidate.url` says the same. */
  get url(): string | null {
    return this.#url
  }

  static {
    defineInterface(this, 'RTCPeerConnectionIceEvent', { lengths: { constructor: 1 } })
  }
}
