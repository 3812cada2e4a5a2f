import { eventInitMembers, type EventInit } from './event-init.js'
import { isRtcDataChannel, type RTCDataChannel } from './rtc-data-channel.js'
import { defineInterface, dictionary, domString, instance, required } from './webidl/index.js'

/** What an RTCDataChannelEvent is constructed with. @see https://www.w3.org/TR/webrtc/#dom-rtcdatachanneleventinit */
export interface RTCDataChannelEventInit extends EventInit {
  /** Required. */
  channel: RTCDataChannel
}

const channelEventInit = dictionary<RTCDataChannelEventInit>(
  'RTCDataChannelEventInit',
  {
    ...eventInitMembers,
    channel: required(instance('RTCDataChannel', isRtcDataChannel)),
  },
  eventInitMembers,
)

const CONTEXT = "Failed to construct 'RTCDataChannelEvent'"

/**
 * Hands a channel that the peer opened to the application.
 * @see https://www.w3.org/TR/webrtc/#rtcdatachannelevent
 */
export class RTCDataChannelEvent extends Event {
  readonly #channel: RTCDataChannel

  /** @throws TypeError when `channel` is missing or no RTCDataChannel */
  constructor(type: string, eventInitDict: RTCDataChannelEventInit) {
    const { channel, ...init } = channelEventInit(eventInitDict, CONTEXT)
    super(domString(type, CONTEXT), init)
    this.#channel = channel
  }

  /** Its `readyState` is `open`, and its `open` event follows; messages come after that. */
  get channel(): RTCDataChannel {
    return this.#channel
  }

  static {
    defineInterface(this, 'RTCDataChannelEvent')
  }
}
