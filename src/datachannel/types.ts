import type { Millis, ProtocolError } from '../core/index.js'
import type { MessageRun } from '../sctp/types.js'

export type { ReleaseMemory } from '../sctp/types.js'

/** Names a channel for its whole life, before it has a stream id and after it has lost it. Never reused. */
export type ChannelHandle = number

export type MessageKind = 'text' | 'binary'

/** Who of the two took which part in the DTLS handshake: it decides who has even ids (RFC 8832 §6). */
export type DtlsRole = 'client' | 'server'

export type ChannelPriority = 'very-low' | 'low' | 'medium' | 'high'

export interface ChannelParameters {
  readonly label: string
  readonly protocol: string
  readonly ordered: boolean
  readonly maxRetransmits?: number
  readonly maxPacketLifeTime?: Millis
  readonly priority: ChannelPriority
}

export interface OpenChannel extends ChannelParameters {
  /** Out of band, by agreement of both sides: needs `id`, sends no DATA_CHANNEL_OPEN. */
  readonly negotiated: boolean
  /** 0 to 65534. For an in-band channel `undefined` lets us choose by DTLS role (RFC 8832 §6). */
  readonly id?: number
}

/** Messages that came together. The owner tells of each by itself, when its turn has come. */
export interface ChannelMessages {
  readonly type: 'messages'
  readonly handle: ChannelHandle
  readonly kind: MessageKind
  readonly run: MessageRun
}

export type ChannelOutput = ChannelEvent | ChannelMessages

export type ChannelEvent =
  /** The peer opened a channel; it is open from this moment. */
  | {
      readonly type: 'channel'
      readonly handle: ChannelHandle
      readonly id: number
      readonly parameters: ChannelParameters
    }
  /** A channel of ours may send: the association is up and, when in-band, its OPEN has been queued. */
  | { readonly type: 'open'; readonly handle: ChannelHandle; readonly id: number }
  | {
      readonly type: 'message'
      readonly handle: ChannelHandle
      readonly kind: 'text' | 'binary'
      readonly data: Uint8Array
    }
  /** So many bytes of messages left `bufferedAmount`. */
  | { readonly type: 'sent'; readonly handle: ChannelHandle; readonly bytes: number }
  /**
   * The peer began to close (never told to the side that called close() first). The owner answers with close() when its
   * application knows; what that sent before is sent.
   */
  | { readonly type: 'closing'; readonly handle: ChannelHandle }
  /** Both directions are reset, or the association is gone (then with an error where it went with one). Last event. */
  | { readonly type: 'closed'; readonly handle: ChannelHandle; readonly error?: ProtocolError }
