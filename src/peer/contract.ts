import type { Layer, Millis, ProtocolError } from '../core/index.js'
import type { Crypto, LocalCertificate } from '../crypto/types.js'
import type { ChannelEvent, ChannelHandle, MessageKind, OpenChannel, ReleaseMemory } from '../datachannel/types.js'
import type { DtlsSession, DtlsTransportState } from '../dtls/types.js'
import type { IceStatistics } from '../ice/ice-statistics.js'
import type {
  IceCandidate,
  IceDatagram,
  IceGatheringState,
  IceParameters,
  IceRole,
  IceTimings,
  IceTransmit,
  IceTransportState,
  LocalSocket,
  SelectedPair,
  SocketId,
  StreamRequest,
  StunServer,
  TransportAddress,
  TurnServer,
} from '../ice/types.js'
import type { MessageMemory } from '../sctp/types.js'
import type { Traffic } from './traffic.js'
import type { MediaSectionView, NegotiatedMedia, TransceiverInput } from '../jsep/media-types.js'
import type { BundlePolicy, DescriptionType, JsepError, JsepResult, SignalingState } from '../jsep/types.js'

/** One ICE and DTLS transport pair. A connection has one for data; more where sections are not bundled. */
export type TransportId = number

export interface PeerOptions {
  readonly crypto: Crypto
  /** At least one. */
  readonly certificates: readonly LocalCertificate[]
  readonly bundlePolicy: BundlePolicy
  readonly iceTransportPolicy: 'all' | 'relay'
  readonly iceTimings?: Partial<IceTimings>
  /** A lite agent (RFC 8445 §2.5): no server is asked, and nothing checked; false by default. */
  readonly iceLite?: boolean
  /** ICE-TCP (RFC 6544): whether connections to the peer are opened; true by default, never by a lite agent. */
  readonly opensTcp?: boolean
  /** Those of the first transport's first generation; random otherwise. */
  readonly iceParameters?: IceParameters
  /** What we receive in one message and advertise: 262,144 by default, as browsers. */
  readonly maxMessageSizeBytes?: number
  /** Where long messages are put together: it need not be cleared. New memory by default. */
  readonly messageMemory?: MessageMemory
  /** a=sctp-init in descriptions (draft-hancke-tsvwg-snap), so that SCTP needs no handshake; true by default. */
  readonly sctpNegotiationAcceleration?: boolean
}

/** What may change while there is a connection. */
export interface PeerConfiguration extends Pick<PeerOptions, 'iceTransportPolicy'> {
  /** The caller asks them; here they only matter for a restart, and for what was gathered ahead. */
  readonly iceServersChanged: boolean
  /** Transports that gather before there is a description (RFC 9429 §3.5.4): 16 at most. */
  readonly iceCandidatePoolSize: number
}

/** RTCPeerConnectionIceErrorEvent: why a server yields no candidate. */
export interface CandidateError {
  /** Who asked the server; not said where it is no candidate that the application knows. */
  readonly local: TransportAddress | undefined
  readonly url: string
  readonly errorCode: number
  readonly errorText: string
}

/** The same object for as long as it says the same; its text is written when it is first read. */
export interface TextDescription {
  readonly type: Exclude<DescriptionType, 'rollback'>
  readonly sdp: string
}

/** What one side describes, as it was at one moment; looked for when it is asked for. */
export interface DescriptionPair {
  readonly pending: TextDescription | null
  readonly current: TextDescription | null
}

export interface CandidateInit {
  /** `candidate:…`, with or without `a=`; empty says that there are no more in this generation. */
  readonly candidate: string
  readonly sdpMid?: string | null
  readonly sdpMLineIndex?: number | null
  readonly usernameFragment?: string | null
}

/** What is true of a transport whenever it is looked at; in statistics, of one moment. */
export interface TransportView {
  readonly id: TransportId
  /** The mids of the sections that it carries. */
  readonly mids: readonly string[]
  readonly iceState: IceTransportState
  readonly gatheringState: IceGatheringState
  readonly iceRole: IceRole | undefined
  readonly localParameters: IceParameters | undefined
  readonly remoteParameters: IceParameters | undefined
  readonly localCandidates: readonly IceCandidate[]
  readonly remoteCandidates: readonly IceCandidate[]
  readonly selectedPair: SelectedPair | undefined
  readonly dtlsState: DtlsTransportState
  readonly dtlsRole: 'client' | 'server' | undefined
  /** DER, the peer's own certificate first; empty before `connected`. */
  readonly remoteCertificates: readonly Uint8Array[]
  /** The one of ours that DTLS used, DER; of several the first that the peer can verify. */
  readonly localCertificate: Uint8Array | undefined
  /** Datagrams of DTLS and what it carries, over every path; connectivity checks left out. */
  readonly traffic: Traffic
}

/** What statistics want to know beyond it (https://www.w3.org/TR/webrtc-stats/). Pairs are live objects. */
export interface TransportStatistics {
  readonly view: TransportView
  readonly ice: IceStatistics
  /** What the handshake agreed on; `undefined` before `connected`. */
  readonly session: DtlsSession | undefined
}

export interface SctpView {
  readonly transportId: TransportId
  readonly state: 'connecting' | 'connected' | 'closed'
  /** W3C [[MaxMessageSize]]: what may be sent in one message; Infinity when the peer sets no limit. */
  readonly maxMessageSizeBytes: number
  /** null before `connected`. */
  readonly maxChannels: number | null
}

export type PeerEvent =
  /** Work for the driver: bind sockets and name STUN servers for this transport, then `endOfLocalSockets`. */
  | {
      readonly type: 'gather'
      readonly transportId: TransportId
      /** Of the generation that is gathered for. */
      readonly usernameFragment: string
      /** Nothing is to come but through relays: no use in listening. */
      readonly hidesHosts?: boolean
    }
  /**
   * Work for the driver: nothing will come over these sockets any more; close them, and the streams of this transport. Where
   * relays have to be given back it comes up to two seconds after the transport was closed: see {@link PeerContract.close}.
   */
  | { readonly type: 'release'; readonly transportId: TransportId }
  /** Work for the driver: connect, and call `streamOpened`, or `streamClosed` when that fails or takes too long. */
  | { readonly type: 'openStream'; readonly transportId: TransportId; readonly stream: StreamRequest }
  /** Work for the driver: end this stream, in order: what was sent before still goes out. Also one that only opens. */
  | { readonly type: 'closeStream'; readonly transportId: TransportId; readonly socketId: SocketId }
  /** Work for the driver: resolve a name and call `nameResolved`. */
  | { readonly type: 'resolve'; readonly name: string; readonly token: number }
  | {
      readonly type: 'localCandidate'
      readonly transportId: TransportId
      readonly candidate: IceCandidate
      /** `candidate:…`, as `icecandidate` shows it. */
      readonly text: string
      readonly mid: string
      readonly sectionIndex: number
    }
  | ({ readonly type: 'candidateError'; readonly transportId: TransportId } & CandidateError)
  | { readonly type: 'gatheringState'; readonly transportId: TransportId; readonly state: IceGatheringState }
  | { readonly type: 'iceState'; readonly transportId: TransportId; readonly state: IceTransportState }
  | { readonly type: 'selectedPair'; readonly transportId: TransportId; readonly pair: SelectedPair }
  /** `error` with `failed`: alerts in its details. `closed` without one: the peer's close_notify, or ours. */
  | {
      readonly type: 'dtlsState'
      readonly transportId: TransportId
      readonly state: DtlsTransportState
      readonly error?: ProtocolError
    }
  /** `error` with `closed`, when it went with one: cause code in its details. */
  | {
      readonly type: 'sctpState'
      readonly state: 'connecting' | 'connected' | 'closed'
      readonly error?: ProtocolError
    }
  /** The id of a channel that had none became known, when the DTLS role did. */
  | { readonly type: 'channelId'; readonly handle: ChannelHandle; readonly id: number }
  | { readonly type: 'channel'; readonly event: ChannelEvent }

/** What a peer does when there is nothing to do but checks for consent (RFC 7675), without a pass over its layers. */
export interface RoutineContract {
  /**
   * A check that says what the one before said, or the answer to one of ours: what is to be sent, or `true` for nothing. In both
   * cases the next deadline may be another one, and nothing else is. False: it is for `receive`.
   */
  receive(now: Millis, datagram: IceDatagram): IceTransmit | boolean
  /** The check that is due, if that is all that is; else `handleTimeout` comes next. The next deadline is another one then. */
  take(now: Millis): IceTransmit | undefined
}

/**
 * A whole WebRTC endpoint without I/O: negotiation, ICE, DTLS, SCTP and channels. The driver feeds sockets and time,
 * the W3C layer feeds calls. Nothing here throws for what the network or the application said.
 */
export interface PeerContract extends Layer<IceTransmit, PeerEvent> {
  /** The next datagram. Its `data` is valid until the next call: the memory is used again. */
  pollTransmit(now: Millis): IceTransmit | undefined
  // -- negotiation (JSEP): answered at once, no events -------------------------------------------------------------
  readonly signalingState: SignalingState
  /** With the candidates of both sides, and as they are now. */
  readonly localDescriptions: DescriptionPair
  readonly remoteDescriptions: DescriptionPair
  /** Whether the remote description offers to take trickled candidates; null before there is one. */
  readonly canTrickleIceCandidates: boolean | null
  /** W3C "check if negotiation is needed", for these transceivers, the data channels and `restartIce`. */
  needsNegotiation(transceivers: readonly TransceiverInput[]): boolean
  /** The transceivers are all that the connection has, in the order of its set. */
  createOffer(options?: {
    readonly iceRestart?: boolean
    readonly transceivers?: readonly TransceiverInput[]
  }): JsepResult<string>
  /** A section of the offer that is no transceiver's, by its mid, is rejected. */
  createAnswer(options?: { readonly transceivers?: readonly TransceiverInput[] }): JsepResult<string>
  /** Applies it, or changes nothing and says why. Gathering, checks and handshakes follow from it. */
  setLocalDescription(now: Millis, type: DescriptionType, sdp: string): JsepError | undefined
  setRemoteDescription(now: Millis, type: DescriptionType, sdp: string): JsepError | undefined
  addIceCandidate(now: Millis, candidate: CandidateInit): JsepError | undefined
  /** The next offer restarts ICE; makes negotiation needed. */
  restartIce(): void
  /** Ours (RFC 7022), one for the connection. */
  readonly cname: string
  /** What the newest description of a side says (the pending one, else the current one); empty before there is one. */
  mediaSections(side: 'local' | 'remote'): readonly MediaSectionView[]
  /**
   * What both sides agreed on for a section, of the newest exchange that was answered, provisionally or finally;
   * undefined where the section is not accepted, or not of audio or video.
   */
  negotiatedMedia(mid: string): NegotiatedMedia | undefined
  /**
   * The transport of a section; while an offer is open the one that it would have if all were accepted. Undefined for
   * sections that there are not, or that are rejected.
   */
  transportOf(mid: string): TransportId | undefined
  /**
   * A change after gathering has begun makes the next offer restart ICE (RFC 9429 §4.1.18). What is in the pool is gathered anew
   * for other servers, and for another policy.
   */
  setConfiguration(now: Millis, configuration: PeerConfiguration): void

  // -- what is true now ---------------------------------------------------------------------------------------------
  /** Those that descriptions speak of, in order of their first section: what only gathers ahead is not among them. */
  readonly transports: readonly TransportView[]
  readonly sctp: SctpView | undefined
  /** `undefined` for a transport that is not there any more. */
  statistics(transportId: TransportId): TransportStatistics | undefined

  // -- for the driver -----------------------------------------------------------------------------------------------
  addLocalSocket(now: Millis, transportId: TransportId, socket: LocalSocket): void
  /** Its address is gone: nothing goes over it any more. */
  removeLocalSocket(now: Millis, transportId: TransportId, socketId: SocketId): void
  /** Asked from every socket that can reach it, over DTLS where it is a `SecureStunServer`. */
  addStunServer(now: Millis, transportId: TransportId, server: StunServer): void
  /** Relays are asked for from every socket that can reach the server; for TCP and TLS streams are asked for. */
  addTurnServer(now: Millis, transportId: TransportId, server: TurnServer): void
  /** A server that the configuration names cannot be asked: told to the application when the candidates of this gathering are. */
  serverNotAsked(now: Millis, transportId: TransportId, error: CandidateError): void
  /** This address and UDP port answers with ICMP "unreachable": who waits for it, STUN or TURN, waits no more. */
  serverUnreachable(now: Millis, transportId: TransportId, server: TransportAddress): void
  /**
   * The stream that `openStream` asked for is there, for TLS with a certificate that was verified. Its bytes come by `receive`,
   * in chunks of any size, and what `pollTransmit` yields for it is written whole. When much waits (256 KiB) what is not
   * `isControl` is dropped.
   */
  streamOpened(now: Millis, socketId: SocketId, local: TransportAddress): void
  /**
   * A connection came to a socket that listens (`tcpType` is `passive`): the id that it has from now on, negative, or `undefined`
   * when it is to be refused. It is open, and goes on as with {@link streamOpened}.
   */
  streamAccepted(now: Millis, listenerId: SocketId, from: TransportAddress): SocketId | undefined
  /** It ended, by the server or by an error, or never was. `reason` is for people: `icecandidateerror` shows it. */
  streamClosed(now: Millis, socketId: SocketId, reason: string): void
  /** No more sockets and servers will be named for this gathering: `gatheringState` may become complete. */
  endOfLocalSockets(now: Millis, transportId: TransportId): void
  nameResolved(now: Millis, token: number, address: string | undefined): void
  /**
   * One datagram, or bytes of a stream, of those that came at once. `data` is only read during the call: its memory may be
   * used again. What it leads to is carried on by {@link endOfBatch}, for all of them together.
   */
  receive(now: Millis, socketId: number, from: TransportAddress, data: Uint8Array): void
  /** No more came with these. `pollTransmit`, `pollEvent` and `handleTimeout` begin with it, so that it may be left out. */
  endOfBatch(): void
  /** For who has drained the peer, and told it nothing since. */
  readonly routine: RoutineContract

  // -- data channels ------------------------------------------------------------------------------------------------
  /** `undefined` when the id is taken or above 65534, or no id is left. */
  openChannel(parameters: OpenChannel): ChannelHandle | undefined
  /** `undefined` while in-band and the DTLS role is not known. */
  channelId(handle: ChannelHandle): number | undefined
  /**
   * `data` is kept by reference: the caller made a snapshot. The channel is `open`. `release` is called once at most, when nothing
   * will read `data` any more; never for what is dropped with its channel or connection.
   */
  sendMessage(now: Millis, handle: ChannelHandle, kind: MessageKind, data: Uint8Array, release?: ReleaseMemory): void
  /**
   * So many bytes of messages that events told of wait for the application to read them: they count against what the peer may
   * send. True when it has to be told at once that there is room again.
   */
  setUnreadBytes(bytes: number): boolean
  /** Starts the closing procedure; `closed` follows as an event. */
  closeChannel(now: Millis, handle: ChannelHandle): void

  // -- the end ------------------------------------------------------------------------------------------------------
  /**
   * SCTP ABORT (user-initiated), then DTLS close_notify, then silence: both wait in `pollTransmit` and nowhere else.
   * No event is told after it but `release` and `closeStream`. Without relays `release` is there at once. With them the layer
   * lives on for two seconds at most: the driver goes on with `receive`, `nextTimeout`, `handleTimeout` and `pollTransmit`
   * until every transport was released, so that servers hear that their allocations are wanted no more (RFC 8656 §7).
   */
  close(now: Millis): void
  /** Datagrams and records dropped, by reason. */
  readonly counters: Readonly<Record<string, number>>
}
