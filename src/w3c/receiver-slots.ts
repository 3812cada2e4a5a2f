import type { MediaKind } from '../jsep/media-types.js'
import type { MediaStream } from './media/media-stream.js'
import { createTrack, type MediaStreamTrack } from './media/media-stream-track.js'
import type { DtlsTransportSlots } from './rtc-dtls-transport.js'
import type { RTCRtpCodecParameters } from './rtp-parameters/index.js'

/**
 * Whose media a receiver played last. None yet, as no media flows yet.
 * @see https://www.w3.org/TR/webrtc/#dom-rtcrtpcontributingsource
 */
export interface RTCRtpContributingSource {
  /** When it was played, in milliseconds since the Unix epoch. */
  timestamp: number
  /** Its identifier in RTP (CSRC or SSRC, RFC 3550 §5.1), 32 bits. */
  source: number
  /** 0 to 1, linear; of audio alone. */
  audioLevel?: number
  /** That of the packet (RFC 3550 §5.1), 32 bits, in units of the clock rate of its codec. */
  rtpTimestamp: number
}

/** The same for who sends the packets. @see https://www.w3.org/TR/webrtc/#dom-rtcrtpsynchronizationsource */
export type RTCRtpSynchronizationSource = RTCRtpContributingSource

/** The internal slots of an RTCRtpReceiver (https://www.w3.org/TR/webrtc/#dfn-create-an-rtcrtpreceiver). */
export class ReceiverSlots {
  readonly kind: MediaKind
  /** [[transform]] of WebRTC Encoded Transform: there is no kind of transform to set it to. */
  transform: null = null
  /** [[ReceiverTrack]] */
  readonly track: MediaStreamTrack
  /** [[ReceiverTransport]] */
  transport: DtlsTransportSlots | null = null
  /** [[LastStableStateReceiverTransport]] */
  lastStableTransport: DtlsTransportSlots | null = null
  /** [[AssociatedRemoteMediaStreams]] */
  streams: readonly MediaStream[] = []
  /** [[LastStableStateAssociatedRemoteMediaStreams]] */
  lastStableStreams: readonly MediaStream[] = []
  /** [[ReceiveCodecs]] */
  receiveCodecs: readonly RTCRtpCodecParameters[] = []
  /** [[LastStableStateReceiveCodecs]] */
  lastStableReceiveCodecs: readonly RTCRtpCodecParameters[] = []
  /** [[JitterBufferTarget]], milliseconds; null without a preference of the application */
  jitterBufferTarget: number | null = null

  /** Of the last ten seconds, the latest first; frames that reach the track fill them. */
  contributingSources: readonly RTCRtpContributingSource[] = []
  synchronizationSources: readonly RTCRtpSynchronizationSource[] = []

  constructor(kind: MediaKind, queueTask: (steps: () => void) => void) {
    this.kind = kind
    // 2. to 6. A new track, live and muted, whose id does not map to any track id on the remote side.
    this.track = createTrack({ kind, label: `remote ${kind}`, muted: true, queueTask })
  }
}
