import { parseCandidate } from '../ice/candidate.js'
import type { IceCandidate } from '../ice/types.js'
import {
  defaulted,
  defineInterface,
  dictionary,
  domString,
  enumeration,
  isObject,
  nullable,
  unsignedShort,
  usvString,
  type Members,
} from './webidl/index.js'

/**
 * What a candidate is for: RTP, and all that shares its transport, or RTCP alone.
 * @see https://www.w3.org/TR/webrtc/#rtcicecomponent
 */
export type RTCIceComponent = 'rtp' | 'rtcp'
/** How a candidate is reached. @see https://www.w3.org/TR/webrtc/#rtciceprotocol-enum */
export type RTCIceProtocol = 'udp' | 'tcp'
/**
 * Who connects (RFC 6544 §4.5): this side, the peer, or both at once, which we neither offer nor use.
 * @see https://www.w3.org/TR/webrtc/#rtcicetcpcandidatetype-enum
 */
export type RTCIceTcpCandidateType = 'active' | 'passive' | 'so'
/**
 * Where a candidate comes from (RFC 8445 §5.1.1): an interface, what a server saw, what a check revealed, or a relay.
 * @see https://www.w3.org/TR/webrtc/#rtcicecandidatetype-enum
 */
export type RTCIceCandidateType = 'host' | 'srflx' | 'prflx' | 'relay'
/** How a TURN server is reached. @see https://www.w3.org/TR/webrtc/#rtciceservertransportprotocol-enum */
export type RTCIceServerTransportProtocol = 'udp' | 'tcp' | 'tls'

/** A candidate as it is signalled. @see https://www.w3.org/TR/webrtc/#rtcicecandidateinit-dictionary */
export interface RTCIceCandidateInit {
  /** The candidate-attribute (RFC 8839 §5.1). Default empty: the end of candidates. */
  candidate?: string
  /** The media section, by its identification tag (RFC 5888). Default null. */
  sdpMid?: string | null
  /** The media section, by its place in the description, from 0. Default null. */
  sdpMLineIndex?: number | null
  /** The generation of candidates that it belongs to. Default null: the newest. */
  usernameFragment?: string | null
}

/** A candidate of our own. @see https://www.w3.org/TR/webrtc/#rtclocalicecandidateinit-dictionary */
export interface RTCLocalIceCandidateInit extends RTCIceCandidateInit {
  /** How the TURN server of a relay candidate is reached. Default null. */
  relayProtocol?: RTCIceServerTransportProtocol | null
  /** The URL of the server that it was obtained from. Default null. */
  url?: string | null
}

const iceCandidateInitMembers: Members<RTCIceCandidateInit> = {
  candidate: defaulted(domString, () => ''),
  sdpMid: defaulted<string | null>(nullable(domString), () => null),
  sdpMLineIndex: defaulted<number | null>(nullable(unsignedShort), () => null),
  usernameFragment: defaulted<string | null>(nullable(domString), () => null),
}

export const iceCandidateInit = dictionary<RTCIceCandidateInit>('RTCIceCandidateInit', iceCandidateInitMembers)

const localIceCandidateInit = dictionary<RTCLocalIceCandidateInit>(
  'RTCLocalIceCandidateInit',
  {
    ...iceCandidateInitMembers,
    relayProtocol: defaulted<RTCIceServerTransportProtocol | null>(
      nullable(enumeration('RTCIceServerTransportProtocol', ['udp', 'tcp', 'tls'])),
      () => null,
    ),
    url: defaulted<string | null>(nullable(usvString), () => null),
  },
  iceCandidateInitMembers,
)

type Init = Required<RTCLocalIceCandidateInit>

/** A candidate that comes from us and not from a script, so that nothing is to be converted. */
export class KnownCandidate {
  readonly init: Init
  /** Where it is known otherwise than by its text: one that connectivity checks revealed. */
  readonly fields: CandidateFields | undefined

  constructor(init: Partial<Init>, fields?: CandidateFields) {
    const { candidate = '', sdpMid = null, sdpMLineIndex = null } = init
    const { usernameFragment = null, relayProtocol = null, url = null } = init
    this.init = { candidate, sdpMid, sdpMLineIndex, usernameFragment, relayProtocol, url }
    this.fields = fields
  }
}

type CandidateFields = Omit<IceCandidate, 'address'> & { readonly address: string | undefined }

export let createIceCandidate: (known: KnownCandidate) => RTCIceCandidate
export let isRtcIceCandidate: (value: unknown) => value is RTCIceCandidate

/**
 * An ICE candidate as it is signalled, and what its attribute text says.
 * @see https://www.w3.org/TR/webrtc/#rtcicecandidate-interface
 */
export class RTCIceCandidate {
  readonly #init: Init
  /** What the text says, read when it is first asked for: most candidates are only passed on. Null where it says nothing. */
  #fields: CandidateFields | null | undefined

  /**
   * A `candidate` that does not parse is kept as it is; the attributes derived from it are then null.
   * @throws TypeError when both `sdpMid` and `sdpMLineIndex` are null
   */
  constructor(candidateInitDict: RTCLocalIceCandidateInit = {}) {
    if (candidateInitDict instanceof KnownCandidate) {
      this.#init = candidateInitDict.init
      this.#fields = candidateInitDict.fields
      return
    }
    const context = "Failed to construct 'RTCIceCandidate'"
    const init = localIceCandidateInit(candidateInitDict, context)
    // 1. If both the sdpMid and sdpMLineIndex members of candidateInitDict are null, throw a TypeError.
    if (init.sdpMid === null && init.sdpMLineIndex === null) {
      throw new TypeError(`${context}: sdpMid and sdpMLineIndex are both null.`)
    }
    // 2. Return the result of creating an RTCIceCandidate with candidateInitDict.
    this.#init = init as Init
  }

  get #parsed(): CandidateFields | null {
    if (this.#fields === undefined) this.#fields = parseCandidate(this.#init.candidate) ?? null
    return this.#fields
  }

  /** The candidate-attribute (RFC 8839 §5.1); empty for an end-of-candidates indication. */
  get candidate(): string {
    return this.#init.candidate
  }

  /** The media section that it belongs to, by its identification tag (RFC 5888). */
  get sdpMid(): string | null {
    return this.#init.sdpMid
  }

  /** The same by its place in the description, from 0. */
  get sdpMLineIndex(): number | null {
    return this.#init.sdpMLineIndex
  }

  /** The same for candidates of one type, base and server (RFC 8445 §5.1.1.3). */
  get foundation(): string | null {
    return this.#parsed?.foundation ?? null
  }

  /** RTP or RTCP; data channels are on `rtp`. */
  get component(): RTCIceComponent | null {
    return this.#parsed === null ? null : this.#parsed.component === 1 ? 'rtp' : 'rtcp'
  }

  /** RFC 8445 §5.1.2: 1 to 2³¹ − 1, the higher the better. */
  get priority(): number | null {
    return this.#parsed?.priority ?? null
  }

  /** An IP address or a name. */
  get address(): string | null {
    return this.#parsed?.address ?? null
  }

  /** How it is reached. */
  get protocol(): RTCIceProtocol | null {
    return this.#parsed?.protocol ?? null
  }

  /** 0 to 65535; that of an active TCP candidate is 9 and means nothing (RFC 6544 §4.5). */
  get port(): number | null {
    return this.#parsed?.port ?? null
  }

  /** Where it comes from: an interface, what a server saw, what a check revealed, or a relay. */
  get type(): RTCIceCandidateType | null {
    return this.#parsed?.type ?? null
  }

  /** Who connects, for a TCP candidate (RFC 6544 §4.5); null for UDP. */
  get tcpType(): RTCIceTcpCandidateType | null {
    return this.#parsed?.tcpType ?? null
  }

  /** What a candidate that is not `host` is derived from; null for `host`. */
  get relatedAddress(): string | null {
    return this.#parsed?.relatedAddress ?? null
  }

  /** The port of `relatedAddress`. */
  get relatedPort(): number | null {
    return this.#parsed?.relatedPort ?? null
  }

  /** Names the generation of candidates (`ice-ufrag`, RFC 8839 §5.4) that it belongs to. */
  get usernameFragment(): string | null {
    return this.#init.usernameFragment
  }

  /** How the TURN server of a local relay candidate is reached; null for every other. */
  get relayProtocol(): RTCIceServerTransportProtocol | null {
    return this.#init.relayProtocol
  }

  /** The URL of the server that a local candidate was obtained from; null for every other. */
  get url(): string | null {
    return this.#init.url
  }

  /** What is to be signalled. */
  toJSON(): Required<RTCIceCandidateInit> {
    const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = this.#init
    return { candidate, sdpMid, sdpMLineIndex, usernameFragment }
  }

  static {
    defineInterface(this, 'RTCIceCandidate')
    createIceCandidate = (known) => new RTCIceCandidate(known as object)
    isRtcIceCandidate = (value): value is RTCIceCandidate => isObject(value) && #init in value
  }
}
