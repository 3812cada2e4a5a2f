/**
 * A program for browsers with one line more: the names come from us, and lib.dom's are left for what it annotates. In the
 * shape of PeerJS: a negotiator that fills connections in.
 */
import {
  AudioTrackSource,
  MediaStream as OurStream,
  RTCIceCandidate,
  RTCPeerConnection,
  RTCSessionDescription,
  VideoTrackSource,
} from 'tincan-rtc'

interface MediaConnection {
  readonly peer: string
  peerConnection?: globalThis.RTCPeerConnection
  localStream: MediaStream
  remoteStream?: MediaStream
}

interface ServerMessage {
  readonly type: 'OFFER' | 'ANSWER' | 'CANDIDATE'
  readonly payload: { sdp?: RTCSessionDescriptionInit | RTCSessionDescription; candidate?: RTCIceCandidateInit }
}

export function start(connection: MediaConnection, config: RTCConfiguration, send: (message: ServerMessage) => void) {
  const pc = new RTCPeerConnection(config)
  connection.peerConnection = pc
  pc.onicecandidate = (event) => {
    if (event.candidate?.candidate) send({ type: 'CANDIDATE', payload: { candidate: event.candidate } })
  }
  pc.onicecandidateerror = ({ errorCode, errorText, url }) => console.warn(errorCode, errorText, url)
  pc.onconnectionstatechange = () => {
    if (['closed', 'failed'].includes(pc.connectionState)) pc.onconnectionstatechange = null
  }
  pc.ondatachannel = ({ channel }) => {
    const incoming: RTCDataChannel = channel
    const id: number | null = incoming.id
    console.log(id)
  }
  pc.ontrack = (event) => {
    const stream: MediaStream | undefined = event.streams[0]
    if (stream) connection.remoteStream = stream
    const receiver: RTCRtpReceiver = event.receiver
    const transceiver: RTCRtpTransceiver = event.transceiver
    transceiver.direction = receiver.track.kind === 'audio' ? 'recvonly' : 'sendrecv'
  }
  const senders: RTCRtpSender[] = connection.localStream
    .getTracks()
    .map((track) => pc.addTrack(track, connection.localStream))
  return { pc, senders }
}

export async function tune(pc: RTCPeerConnection, senders: readonly RTCRtpSender[]): Promise<void> {
  for (const sender of senders) {
    const parameters: RTCRtpSendParameters = sender.getParameters()
    const [encoding] = parameters.encodings
    if (encoding) encoding.maxBitrate = 100_000
    parameters.degradationPreference = 'maintain-framerate'
    await sender.setParameters(parameters)
    sender.dtmf?.insertDTMF('123', 100, 70)
    pc.removeTrack(sender)
  }
  const [transceiver] = pc.getTransceivers()
  const codecs: RTCRtpCodec[] = RTCRtpReceiver.getCapabilities('video')?.codecs ?? []
  transceiver?.setCodecPreferences(codecs)
  const init: RTCRtpTransceiverInit = { direction: 'sendonly', sendEncodings: [{ rid: 'a', scaleResolutionDownBy: 2 }] }
  pc.addTransceiver(new VideoTrackSource({ width: 640, height: 480 }).createTrack(), init)
}

export async function answer(pc: RTCPeerConnection, { payload }: ServerMessage): Promise<void> {
  if (payload.sdp) await pc.setRemoteDescription(new RTCSessionDescription(payload.sdp))
  if (payload.candidate) await pc.addIceCandidate(new RTCIceCandidate(payload.candidate))
  const description: RTCSessionDescriptionInit = await pc.createAnswer()
  await pc.setLocalDescription(description)
  const certificate: RTCCertificate = await RTCPeerConnection.generateCertificate({
    name: 'ECDSA',
    namedCurve: 'P-256',
  })
  pc.setConfiguration({ ...pc.getConfiguration(), certificates: [certificate] })
}

const track: MediaStreamTrack = new AudioTrackSource().createTrack()
const stream: MediaStream = new OurStream([track])
stream.addEventListener('addtrack', (event: MediaStreamTrackEvent) => console.log(event.track.id))
track.addEventListener('ended', () => track.stop(), { once: true })
void track.applyConstraints({ echoCancellation: true, sampleRate: { ideal: 48_000 } })
export const started = start({ peer: 'b', localStream: stream }, {}, () => undefined)
