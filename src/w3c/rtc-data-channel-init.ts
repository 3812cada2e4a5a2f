import type { ChannelPriority } from '../datachannel/types.js'
import {
  boolean,
  defaulted,
  dictionary,
  enforcedUnsignedShort,
  enumeration,
  optional,
  usvString,
} from './webidl/index.js'

/**
 * Each is worth twice the one before it, when there is not room for all (RFC 8831 §6.4).
 * @see https://www.w3.org/TR/webrtc-priority/#rtc-priority-type
 */
export type RTCPriorityType = ChannelPriority

/**
 * What a channel is created with. The peer learns it, unless `negotiated` says that it knows.
 * @see https://www.w3.org/TR/webrtc/#dom-rtcdatachannelinit
 */
export interface RTCDataChannelInit {
  /** Whether messages arrive in the order in which they were sent. Default true. */
  ordered?: boolean
  /**
   * 0 to 65535 milliseconds after `send()` during which a message is transmitted. Not together with `maxRetransmits`.
   */
  maxPacketLifeTime?: number
  /** 0 to 65535: how often a lost message is sent again. Not together with `maxPacketLifeTime`. */
  maxRetransmits?: number
  /** The name of the application's protocol on this channel, at most 65535 bytes. Default empty. */
  protocol?: string
  /** Whether both sides create the channel themselves, with the same `id`. Default false. */
  negotiated?: boolean
  /** 0 to 65534, for a channel with `negotiated`. */
  id?: number
  /** Against the other channels of the connection. Default `low`. */
  priority?: RTCPriorityType
}

type ConvertedInit = RTCDataChannelInit &
  Required<Pick<RTCDataChannelInit, 'ordered' | 'protocol' | 'negotiated' | 'priority'>>

export const dataChannelInit = dictionary<ConvertedInit>('RTCDataChannelInit', {
  ordered: defaulted(boolean, () => true),
  maxPacketLifeTime: optional(enforcedUnsignedShort),
  maxRetransmits: optional(enforcedUnsignedShort),
  protocol: defaulted(usvString, () => ''),
  negotiated: defaulted(boolean, () => false),
  id: optional(enforcedUnsignedShort),
  priority: defaulted<RTCPriorityType>(
    enumeration('RTCPriorityType', ['very-low', 'low', 'medium', 'high']),
    () => 'low',
  ),
})
