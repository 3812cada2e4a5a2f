import type { MediaKind, SendStream } from '../jsep/media-types.js'
import { nodeCrypto } from '../node/index.js'
import type { MediaStreamTrack } from './media/media-stream-track.js'
import type { RTCDTMFSender } from './media/rtc-dtmf-sender.js'
import type { DtlsTransportSlots } from './rtc-dtls-transport.js'
import {
  initialSendEncodings,
  type RTCDegradationPreference,
  type RTCRtpCodecParameters,
  type RTCRtpEncodingParameters,
  type RTCRtpSendParameters,
} from './rtp-parameters/index.js'

/** The internal slots of an RTCRtpSender (https://www.w3.org/TR/webrtc/#dfn-create-an-rtcrtpsender). */
export class SenderSlots {
  readonly kind: MediaKind
  /** [[transform]] of WebRTC Encoded Transform: there is no kind of transform to set it to. */
  transform: null = null
  /** [[SenderTrack]] */
  track: MediaStreamTrack | null
  /** [[SenderTransport]] */
  transport: DtlsTransportSlots | null = null
  /** [[LastStableStateSenderTransport]] */
  lastStableTransport: DtlsTransportSlots | null = null
  /** [[Dtmf]] */
  dtmf: RTCDTMFSender | null = null
  /** [[AssociatedMediaStreamIds]] */
  streamIds: readonly string[]
  /** [[SendEncodings]] */
  sendEncodings: readonly RTCRtpEncodingParameters[]
  /** [[LastStableRidlessSendEncodings]] */
  lastStableRidlessSendEncodings: readonly RTCRtpEncodingParameters[] | null = null
  /** [[SendCodecs]] */
  sendCodecs: readonly RTCRtpCodecParameters[] = []
  /** [[LastReturnedParameters]] */
  lastReturnedParameters: RTCRtpSendParameters | null = null
  degradationPreference: RTCDegradationPreference | undefined
  /** Promises of setParameters() that are not settled. */
  pendingSetParameters = 0
  /** What `a=msid` calls the track; a later replaceTrack() is nobody's business (RFC 9429 §5.2.1). */
  readonly trackId: string
  readonly #sources: SendStream[] = []

  constructor(
    kind: MediaKind,
    track: MediaStreamTrack | null,
    streamIds: readonly string[],
    sendEncodings: readonly RTCRtpEncodingParameters[],
  ) {
    this.kind = kind
    this.track = track
    this.trackId = track?.id ?? crypto.randomUUID()
    this.streamIds = unique(streamIds)
    this.sendEncodings = initialSendEncodings(kind, sendEncodings)
  }

  /** "Set [[AssociatedMediaStreamIds]] to an empty set, and add each stream.id that is not already there." */
  associate(streamIds: readonly string[]): void {
    this.streamIds = unique(streamIds)
  }

  /** One RTP stream for each encoding; its sources stay the same for as long as the sender lives. */
  get sendStreams(): readonly (SendStream & { readonly rid?: string })[] {
    return this.sendEncodings.map(({ rid }, index) => {
      const source = (this.#sources[index] ??= this.#newSource())
      return rid === undefined ? source : { ...source, rid }
    })
  }

  #newSource(): SendStream {
    return this.kind === 'video' ? { ssrc: randomSsrc(), rtxSsrc: randomSsrc() } : { ssrc: randomSsrc() }
  }
}

function unique(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)]
}

/** RFC 3550 §8.1: random; not 0, which some take for "none". */
function randomSsrc(): number {
  const [a, b, c, d] = nodeCrypto.randomBytes(4)
  const ssrc = ((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0
  return ssrc === 0 ? randomSsrc() : ssrc
}
