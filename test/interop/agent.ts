/**
 * Lives inside a peer (page, child process, or this process) and does what a test says through the W3C API, written once.
 * Every event is recorded in the order in which the application sees it.
 */
import type {
  AgentCommand,
  AgentEvent,
  ChannelView,
  CommandMap,
  CommandName,
  ConnectionView,
} from './agent-protocol.js'
import { binaryMessage, digestOfBytes, textMessage } from './payload.js'
import type { MessageRecipe } from './payload.js'
import type { Api, Candidate, ChannelError, DataChannel, PeerConnection } from './w3c-subset.js'

type Arguments<Name extends CommandName> = CommandMap[Name]['arguments']
type Recorder = (type: string, detail?: Record<string, unknown>, label?: string) => void

class Connection {
  readonly #api: Api
  readonly #connection: PeerConnection
  readonly #channels = new Map<string, DataChannel>()
  readonly #record: Recorder

  constructor(api: Api, configuration: Record<string, unknown> | undefined, record: Recorder) {
    this.#api = api
    this.#record = record
    const connection = new api.RTCPeerConnection(configuration)
    this.#connection = connection
    connection.onicecandidate = ({ candidate }) => record('icecandidate', { candidate: plainCandidate(candidate) })
    connection.onconnectionstatechange = () => record('connectionstatechange', { state: connection.connectionState })
    connection.oniceconnectionstatechange = () =>
      record('iceconnectionstatechange', { state: connection.iceConnectionState })
    connection.onicegatheringstatechange = () =>
      record('icegatheringstatechange', { state: connection.iceGatheringState })
    connection.onsignalingstatechange = () => record('signalingstatechange', { state: connection.signalingState })
    connection.ondatachannel = ({ channel }) => {
      record('datachannel', { readyState: channel.readyState }, channel.label)
      this.#observe(channel)
    }
  }

  #observe(channel: DataChannel): void {
    const { label } = channel
    const record = (type: string, detail: Record<string, unknown> = {}): void =>
      this.#record(type, { ...detail, readyState: channel.readyState }, label)
    channel.binaryType = 'arraybuffer'
    channel.onopen = () => record('open')
    channel.onclosing = () => record('closing')
    channel.onclose = () => record('close')
    channel.onerror = (event) => record('error', plainError(event))
    channel.onmessage = ({ data }) => record('message', digestOfData(data))
    this.#channels.set(label, channel)
  }

  create(): null {
    return null
  }

  async offer({ gatherAll }: Arguments<'offer'>): Promise<CommandMap['offer']['result']> {
    await this.#connection.setLocalDescription(await this.#connection.createOffer())
    return this.#localDescription(gatherAll)
  }

  async answer({ offer, gatherAll }: Arguments<'answer'>): Promise<CommandMap['answer']['result']> {
    await this.#connection.setRemoteDescription(offer)
    await this.#connection.setLocalDescription(await this.#connection.createAnswer())
    return this.#localDescription(gatherAll)
  }

  async #localDescription(gatherAll: boolean): Promise<CommandMap['offer']['result']> {
    const connection = this.#connection
    // Its event has one handler, which records: so look often, which costs nothing in a test.
    while (gatherAll && connection.iceGatheringState !== 'complete')
      await new Promise((resolve) => setTimeout(resolve, 5))
    const { type, sdp } = connection.localDescription!
    return { type, sdp }
  }

  async applyAnswer({ answer }: Arguments<'applyAnswer'>): Promise<null> {
    await this.#connection.setRemoteDescription(answer)
    return null
  }

  async addCandidate({ candidate }: Arguments<'addCandidate'>): Promise<null> {
    if (candidate === null && this.#api.endOfCandidates === 'none') return null
    await this.#connection.addIceCandidate(candidate)
    return null
  }

  createChannel({ label, options }: Arguments<'createChannel'>): null {
    const channel = this.#connection.createDataChannel(label, options)
    this.#observe(channel)
    // No W3C channel is born open; @roamhq/wrtc's are on a connected connection, and then there is no event to wait for.
    if (channel.readyState === 'open') this.#record('open', { withoutEvent: true }, label)
    return null
  }

  send({ label, messages, thenClose }: Arguments<'send'>): null {
    const channel = this.#channel(label)
    const sendables = messages.map((recipe) => this.#sendable(recipe))
    for (const sendable of sendables) channel.send(sendable)
    this.#record('call send', { messages: messages.length, bufferedAmount: channel.bufferedAmount }, label)
    if (thenClose === 'channel') this.closeChannel({ label })
    if (thenClose === 'connection') this.closeConnection()
    return null
  }

  #sendable({ kind, size, seed }: MessageRecipe): unknown {
    if (kind === 'text') return textMessage(size, seed)
    const bytes = binaryMessage(size, seed)
    return this.#api.toSendable === undefined ? bytes : this.#api.toSendable(bytes)
  }

  closeChannel({ label }: Arguments<'closeChannel'>): null {
    const channel = this.#channel(label)
    // Before the call: whatever an implementation fires from inside close() shows up after this line.
    this.#record('call close', {}, label)
    channel.close()
    this.#record('close returned', { readyState: channel.readyState }, label)
    return null
  }

  closeConnection(): null {
    this.#record('call close')
    void this.#connection.close()
    const channels = [...this.#channels.values()].map((channel) => channel.readyState)
    this.#record('close returned', { ...this.connectionView(), channelStates: channels.join(' ') })
    return null
  }

  connectionView(): ConnectionView {
    const { connectionState, iceConnectionState, signalingState } = this.#connection
    return { connectionState, iceConnectionState, signalingState, channels: this.#channels.size }
  }

  channelView({ label }: Arguments<'channelView'>): ChannelView {
    const { id, readyState, ordered, protocol, negotiated, maxRetransmits, maxPacketLifeTime } = this.#channel(label)
    return { id, readyState, ordered, protocol, negotiated, maxRetransmits, maxPacketLifeTime }
  }

  #channel(label: string): DataChannel {
    const channel = this.#channels.get(label)
    if (channel === undefined) throw new Error(`no channel ${label} here`)
    return channel
  }
}

function digestOfData(data: unknown): Record<string, unknown> {
  if (typeof data === 'string') return { ...digestOfBytes('text', new TextEncoder().encode(data)) }
  if (data instanceof ArrayBuffer) return { ...digestOfBytes('binary', new Uint8Array(data)) }
  if (ArrayBuffer.isView(data))
    return { ...digestOfBytes('binary', new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) }
  return { kind: Object.prototype.toString.call(data), size: -1, hash: '' }
}

function plainCandidate(candidate: Candidate | null | undefined): Candidate | null {
  if (candidate === null || candidate === undefined) return null
  const { sdpMid = null, sdpMLineIndex = null } = candidate
  return { candidate: candidate.candidate, sdpMid, sdpMLineIndex }
}

function plainError({ error }: ChannelError): Record<string, unknown> {
  return {
    name: error?.name,
    message: error?.message,
    errorDetail: error?.errorDetail,
    sctpCauseCode: error?.sctpCauseCode ?? null,
  }
}

export class Agent {
  readonly #api: Api
  readonly #connections = new Map<number, Connection>()
  readonly #tell: (event: AgentEvent) => void
  #sequence = 0

  constructor(api: Api, tell: (event: AgentEvent) => void) {
    this.#api = api
    this.#tell = tell
  }

  async run({ connection: number, name, arguments: given }: AgentCommand): Promise<unknown> {
    if (name === 'create') {
      const { configuration } = given as Arguments<'create'>
      this.#connections.set(number, new Connection(this.#api, configuration, this.#recorder(number)))
      return null
    }
    const connection = this.#connections.get(number)
    if (connection === undefined) throw new Error(`no connection ${number} here`)
    const method = connection[name] as (given: unknown) => unknown
    return method.call(connection, given)
  }

  #recorder(connection: number): Recorder {
    return (type, detail, label) => {
      this.#tell({
        connection,
        sequence: this.#sequence++,
        at: performance.timeOrigin + performance.now(),
        type,
        ...(label === undefined ? {} : { label }),
        ...(detail === undefined ? {} : { detail }),
      })
    }
  }
}
