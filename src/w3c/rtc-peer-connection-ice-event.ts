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

/**
 * What an RTCPeerConnectionIceEvent is constructed with.
 * @see https://www.w3.org/TR/webrtc/#dom-rtcpeerconnectioniceeventinit
 */
export interface RTCPeerConnectionIceEventInit extends EventInit {
  /** Default null: gathering is complete. */
  candidate?: RTCIceCandidate | null
  /** The server that the candidate comes from. Default null. */
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

/** What an event of ours says, so that nothing is to be converted. */
class KnownIceEvent {
  readonly type = 'icecandidate'
  readonly init = undefined
  readonly candidate: RTCIceCandidate | null
  readonly url: string | null

  constructor(candidate: RTCIceCandidate | null) {
    this.candidate = candidate
    this.url = candidate === null ? null : candidate.url
  }
}

function converted(args: readonly unknown[]) {
  const [known] = args
  if (known instanceof KnownIceEvent) return known
  requireArguments(args, 1, CONTEXT)
  const { candidate = null, url = null, ...init } = iceEventInit(args[1], CONTEXT)
  return { type: domString(known, CONTEXT), init, candidate, url }
}

/** The event `icecandidate` for a candidate of ours. */
export let createIceEvent: (candidate: RTCIceCandidate | null) => RTCPeerConnectionIceEvent

/**
 * Hands a local candidate to the application; with an empty `candidate.candidate` when a generation of them is
 * complete, and with `candidate` null when gathering is.
 * @see https://www.w3.org/TR/webrtc/#rtcpeerconnectioniceevent
 */
export class RTCPeerConnectionIceEvent extends Event {
  readonly #candidate: RTCIceCandidate | null
  readonly #url: string | null

  /** @throws TypeError without a type, and when `candidate` is no RTCIceCandidate */
  constructor(...args: [type: string, eventInitDict?: RTCPeerConnectionIceEventInit]) {
    const { type, init, candidate, url } = converted(args)
    super(type, init)
    this.#candidate = candidate
    this.#url = url
  }

  /** To be signalled to the peer; null when gathering is complete. */
  get candidate(): RTCIceCandidate | null {
    return this.#candidate
  }

  /** Deprecated: `candidate.url` says the same. */
  get url(): string | null {
    return this.#url
  }

  static {
    createIceEvent = (candidate) => new RTCPeerConnectionIceEvent(new KnownIceEvent(candidate) as unknown as string)
    defineInterface(this, 'RTCPeerConnectionIceEvent', { lengths: { constructor: 1 } })
  }
}
