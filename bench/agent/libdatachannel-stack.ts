/** node-datachannel's own API, which is that of libdatachannel: callbacks, and descriptions that it makes by itself. */
import type * as Library from 'node-datachannel'
import type { DataChannel, PeerConnection } from 'node-datachannel'
import type { Candidate, Channel, ChannelOptions, Connection, ConnectionEvents, Description, Stack } from './stack.js'
import { bytesOf } from './w3c-stack.js'

export function libdatachannelStack(library: typeof Library): Stack {
  return { connect: (events) => new OwnConnection(library, events) }
}

let connections = 0

class OwnConnection implements Connection {
  readonly #connection: PeerConnection
  #described: (description: Description) => void = () => {}

  constructor({ PeerConnection }: typeof Library, events: ConnectionEvents) {
    const connection = new PeerConnection(`bench ${connections++}`, { iceServers: [] })
    this.#connection = connection
    connection.onLocalDescription((sdp, type) => this.#described({ type: type as Description['type'], sdp }))
    connection.onLocalCandidate((candidate, sdpMid) => events.candidate({ candidate, sdpMid, sdpMLineIndex: 0 }))
    connection.onStateChange((state) => events.state(state))
    connection.onDataChannel((channel) => events.channel(new OwnChannel(channel)))
  }

  open(label: string, { ordered }: ChannelOptions): Channel {
    return new OwnChannel(this.#connection.createDataChannel(label, { unordered: !ordered }))
  }

  /** The first channel made one already. */
  async offer(): Promise<Description> {
    return this.#connection.localDescription() === null ? await this.#next() : this.#made()
  }

  async answer(offer: Description): Promise<Description> {
    const next = this.#next()
    this.#connection.setRemoteDescription(offer.sdp, 'offer')
    return await next
  }

  async #next(): Promise<Description> {
    return await new Promise((resolve) => (this.#described = resolve))
  }

  #made(): Description {
    const { type, sdp } = this.#connection.localDescription()!
    return { type: type as Description['type'], sdp }
  }

  async accept({ sdp, type }: Description): Promise<void> {
    this.#connection.setRemoteDescription(sdp, type)
  }

  async addCandidate({ candidate, sdpMid }: Candidate): Promise<void> {
    this.#connection.addRemoteCandidate(candidate, sdpMid ?? '0')
  }

  close(): void {
    this.#connection.close()
  }
}

class OwnChannel implements Channel {
  readonly label: string
  readonly opened: Promise<void>
  onmessage: (data: Uint8Array) => void = () => {}
  readonly #channel: DataChannel
  #thresholdBytes = -1
  #low: (() => void) | undefined

  constructor(channel: DataChannel) {
    this.#channel = channel
    this.label = channel.getLabel()
    this.opened = new Promise((resolve) => {
      if (channel.isOpen()) resolve()
      else channel.onOpen(resolve)
    })
    channel.onMessage((message) => this.onmessage(bytesOf(message)))
    channel.onBufferedAmountLow(() => this.#low?.())
  }

  send(data: Uint8Array): void {
    this.#channel.sendMessageBinary(data)
  }

  bufferedAmount(): number {
    return this.#channel.bufferedAmount()
  }

  whenLow(thresholdBytes: number, callback: () => void): void {
    if (this.#thresholdBytes !== thresholdBytes) this.#channel.setBufferedAmountLowThreshold(thresholdBytes)
    this.#thresholdBytes = thresholdBytes
    this.#low = callback
  }
}
