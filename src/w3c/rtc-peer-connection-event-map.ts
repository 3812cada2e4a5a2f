import type { RTCTrackEvent } from './rtc-track-event.js'
import type { RTCDataChannelEvent } from './rtc-data-channel-event.js'
import type { RTCPeerConnectionIceErrorEvent } from './rtc-peer-connection-ice-error-event.js'
import type { RTCPeerConnectionIceEvent } from './rtc-peer-connection-ice-event.js'
import type { EventHandler } from './webidl/index.js'

/** The events of a connection, and what each is fired with. @see https://www.w3.org/TR/webrtc/#event-summary */
export interface RTCPeerConnectionEventMap {
  /** `connectionState` changed. */
  connectionstatechange: Event
  /** The peer opened a channel. */
  datachannel: RTCDataChannelEvent
  /** A local candidate is to be signalled; `candidate` is null when gathering is complete. */
  icecandidate: RTCPeerConnectionIceEvent
  /** A STUN or TURN server did not serve us. */
  icecandidateerror: RTCPeerConnectionIceErrorEvent
  /** `iceConnectionState` changed. */
  iceconnectionstatechange: Event
  /** `iceGatheringState` changed. */
  icegatheringstatechange: Event
  /** Something changed that an offer and an answer have to settle. */
  negotiationneeded: Event
  /** `signalingState` changed. */
  signalingstatechange: Event
  /** The peer sends a track. */
  track: RTCTrackEvent
}

/** Their names, in the order of the interface. */
export const CONNECTION_EVENTS: readonly (keyof RTCPeerConnectionEventMap)[] = [
  'negotiationneeded',
  'icecandidate',
  'icecandidateerror',
  'signalingstatechange',
  'iceconnectionstatechange',
  'icegatheringstatechange',
  'connectionstatechange',
  'datachannel',
  'track',
]

/**
 * Event handlers whose events know more than those of lib.dom: so that a connection of ours does where lib.dom's is
 * wanted, the attributes say less of what they hold than of what they take.
 */
export interface RichEventHandlers {
  get ondatachannel(): EventHandler<unknown>
  /** The peer opened a channel. */
  set ondatachannel(handler: EventHandler<RTCDataChannelEvent>)
  get onicecandidate(): EventHandler<unknown>
  /** A local candidate is to be signalled; `candidate` is null when gathering is complete. */
  set onicecandidate(handler: EventHandler<RTCPeerConnectionIceEvent>)
  get ontrack(): EventHandler<unknown>
  /** The peer sends a track. */
  set ontrack(handler: EventHandler<RTCTrackEvent>)
}
