import type { DtlsTransportState } from '../dtls/types.js'
import type { IceGatheringState, IceTransportState } from '../ice/types.js'

/**
 * How far the way to the peer is, of all ICE transports together.
 * @see https://www.w3.org/TR/webrtc/#rtciceconnectionstate-enum
 */
export type RTCIceConnectionState = IceTransportState
/**
 * Whether local candidates are looked for: not yet, now, or not any more.
 * @see https://www.w3.org/TR/webrtc/#rtcicegatheringstate-enum
 */
export type RTCIceGatheringState = IceGatheringState
/**
 * How far a connection is, of all ICE and DTLS transports together. `disconnected` may end by itself, `failed` asks for
 * an ICE restart, or for another connection where DTLS failed.
 * @see https://www.w3.org/TR/webrtc/#rtcpeerconnectionstate-enum
 */
export type RTCPeerConnectionState = 'closed' | 'failed' | 'disconnected' | 'new' | 'connecting' | 'connected'

const isNewOrClosed = (state: string): boolean => state === 'new' || state === 'closed'
const isCompletedOrClosed = (state: IceTransportState): boolean => state === 'completed' || state === 'closed'
const isConnectedOrClosed = (state: DtlsTransportState): boolean => state === 'connected' || state === 'closed'

/** https://www.w3.org/TR/webrtc/#rtciceconnectionstate-enum, of a connection that is not closed. */
export function deriveIceConnectionState(transports: readonly IceTransportState[]): RTCIceConnectionState {
  // failed: any transports are failed.
  if (transports.includes('failed')) return 'failed'
  // disconnected: none of the previous states apply and any transports are disconnected.
  if (transports.includes('disconnected')) return 'disconnected'
  // new: all transports are new or closed, or there are no transports.
  if (transports.every(isNewOrClosed)) return 'new'
  // checking: any transports are new or checking.
  if (transports.includes('new') || transports.includes('checking')) return 'checking'
  // completed: all transports are completed or closed.
  if (transports.every(isCompletedOrClosed)) return 'completed'
  // connected: all transports are connected, completed or closed.
  return 'connected'
}

/** https://www.w3.org/TR/webrtc/#rtcpeerconnectionstate-enum, of a connection that is not closed. */
export function deriveConnectionState(
  ice: RTCIceConnectionState,
  transports: readonly DtlsTransportState[],
): RTCPeerConnectionState {
  // failed: [[IceConnectionState]] is failed or any DTLS transports are failed.
  if (ice === 'failed' || transports.includes('failed')) return 'failed'
  // disconnected: [[IceConnectionState]] is disconnected.
  if (ice === 'disconnected') return 'disconnected'
  // new: [[IceConnectionState]] is new and all DTLS transports are new or closed, or there are no transports.
  if ((ice === 'new' && transports.every(isNewOrClosed)) || transports.length === 0) return 'new'
  // connected: [[IceConnectionState]] is connected and all DTLS transports are connected or closed.
  // Deviation: `completed` counts as well; it is what follows `connected`, and browsers treat it so.
  if ((ice === 'connected' || ice === 'completed') && transports.every(isConnectedOrClosed)) return 'connected'
  // connecting: none of the previous states apply.
  return 'connecting'
}

/** https://www.w3.org/TR/webrtc/#rtcicegatheringstate-enum */
export function deriveGatheringState(transports: readonly IceGatheringState[]): RTCIceGatheringState {
  // gathering: any transports are gathering.
  if (transports.includes('gathering')) return 'gathering'
  // complete: at least one transport exists, and all are complete. new: otherwise.
  return transports.length > 0 && transports.every((state) => state === 'complete') ? 'complete' : 'new'
}
