import { defaulted, defineInterface, dictionary, domString, enumeration, optional, required } from './webidl/index.js'

/** @see https://www.w3.org/TR/webrtc/#rtcsdptype */
export type RTCSdpType = 'offer' | 'pranswer' | 'answer' | 'rollback'

export interface RTCSessionDescriptionInit {
  type: RTCSdpType
  sdp?: string
}

export interface RTCLocalSessionDescriptionInit {
  /** Inferred from the signaling state when absent. */
  type?: RTCSdpType
  sdp?: string
}

const sdpType = enumeration<RTCSdpType>('RTCSdpType', ['offer', 'pranswer', 'answer', 'rollback'])

export const sessionDescriptionInit = dictionary<RTCSessionDescriptionInit>('RTCSessionDescriptionInit', {
  type: required(sdpType),
  sdp: defaulted(domString, () => ''),
})

export const localSessionDescriptionInit = dictionary<RTCLocalSessionDescriptionInit>(
  'RTCLocalSessionDescriptionInit',
  { type: optional(sdpType), sdp: defaulted(domString, () => '') },
)

/** One that shows a text of the peer. */
export let createSessionDescription: (source: {
  readonly type: RTCSdpType
  readonly sdp: string
}) => RTCSessionDescription

/**
 * An offer or answer: its type, and its text (RFC 8866).
 * @see https://www.w3.org/TR/webrtc/#rtcsessiondescription-class
 */
export class RTCSessionDescription {
  readonly #type: RTCSdpType
  /** What has the text: it may be written when it is read. */
  #source: { readonly sdp: string }

  /** @throws TypeError when `type` is missing or unknown */
  constructor(descriptionInitDict: RTCSessionDescriptionInit) {
    const { type, sdp = '' } = sessionDescriptionInit(
      descriptionInitDict,
      "Failed to construct 'RTCSessionDescription'",
    )
    this.#type = type
    this.#source = { sdp }
  }

  get type(): RTCSdpType {
    return this.#type
  }

  get sdp(): string {
    return this.#source.sdp
  }

  toJSON(): RTCSessionDescriptionInit {
    return { type: this.#type, sdp: this.#source.sdp }
  }

  static {
    createSessionDescription = (source) => {
      const description = new RTCSessionDescription({ type: source.type })
      description.#source = source
      return description
    }
    defineInterface(this, 'RTCSessionDescription')
  }
}
