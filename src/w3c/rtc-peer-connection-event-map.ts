import type { RTCTrackEvent } from './rtc-track-event.js'
import type { RTCDataChannelEvent } from './rtc-data-channel-event.js'
import type { RTCPeerConnectionIceErrorEvent } from './rtc-peer-connection-ice-error-event.js'
import type { RTCPeerConnectionIceEvent } from './rtc-peer-connection-ice-event.js'

export interface RTCPeerConnectionEventMap {
  connectionstatechange: Event
  datachannel: RTCDataChannelEvent
  icecandidate: RTCPeerConnectionIceEvent
  icecandidateerror: RTCPeerConnectionIceErrorEvent
  iceconnectionstatechange: Event
  icegatheringstatechange: Event
  negotiationneeded: Event
  signalingstatechange: Event
  track: RTCTrackEvent
}
