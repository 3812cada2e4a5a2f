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
  Creation,
  PairView,
} from './agent-protocol.js'
import { binaryMessage, digestOfBytes, textMessage } from './payload.js'
import type { MessageRecipe } from './payload.js'
import type {
  Api,
  Candidate,
  ChannelError,
  DataChannel,
  PairedCandidate,
  PeerConnection,
  SctpTransport,
} from './w3c-subset.js'

type Arguments<Name extends CommandName> = CommandMap[Name]['arguments']
type Recorder = (type: string, detail?: Record<string, unknown>, label?: string) => void

const ALGORITHMS: Record<NonNullable<Creation['certificate']>, Record<string, unknown>> = {
  ECDSA: { name: 'ECDSA', namedCurve: 'P-256' },
  RSA: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
}

class Connection {
  readonly #api: Api
  readonly #connection: PeerConnection
  readonly #channels = new Map<string, DataChannel>()
  readonly #record: Recorder
  readonly #closeOnMessage = new Set<string>()
  #sctp: SctpTransport | undefined

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
    channel.onclosing = () => record('closing', { bufferedAmount: channel.bufferedAmount })
    channel.onclose = () => record('close', { bufferedAmount: channel.bufferedAmount })
    channel.onerror = (event) => record('error', plainError(event))
    channel.onmessage = ({ data }) => {
      record('message', digestOfData(data))
      if (this.#closeOnMessage.delete(label)) this.closeChannel({ label })
    }
    this.#channels.set(label, channel)
  }

  create(): null {
    return null
  }

  /** Its transports exist from a description on, and stay to be looked at when the connection is closed. */
  #observeTransports(): void {
    const sctp = this.#connection.sctp ?? undefined
    if (sctp === undefined || sctp === this.#sctp) return
    this.#sctp = sctp
    const dtls = sctp.transport
    // Other Node implementations keep something else under this name.
    if (dtls === undefined || !('onstatechange' in dtls)) return
    dtls.onstatechange = () => this.#record('dtls statechange', { state: dtls.state })
    dtls.onerror = (event) => this.#record('dtls error', plainError(event))
  }

  async offer({ gatherAll, iceRestart }: Arguments<'offer'>): Promise<CommandMap['offer']['result']> {
    const offer = await this.#connection.createOffer(iceRestart ? { iceRestart } : {})
    await this.#connection.setLocalDescription(offer)
    this.#observeTransports()
    return this.#localDescription(gatherAll)
  }

  async answer({ offer, gatherAll }: Arguments<'answer'>): Promise<CommandMap['answer']['result']> {
    await this.#connection.setRemoteDescription(offer)
    await this.#connection.setLocalDescription(await this.#connection.createAnswer())
    this.#observeTransports()
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
    this.#observeTransports()
    return null
  }

  async rollback(): Promise<null> {
    await this.#connection.setLocalDescription({ type: 'rollback' })
    return null
  }

  addTransceiver({ kind }: Arguments<'addTransceiver'>): null {
    this.#connection.addTransceiver(kind)
    return null
  }

  stopTransceivers(): null {
    for (const transceiver of this.#connection.getTransceivers?.() ?? []) transceiver.stop()
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

  closeOnMessage({ label }: Arguments<'closeOnMessage'>): null {
    this.#closeOnMessage.add(label)
    return null
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
    const iceTransport = this.#sctp?.transport?.iceTransport
    return {
      connectionState,
      iceConnectionState,
      signalingState,
      channels: this.#channels.size,
      sctpState: this.#sctp?.state ?? null,
      dtlsState: this.#sctp?.transport?.state ?? null,
      iceTransportState: iceTransport?.state ?? null,
    }
  }

  usernameFragment(): string | null {
    const iceTransport = this.#sctp?.transport?.iceTransport
    return iceTransport?.getSelectedCandidatePair?.()?.local.usernameFragment ?? null
  }

  selectedPair(): PairView | null {
    const pair = this.#sctp?.transport?.iceTransport?.getSelectedCandidatePair?.() ?? null
    return pair && { local: pairedCandidate(pair.local), remote: pairedCandidate(pair.remote) }
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

function pairedCandidate(candidate: PairedCandidate): PairedCandidate {
  const { type, address, port, priority, protocol, tcpType, relayProtocol } = candidate
  const known = { type: type ?? null, address: address ?? null, port: port ?? null, priority: priority ?? null }
  return { ...known, protocol: protocol ?? null, tcpType: tcpType ?? null, relayProtocol: relayProtocol ?? null }
}

function plainError(event: ChannelError): Record<string, unknown> {
  const { error } = event
  return {
    interface: event.constructor.name,
    name: error?.name,
    message: error?.message,
    errorDetail: error?.errorDetail,
    sctpCauseCode: error?.sctpCauseCode ?? null,
    receivedAlert: error?.receivedAlert ?? null,
    sentAlert: error?.sentAlert ?? null,
    cause: error?.cause === undefined ? null : { name: error.cause.name, message: error.cause.message },
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
      const { configuration, certificate } = given as Creation
      const certificates = certificate && [
        await this.#api.RTCPeerConnection.generateCertificate!(ALGORITHMS[certificate]),
      ]
      const all = certificates === undefined ? configuration : { ...configuration, certificates }
      this.#connections.set(number, new Connection(this.#api, all, this.#recorder(number)))
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
