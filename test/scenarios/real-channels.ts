import { RTCPeerConnection, type RTCDataChannel, type TincanOptions } from '../../src/index.js'

/** The ends of an open channel between two connections over real sockets on loopback, which are added to `open`: they are to be closed. */
export async function realChannels(
  open: RTCPeerConnection[],
  options: TincanOptions = {},
): Promise<{ ours: RTCDataChannel; theirs: RTCDataChannel }> {
  const tincan = { includeLoopback: true, addresses: { only: ['127.0.0.1'] }, ...options }
  const [a, b] = [new RTCPeerConnection({ tincan }), new RTCPeerConnection({ tincan })]
  open.push(a, b)
  a.onicecandidate = ({ candidate }) => void b.addIceCandidate(candidate)
  b.onicecandidate = ({ candidate }) => void a.addIceCandidate(candidate)
  const ours = a.createDataChannel('label')
  const opened = new Promise((resolve) => (ours.onopen = resolve))
  const announced = new Promise<RTCDataChannel>((resolve) => (b.ondatachannel = ({ channel }) => resolve(channel)))
  await a.setLocalDescription()
  await b.setRemoteDescription(a.localDescription!)
  await b.setLocalDescription()
  await a.setRemoteDescription(b.localDescription!)
  await opened
  return { ours, theirs: await announced }
}
