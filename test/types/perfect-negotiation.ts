/** Perfect negotiation (https://www.w3.org/TR/webrtc/#perfect-negotiation-example) with every type named as in a browser. */
import { RTCPeerConnection as TincanPeerConnection } from 'tincan-rtc'

interface Signal {
  description?: RTCSessionDescription | null
  candidate?: RTCIceCandidate | null
}

export class Negotiator {
  readonly #connection: RTCPeerConnection
  readonly #polite: boolean
  readonly #send: (signal: Signal) => void
  #makingOffer = false
  #ignoresOffer = false
  #settlingAnswer = false

  constructor(connection: RTCPeerConnection, polite: boolean, send: (signal: Signal) => void) {
    this.#connection = connection
    this.#polite = polite
    this.#send = send
    connection.onicecandidate = ({ candidate }: RTCPeerConnectionIceEvent) => send({ candidate })
    connection.onnegotiationneeded = () => void this.#offer()
    connection.ontrack = function ({ track, streams }: RTCTrackEvent) {
      track.onunmute = () => console.log(this.connectionState, streams[0]?.id)
    }
  }

  async receive({ description, candidate }: Signal): Promise<void> {
    const connection = this.#connection
    if (description) {
      const ready = !this.#makingOffer && (connection.signalingState === 'stable' || this.#settlingAnswer)
      this.#ignoresOffer = !this.#polite && description.type === 'offer' && !ready
      if (this.#ignoresOffer) return
      this.#settlingAnswer = description.type === 'answer'
      await connection.setRemoteDescription(description)
      this.#settlingAnswer = false
      if (description.type !== 'offer') return
      await connection.setLocalDescription()
      this.#send({ description: connection.localDescription })
      return
    }
    try {
      await connection.addIceCandidate(candidate)
    } catch (error) {
      if (!this.#ignoresOffer) throw error
    }
  }

  async #offer(): Promise<void> {
    try {
      this.#makingOffer = true
      await this.#connection.setLocalDescription()
      this.#send({ description: this.#connection.localDescription })
    } finally {
      this.#makingOffer = false
    }
  }
}

const configuration: RTCConfiguration = {
  iceServers: [{ urls: ['stun:stun.example.org'] }, { urls: 'turn:turn.example.org', username: 'u', credential: 'c' }],
  bundlePolicy: 'max-bundle',
}
export const negotiator = new Negotiator(new TincanPeerConnection(configuration), true, () => undefined)
