/** What statistics are gathered from: the internal slots of a connection, as far as they tell of them. */
import type { Millis } from '../../core/index.js'
import type { MediaKind, PayloadCodec, SendStream } from '../../jsep/media-types.js'
import type { PeerContract, TransportId } from '../../peer/contract.js'
import type { DataChannelSlots } from '../data-channel-slots.js'
import type { DtlsTransportSlots } from '../rtc-dtls-transport.js'

export interface StatsSource {
  readonly peer: Pick<PeerContract, 'statistics'>
  readonly driver: { now(): Millis; queueTask(callback: () => void): void }
  readonly transports: { entries(): Iterable<[TransportId, DtlsTransportSlots]> }
  readonly channels: { readonly opened: number; readonly closed: number; values(): Iterable<DataChannelSlots> }
  /** DER of those that the connection may use. */
  readonly certificates: readonly Uint8Array[]
  /** Those of transceivers that are not stopped. */
  readonly senders: readonly StatsSender[]
}

/** One RTP stream that was negotiated to be sent. */
export interface StatsSendStream extends SendStream {
  /** In a simulcast. */
  readonly rid?: string
  /** RTCRtpEncodingParameters.active */
  readonly active: boolean
  /** RTCRtpEncodingParameters.scalabilityMode, where one is in use. */
  readonly scalabilityMode?: string
  /** What its packets carry: the first of the negotiated codecs, or the one that its encoding names. */
  readonly codec: PayloadCodec | undefined
}

export interface StatsSender {
  /** The key of its transceiver (`TransceiverInput.key`). */
  readonly key: number
  readonly kind: MediaKind
  /** [[SenderTrack]] */
  readonly track: { readonly id: string } | null
  /** [[Mid]] of its transceiver. */
  readonly mid: string | null
  /** In the order of its encodings. Empty before an exchange was answered in which it may send. */
  readonly streams: readonly StatsSendStream[]
}

/** Whose statistics are asked for. */
export interface StatsSelector {
  readonly of: 'sender' | 'receiver'
  readonly transceiver: { readonly key: number }
}
