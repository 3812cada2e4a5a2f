/** What crosses between a test and the agent inside a peer: plain JSON, commands one way, observed events the other. */
import type { MessageRecipe } from './payload.js'
import type { Candidate, ChannelOptions, Description, PairedCandidate } from './w3c-subset.js'

type Nothing = Readonly<Record<string, never>>

export interface CommandMap {
  create: { arguments: Creation; result: null }
  /** createOffer and setLocalDescription; with `gatherAll` the description holds every candidate. */
  offer: { arguments: { gatherAll: boolean; iceRestart: boolean }; result: Description }
  /** setRemoteDescription, createAnswer and setLocalDescription. */
  answer: { arguments: { offer: Description; gatherAll: boolean }; result: Description }
  applyAnswer: { arguments: { answer: Description }; result: null }
  addCandidate: { arguments: { candidate: Candidate | null }; result: null }
  /** Back to stable from an offer of its own. */
  rollback: { arguments: Nothing; result: null }
  addTransceiver: { arguments: { kind: 'audio' | 'video' }; result: null }
  /** Stops what was added so far. */
  stopTransceivers: { arguments: Nothing; result: null }
  createChannel: { arguments: { label: string; options: ChannelOptions }; result: null }
  /** All in one task, then, if asked, the close in the same task. */
  send: { arguments: { label: string; messages: MessageRecipe[]; thenClose?: 'channel' | 'connection' }; result: null }
  /** Closes the channel inside its next message event. */
  closeOnMessage: { arguments: { label: string }; result: null }
  closeChannel: { arguments: { label: string }; result: null }
  closeConnection: { arguments: Nothing; result: null }
  connectionView: { arguments: Nothing; result: ConnectionView }
  /** Of the pair in use: our end's username fragment, which an ICE restart changes. */
  usernameFragment: { arguments: Nothing; result: string | null }
  /** The ends of the pair in use, or null. */
  selectedPair: { arguments: Nothing; result: PairView | null }
  channelView: { arguments: { label: string }; result: ChannelView }
}

export type CommandName = keyof CommandMap

export interface Creation {
  readonly configuration?: Record<string, unknown>
  /** What kind of certificate is generated for the connection; without it the implementation's default. */
  readonly certificate?: 'ECDSA' | 'RSA'
}

export interface ConnectionView {
  readonly connectionState: string
  readonly iceConnectionState: string
  readonly signalingState: string
  readonly channels: number
  /** Of the objects behind `sctp`; null where the implementation shows none. */
  readonly sctpState: string | null
  readonly dtlsState: string | null
  readonly iceTransportState: string | null
}

export interface PairView {
  readonly local: PairedCandidate
  readonly remote: PairedCandidate
}

export interface ChannelView {
  readonly id: number | null
  readonly readyState: string
  readonly ordered: boolean
  readonly protocol: string
  readonly negotiated: boolean
  readonly maxRetransmits: number | null
  readonly maxPacketLifeTime: number | null
}

export interface AgentCommand {
  readonly connection: number
  readonly name: CommandName
  readonly arguments: unknown
}

/** One line of the log: something the peer's application saw, or (`call`) something it did. */
export interface AgentEvent {
  readonly connection: number
  /** Order within the peer. */
  readonly sequence: number
  /** `performance.timeOrigin + performance.now()` at the peer: comparable between processes of one machine. */
  readonly at: number
  /** The channel's label, or absent for the connection itself. */
  readonly label?: string
  readonly type: string
  readonly detail?: Readonly<Record<string, unknown>>
}
