import { withIo } from '../node/index.js'
import { VirtualNetwork } from '../../test/support/virtual-network.js'
import { AudioTrackSource, MediaStream, RTCPeerConnection, VideoTrackSource } from './index.js'
import type { MediaStreamTrack, RTCConfiguration, RTCRtpTransceiver } from './index.js'

export function audioTrack(): MediaStreamTrack {
  return new AudioTrackSource().createTrack()
}

export function videoTrack(): MediaStreamTrack {
  return new VideoTrackSource().createTrack()
}

/** Two connections on a simulated network, where time stands still but in `network.run`. They end with the test. */
export class MediaPair implements Disposable {
  readonly network = new VirtualNetwork()
  readonly a: RTCPeerConnection
  readonly b: RTCPeerConnection

  constructor(configuration: RTCConfiguration = {}) {
    const [a, b] = ['192.0.2.1', '192.0.2.2'].map((address) => {
      const host = this.network.host({ addresses: [address] })
      return withIo(host, () => new RTCPeerConnection(configuration))
    })
    this.a = a!
    this.b = b!
  }

  /** Candidates and their end go to the other side as they come. */
  trickle(): void {
    for (const [from, to] of [
      [this.a, this.b],
      [this.b, this.a],
    ] as const) {
      from.addEventListener('icecandidate', ({ candidate }) => {
        if (to.signalingState !== 'closed') void to.addIceCandidate(candidate)
      })
    }
  }

  async offer(from = this.a, to = this.b): Promise<void> {
    await from.setLocalDescription()
    await to.setRemoteDescription(from.localDescription!)
  }

  async answer(from = this.b, to = this.a): Promise<void> {
    await from.setLocalDescription()
    await to.setRemoteDescription(from.localDescription!)
  }

  async negotiate(offerer = this.a, answerer = this.b): Promise<void> {
    await this.offer(offerer, answerer)
    await this.answer(answerer, offerer)
  }

  [Symbol.dispose](): void {
    this.a.close()
    this.b.close()
  }
}

export function streamOf(...tracks: MediaStreamTrack[]): MediaStream {
  return new MediaStream(tracks)
}

/** What an application sees of transceivers, in short. */
export function shown(connection: RTCPeerConnection): readonly object[] {
  return connection.getTransceivers().map(({ mid, direction, currentDirection }: RTCRtpTransceiver) => {
    return { mid, direction, currentDirection }
  })
}
