import { defaulted, defineInterface, dictionary, domString, enumeration, optional, required } from './webidl/index.js'

/**
 * What a description is in the exchange (RFC 9429 §4.1.10): `pranswer` may be followed by another answer, `rollback`
 * undoes an offer.
 * @see https://www.w3.org/TR/webrtc/#rtcsdptype
 */
export type RTCSdpType = 'offer' | 'pranswer' | 'answer' | 'rollback'

/** A description of the peer. @see https://www.w3.org/TR/webrtc/#rtcsessiondescriptioninit-dictionary */
export interface RTCSessionDescriptionInit {
  /** Required. */
  type: RTCSdpType
  /** The text (RFC 8866). Default empty, as for `rollback`. */
  sdp?: string
}

/** A description of our own. @see https://www.w3.org/TR/webrtc/#rtclocalsessiondescriptioninit-dictionary */
export interface RTCLocalSessionDescriptionInit {
  /** Inferred from the signaling state when absent. */
  type?: RTCSdpType
  /**
   * The text as it was created, which must not be changed. Default empty: the one that was created last, or a new one.
   */
  sdp?: string
}

/**
 * An offer or answer as `createOffer()` and `createAnswer()` make it.
 * @see https://www.w3.org/TR/webrtc/#rtcsessiondescriptioninit-dictionary
 */
export interface RTCCreatedDescription {
  /** `offer` or `answer`. */
  type: RTCSdpType
  /** The text (RFC 8866), which `setLocalDescription()` takes as it is. */
  sdp: string
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

interface DescriptionSource {
  readonly type: RTCSdpType
  readonly sdp: string
}

/** One that comes from us and not from a script, so that nothing is to be converted. */
class KnownDescription {
  readonly type: RTCSdpType
  readonly source: DescriptionSource

  constructor(source: DescriptionSource) {
    this.type = source.type
    this.source = source
  }
}

/** One that shows a text of the peer. */
export let createSessionDescription: (source: DescriptionSource) => RTCSessionDescription

/**
 * An offer or answer: its type, and its text (RFC 8866).
 * @see https://www.w3.org/TR/webrtc/#rtcsessiondescription-class
 */
export class RTCSessionDescription {
  readonly #type: RTCSdpType
  /** What has the text: it may be written when it is read. */
  readonly #source: { readonly sdp: string }

  /** @throws TypeError when `type` is missing or unknown */
  constructor(descriptionInitDict: RTCSessionDescriptionInit) {
    if (descriptionInitDict instanceof KnownDescription) {
      this.#type = descriptionInitDict.type
      this.#source = descriptionInitDict.source
      return
    }
    const { type, sdp = '' } = sessionDescriptionInit(
      descriptionInitDict,
      "Failed to construct 'RTCSessionDescription'",
    )
    this.#type = type
    this.#source = { sdp }
  }

  /** What it is in the exchange of offer and answer (RFC 9429 §4.1.10). */
  get type(): RTCSdpType {
    return this.#type
  }

  /** The text; empty for `rollback`. */
  get sdp(): string {
    return this.#source.sdp
  }

  /** What is to be signalled. */
  toJSON(): RTCSessionDescriptionInit {
    return { type: this.#type, sdp: this.#source.sdp }
  }

  static {
    createSessionDescription = (source) => new RTCSessionDescription(new KnownDescription(source))
    defineInterface(this, 'RTCSessionDescription')
  }
}
