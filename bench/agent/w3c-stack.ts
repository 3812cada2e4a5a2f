/** Any implementation with the interfaces of the W3C: ours, browsers, and what other packages have of them. */
import type { ByteStreams, Candidate, Channel, ChannelOptions, Connection } from './stack.js'
import type { ConnectionEvents, Description, Stack } from './stack.js'

export interface W3cChannel {
  readonly label: string
  readonly readyState: string
  readonly bufferedAmount: number
  bufferedAmountLowThreshold: number
  binaryType: string
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  addEventListener(type: 'bufferedamountlow', listener: () => void): void
  send(data: unknown): void
}

interface W3cConnection {
  readonly connectionState: string
  readonly localDescription: Description | null
  onicecandidate: ((event: { readonly candidate?: Candidate | null }) => void) | null
  onconnectionstatechange: (() => void) | null
  ondatachannel: ((event: { readonly channel: W3cChannel }) => void) | null
  createDataChannel(label: string, options: ChannelOptions): W3cChannel
  createOffer(): Promise<Description>
  createAnswer(): Promise<Description>
  setLocalDescription(description: Description): Promise<unknown>
  setRemoteDescription(description: Description): Promise<unknown>
  addIceCandidate(candidate: Candidate): Promise<unknown>
  close(): unknown
}

export interface W3cApi {
  readonly RTCPeerConnection: new (configuration?: Record<string, unknown>) => unknown
}

export interface W3cQuirks {
  readonly configuration?: Record<string, unknown>
  /** werift sends a Buffer where the W3C text takes any buffer source. */
  readonly toSendable?: (bytes: Uint8Array) => unknown
  /** An extension of ours. */
  readonly streamsOf?: (channel: W3cChannel) => ByteStreams
}

export function w3cStack({ RTCPeerConnection }: W3cApi, quirks: W3cQuirks = {}): Stack {
  return {
    connect: (events) => {
      const connection = new RTCPeerConnection(quirks.configuration) as W3cConnection
      return new AdaptedConnection(connection, events, quirks)
    },
  }
}

class AdaptedConnection implements Connection {
  readonly #connection: W3cConnection
  readonly #quirks: W3cQuirks

  constructor(connection: W3cConnection, events: ConnectionEvents, quirks: W3cQuirks) {
    this.#connection = connection
    this.#quirks = quirks
    connection.onicecandidate = ({ candidate }) => {
      // An empty candidate and its absence both end the candidates; nobody waits for that here.
      if (!candidate?.candidate) return
      const { sdpMid, sdpMLineIndex } = candidate
      events.candidate({ candidate: candidate.candidate, sdpMid: sdpMid ?? null, sdpMLineIndex: sdpMLineIndex ?? null })
    }
    connection.onconnectionstatechange = () => events.state(connection.connectionState)
    connection.ondatachannel = ({ channel }) => events.channel(new AdaptedChannel(channel, quirks))
  }

  open(label: string, options: ChannelOptions): Channel {
    return new AdaptedChannel(this.#connection.createDataChannel(label, options), this.#quirks)
  }

  async offer(): Promise<Description> {
    return await this.#local(await this.#connection.createOffer())
  }

  async answer(offer: Description): Promise<Description> {
    await this.#connection.setRemoteDescription(offer)
    return await this.#local(await this.#connection.createAnswer())
  }

  async #local(made: Description): Promise<Description> {
    await this.#connection.setLocalDescription(made)
    const { type, sdp } = this.#connection.localDescription ?? made
    return { type, sdp }
  }

  async accept(answer: Description): Promise<void> {
    await this.#connection.setRemoteDescription(answer)
  }

  async addCandidate(candidate: Candidate): Promise<void> {
    await this.#connection.addIceCandidate(candidate)
  }

  close(): void {
    void this.#connection.close()
  }
}

class AdaptedChannel implements Channel {
  readonly label: string
  readonly opened: Promise<void>
  onmessage: (data: Uint8Array) => void = () => {}
  readonly #channel: W3cChannel
  readonly #toSendable: W3cQuirks['toSendable']
  readonly streams?: () => ByteStreams
  #low: (() => void) | undefined

  constructor(channel: W3cChannel, { toSendable, streamsOf }: W3cQuirks) {
    this.#channel = channel
    this.#toSendable = toSendable
    if (streamsOf !== undefined) this.streams = () => streamsOf(channel)
    this.label = channel.label
    channel.binaryType = 'arraybuffer'
    this.opened = new Promise((resolve) => {
      if (channel.readyState === 'open') resolve()
      else channel.onopen = () => resolve()
    })
    channel.onmessage = ({ data }) => this.onmessage(bytesOf(data))
    channel.addEventListener('bufferedamountlow', () => this.#low?.())
  }

  send(data: Uint8Array): void {
    this.#channel.send(this.#toSendable === undefined ? data : this.#toSendable(data))
  }

  bufferedAmount(): number {
    return this.#channel.bufferedAmount
  }

  whenLow(thresholdBytes: number, callback: () => void): void {
    if (this.#channel.bufferedAmountLowThreshold !== thresholdBytes)
      this.#channel.bufferedAmountLowThreshold = thresholdBytes
    this.#low = callback
  }
}

export function bytesOf(data: unknown): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  throw new TypeError(`a message that is no bytes: ${Object.prototype.toString.call(data)}`)
}
