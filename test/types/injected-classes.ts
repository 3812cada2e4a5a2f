/** Libraries that are handed the classes they work with, as simple-peer's option `wrtc`, and name lib.dom's types. */
import * as tincan from 'tincan-rtc'

interface Wrtc {
  readonly RTCPeerConnection: typeof RTCPeerConnection
  readonly RTCSessionDescription: typeof RTCSessionDescription
  readonly RTCIceCandidate: typeof RTCIceCandidate
  readonly MediaStream: typeof MediaStream
}

export const wrtc: Wrtc = tincan

interface PeerOptions {
  readonly initiator?: boolean
  readonly wrtc: Wrtc
  readonly config?: RTCConfiguration
  readonly channelConfig?: RTCDataChannelInit
  readonly streams?: readonly MediaStream[]
  readonly sdpTransform?: (sdp: string) => string
}

type SignalData = RTCSessionDescriptionInit | { candidate: RTCIceCandidateInit } | { renegotiate: true }

/** The shape of simple-peer: one data channel, candidates trickled as plain data, tracks added at any time. */
export class SimplePeer {
  readonly #options: PeerOptions
  readonly #connection: RTCPeerConnection
  readonly #senders = new Map<MediaStreamTrack, RTCRtpSender>()
  readonly #pending: RTCIceCandidateInit[] = []
  #channel: RTCDataChannel | undefined
  onsignal: (data: SignalData) => void = () => undefined
  ondata: (data: string | ArrayBuffer | Blob) => void = () => undefined
  onerror: (error: RTCError | Event | DOMException) => void = () => undefined

  constructor(options: PeerOptions) {
    this.#options = options
    const connection = new options.wrtc.RTCPeerConnection(options.config)
    this.#connection = connection
    connection.addEventListener('icecandidate', (event) => {
      if (event.candidate) this.onsignal({ candidate: event.candidate.toJSON() })
    })
    connection.addEventListener('track', (event: RTCTrackEvent) =>
      event.streams.forEach((stream) => this.addStream(stream)),
    )
    connection.oniceconnectionstatechange = this.#onStateChange
    connection.ondatachannel = (event: RTCDataChannelEvent) => this.#setUp(event.channel)
    if (options.initiator === true) this.#setUp(connection.createDataChannel('data', options.channelConfig))
    for (const stream of options.streams ?? []) this.addStream(stream)
  }

  addStream(stream: MediaStream): void {
    for (const track of stream.getTracks()) this.#senders.set(track, this.#connection.addTrack(track, stream))
  }

  removeTrack(track: MediaStreamTrack): void {
    const sender = this.#senders.get(track)
    if (sender) this.#connection.removeTrack(sender)
  }

  async replaceTrack(old: MediaStreamTrack, replacement: MediaStreamTrack | null): Promise<void> {
    await this.#senders.get(old)?.replaceTrack(replacement)
  }

  async signal(data: SignalData): Promise<void> {
    if ('candidate' in data) {
      const candidate = new this.#options.wrtc.RTCIceCandidate(data.candidate)
      if (this.#connection.remoteDescription) await this.#connection.addIceCandidate(candidate)
      else this.#pending.push(candidate.toJSON())
    } else if ('type' in data) {
      await this.#connection.setRemoteDescription(new this.#options.wrtc.RTCSessionDescription(data))
      for (const candidate of this.#pending.splice(0)) await this.#connection.addIceCandidate(candidate)
      if (data.type === 'offer') this.#tell(await this.#connection.createAnswer())
    } else {
      this.#tell(await this.#connection.createOffer())
    }
  }

  send(chunk: string | Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer>): void {
    const channel = this.#channel
    if (channel === undefined) throw new Error('no channel yet')
    // Each type has its own overload in lib.dom.
    if (typeof chunk === 'string') channel.send(chunk)
    else if (chunk instanceof Blob) channel.send(chunk)
    else if (chunk instanceof ArrayBuffer) channel.send(chunk)
    else channel.send(chunk)
  }

  async bytesSent(): Promise<number> {
    let bytes = 0
    const report: RTCStatsReport = await this.#connection.getStats()
    report.forEach((stats: RTCTransportStats) => {
      if (stats.type === 'transport') bytes += stats.bytesSent ?? 0
    })
    return bytes
  }

  readonly #onStateChange = (): void => {
    const state: RTCIceConnectionState = this.#connection.iceConnectionState
    if (state === 'failed') this.#connection.restartIce()
  }

  #setUp(channel: RTCDataChannel): void {
    this.#channel = channel
    channel.binaryType = 'arraybuffer'
    channel.bufferedAmountLowThreshold = 65_536
    channel.onmessage = (event: MessageEvent<string | ArrayBuffer | Blob>) => this.ondata(event.data)
    channel.onerror = (event) => this.onerror(event instanceof RTCErrorEvent ? event.error : event)
    channel.onclose = (event: Event) => console.log(event.type, channel.readyState)
    channel.addEventListener('open', { handleEvent: () => undefined })
  }

  #tell(description: RTCSessionDescriptionInit): void {
    const { sdpTransform = (sdp: string) => sdp } = this.#options
    const sdp = sdpTransform(description.sdp ?? '')
    void this.#connection.setLocalDescription({ type: description.type, sdp })
    this.onsignal(this.#connection.localDescription ?? { type: description.type, sdp })
  }
}

export const peer = new SimplePeer({ wrtc, initiator: true })
