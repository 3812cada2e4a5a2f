import type { Driver } from '../node/index.js'
import type { PeerContract } from '../peer/contract.js'
import type { RTCIceConnectionState, RTCIceGatheringState, RTCPeerConnectionState } from './aggregate-states.js'
import type { Transports } from './transports.js'

/** The internal slots of a connection that its parts share. */
export interface ConnectionContext {
  readonly peer: PeerContract
  readonly driver: Driver
  readonly transports: Transports
  /** [[IsClosed]] */
  readonly isClosed: boolean
  /** [[IceConnectionState]] */
  iceConnectionState: RTCIceConnectionState
  /** [[IceGatheringState]] */
  iceGatheringState: RTCIceGatheringState
  /** [[ConnectionState]] */
  connectionState: RTCPeerConnectionState
  /** Fires an event at the connection. */
  fire(event: Event, target?: EventTarget): void
}
