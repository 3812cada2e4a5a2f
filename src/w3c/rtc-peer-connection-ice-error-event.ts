import { eventInitMembers, type EventInit } from './event-init.js'
import {
  defaulted,
  defineInterface,
  dictionary,
  domString,
  nullable,
  required,
  unsignedShort,
  usvString,
} from './webidl/index.js'

/**
 * What an RTCPeerConnectionIceErrorEvent is constructed with.
 * @see https://www.w3.org/TR/webrtc/#dom-rtcpeerconnectioniceerroreventinit
 */
export interface RTCPeerConnectionIceErrorEventInit extends EventInit {
  /** The local address. Default null. */
  address?: string | null
  /** The local port. Default null. */
  port?: number | null
  /** The server's URL. Default empty. */
  url?: string
  /** Required: 300 to 699 of STUN, or 701 where no server answered. */
  errorCode: number
  /** In words. Default empty. */
  errorText?: string
}

const iceErrorEventInit = dictionary<RTCPeerConnectionIceErrorEventInit>(
  'RTCPeerConnectionIceErrorEventInit',
  {
    ...eventInitMembers,
    address: defaulted<string | null>(nullable(domString), () => null),
    port: defaulted<number | null>(nullable(unsignedShort), () => null),
    url: defaulted(usvString, () => ''),
    errorCode: required(unsignedShort),
    errorText: defaulted(usvString, () => ''),
  },
  eventInitMembers,
)

const CONTEXT = "Failed to construct 'RTCPeerConnectionIceErrorEvent'"

/**
 * Tells that a STUN or TURN server did not serve us while candidates were gathered.
 * @see https://www.w3.org/TR/webrtc/#rtcpeerconnectioniceerrorevent
 */
export class RTCPeerConnectionIceErrorEvent extends Event {
  readonly #init: Required<Omit<RTCPeerConnectionIceErrorEventInit, keyof EventInit>>

  /** @throws TypeError when `errorCode` is missing */
  constructor(type: string, eventInitDict: RTCPeerConnectionIceErrorEventInit) {
    const init = iceErrorEventInit(eventInitDict, CONTEXT)
    super(domString(type, CONTEXT), init)
    const { address = null, port = null, url = '', errorCode, errorText = '' } = init
    this.#init = { address, port, url, errorCode, errorText }
  }

  /** The local address that spoke with the server; null where the application was not told of it as a candidate. */
  get address(): string | null {
    return this.#init.address
  }

  /** The local port; null where `address` is. */
  get port(): number | null {
    return this.#init.port
  }

  /** The server's URL, as it was configured. */
  get url(): string {
    return this.#init.url
  }

  /** The STUN error code that the server answered (300 to 699), or 701 when it did not answer. */
  get errorCode(): number {
    return this.#init.errorCode
  }

  /** What the server said of it, or what went wrong, in words. */
  get errorText(): string {
    return this.#init.errorText
  }

  static {
    defineInterface(this, 'RTCPeerConnectionIceErrorEvent')
  }
}
