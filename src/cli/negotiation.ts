import type { RTCPeerConnection } from '../index.js'
import type { Signal } from './demo-protocol.js'

/**
 * One side of an offer and answer exchange with trickled candidates, as every tutorial shows it. `send` carries our
 * signals to the other side; the result takes the other side's.
 */
export function negotiate(
  connection: RTCPeerConnection,
  send: (signal: Signal) => void,
  failed: (reason: Error) => void,
): (signal: Signal) => void {
  connection.addEventListener('icecandidate', ({ candidate }) => {
    if (candidate === null) return
    const { sdpMid, sdpMLineIndex } = candidate
    send({ type: 'candidate', candidate: { candidate: candidate.candidate, sdpMid, sdpMLineIndex } })
  })
  const describe = async () => {
    await connection.setLocalDescription()
    const { type, sdp } = connection.localDescription!
    send({ type: 'description', description: { type, sdp } })
  }
  const take = async (signal: Signal) => {
    if (signal.type === 'candidate') return connection.addIceCandidate(signal.candidate)
    await connection.setRemoteDescription(signal.description)
    if (signal.description.type === 'offer') await describe()
  }
  connection.addEventListener('negotiationneeded', () => {
    describe().catch(failed)
  })
  return (signal) => {
    if (connection.signalingState !== 'closed') take(signal).catch(failed)
  }
}
