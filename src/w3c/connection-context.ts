import type { RTCIceConnectionState, RTCIceGatheringState, RTCPeerConnectionState } from './aggregate-states.js'
import type { TransceiverContext } from './transceiver-context.js'
import type { Transceivers } from './transceivers.js'
import type { Transports } from './transports.js'

/** The internal slots of a connection that its parts share. */
export interface ConnectionContext extends TransceiverContext {
  readonly transports: Transports
  readonly transceivers: Transceivers
  /** [[IceConnectionState]] */
  iceConnectionState: RTCIceConnectionState
  /** [[IceGatheringState]] */
  iceGatheringState: RTCIceGatheringState
  /** [[ConnectionState]] */
  connectionState: RTCPeerConnectionState
  /** Host candidates tell names: no address of this machine is told. */
  readonly hidesAddresses: boolean
  /** The DTLS handshake has sent its first flight. */
  handshakeWaits(): void
  /** Fires an event at the connection. */
  fire(event: Event): void
  /** The same at one of its transports, where a script may have heard of that. */
  fireAt(transport: { readonly known: EventTarget | undefined }, type: string): void
}
