/**
 * What negotiation knows of audio and video. The W3C layer keeps transceivers; offers and answers see them as plain data
 * ({@link TransceiverInput}), and what descriptions say of them comes back as plain data too.
 */
import type { Direction } from '../sdp/types.js'

export type MediaKind = 'audio' | 'video'

/** A codec before it has a payload type (W3C RTCRtpCodec). */
export interface Codec {
  /** `audio/opus`, compared without case. */
  readonly mimeType: string
  readonly clockRate: number
  /** Audio only; 1 where it is absent. */
  readonly channels?: number
  /** The parameters of `a=fmtp`, without format; absent where there is no such line. */
  readonly sdpFmtpLine?: string
}

/** W3C RTCRtpCodecParameters. */
export interface PayloadCodec extends Codec {
  readonly payloadType: number
}

/** A header extension that may be negotiated (W3C RTCRtpHeaderExtensionCapability, WebRTC Extensions). */
export interface HeaderExtension {
  readonly uri: string
  /** `stopped` is not offered. */
  readonly direction: Direction | 'stopped'
}

/** W3C RTCRtpHeaderExtensionParameters, with its direction. */
export interface NumberedHeaderExtension {
  readonly id: number
  readonly uri: string
  /** From our view. */
  readonly direction: Direction
  readonly encrypted: boolean
}

/** One stream of a simulcast (RFC 8853). */
export interface SimulcastStream {
  readonly rid: string
  readonly paused: boolean
}

/** One RTP stream that a sender has, as `a=ssrc` tells of it. */
export interface SendStream {
  readonly ssrc: number
  /** Of its retransmissions (RFC 4588); absent where the kind or the codecs have none. */
  readonly rtxSsrc?: number
}

/** One transceiver, as offers, answers and the negotiation-needed check see it. In the order of the connection's set. */
export interface TransceiverInput {
  /** Names the transceiver for as long as the connection lives. */
  readonly key: number
  readonly kind: MediaKind
  /** The section it is associated with; null before there is one. */
  readonly mid: string | null
  /** W3C [[Stopping]]: its section is offered, or answered, with port 0. */
  readonly isStopping: boolean
  /** W3C [[Stopped]]: a section may be used again for another one. */
  readonly isStopped: boolean
  /** W3C [[Direction]]. */
  readonly direction: Direction
  /** W3C [[PreferredCodecs]]; empty: all that there are, in their default order. */
  readonly preferredCodecs: readonly Codec[]
  /** W3C [[HeaderExtensionsToNegotiate]]. */
  readonly headerExtensions: readonly HeaderExtension[]
  /** W3C [[AssociatedMediaStreamIds]] of the sender: `a=msid`. */
  readonly streamIds: readonly string[]
  /** For `a=msid`; a sender without a track keeps the id of its own that it has made (RFC 9429 §5.2.1). */
  readonly trackId: string
  /** Rids of [[SendEncodings]], where we send a simulcast; empty otherwise. */
  readonly sendStreams: readonly (SendStream & { readonly rid?: string })[]
}

/** What one description says of one m-section, from the view of the side that wrote it. Sections of all kinds. */
export interface MediaSectionView {
  readonly index: number
  readonly mid: string
  /** `audio`, `video`, `application` … */
  readonly kind: string
  /** Port 0, and not bundle-only; or of a kind or protocol that we do not know. */
  readonly isRejected: boolean
  /** The transceiver that createOffer or createAnswer made it for; in our own descriptions alone. */
  readonly transceiver?: number
  readonly direction: Direction
  /** Whether it says of streams at all, be it that there are none (`-`). */
  readonly hasMsid: boolean
  /** Streams of its `a=msid` lines, `-` left out. */
  readonly streamIds: readonly string[]
  /** The track of its first `a=msid`. */
  readonly trackId?: string
  /** The simulcast streams that its author wants to send and to receive, first alternatives (RFC 8853 §5.1). */
  readonly sendRids: readonly SimulcastStream[]
  readonly receiveRids: readonly SimulcastStream[]
  readonly cname?: string
}

/** What both descriptions of an answered exchange come to for one section. */
export interface NegotiatedMedia {
  /** What we may send, with the payload types of the peer, in the peer's order of preference. */
  readonly sendCodecs: readonly PayloadCodec[]
  /** What we said that we take, with our payload types. */
  readonly receiveCodecs: readonly PayloadCodec[]
  readonly headerExtensions: readonly NumberedHeaderExtension[]
  /** RFC 5506. */
  readonly reducedSizeRtcp: boolean
  /** CNAME of ours (RFC 7022), one for the connection. */
  readonly cname: string
  /** What remains of the simulcast that we send: rids that the peer accepted; empty where it took none. */
  readonly sendRids: readonly SimulcastStream[]
}
