import type { RTCPeerConnection } from '../../src/index.js'

/** Whether a candidate reaches the other end; the empty one, and the end of them, always do. */
export type IsTold = (candidate: string) => boolean

/** Tells one end the candidates of the other as they come. */
export function trickle(from: RTCPeerConnection, to: RTCPeerConnection, isTold: IsTold = () => true): void {
  from.onicecandidate = ({ candidate }) => {
    const text = candidate?.candidate ?? ''
    if (text === '' || isTold(text)) void to.addIceCandidate(candidate ?? undefined)
  }
}

/** An offer, and its answer. */
export async function exchangeDescriptions(offerer: RTCPeerConnection, answerer: RTCPeerConnection): Promise<void> {
  await offerer.setLocalDescription()
  await answerer.setRemoteDescription(offerer.localDescription!)
  await answerer.setLocalDescription()
  await offerer.setRemoteDescription(answerer.localDescription!)
}

/** Descriptions now, candidates as they come. */
export async function negotiate(
  offerer: RTCPeerConnection,
  answerer: RTCPeerConnection,
  isTold?: IsTold,
): Promise<void> {
  trickle(offerer, answerer, isTold)
  trickle(answerer, offerer, isTold)
  await exchangeDescriptions(offerer, answerer)
}
