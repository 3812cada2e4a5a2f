import type { SignalingState } from '../jsep/types.js'
import type { ResourceReport } from '../node/index.js'
import type { RTCIceConnectionState, RTCIceGatheringState, RTCPeerConnectionState } from './aggregate-states.js'
import { Connection } from './connection.js'
import { withCallbacks, type FailureCallback, type SuccessCallback } from './legacy-callbacks.js'
import { isMediaStream, type MediaStream } from './media/media-stream.js'
import { isMediaStreamTrack, type MediaStreamTrack } from './media/media-stream-track.js'
import {
  answerOptions,
  applyLegacyOptions,
  offerOptions,
  type RTCAnswerOptions,
  type RTCOfferOptions,
} from './offer-options.js'
import { generateRtcCertificate, type RTCCertificate, type RTCCertificateAlgorithm } from './rtc-certificate.js'
import { rtcConfiguration, type RTCConfiguration } from './rtc-configuration.js'
import type { RTCDataChannel } from './rtc-data-channel.js'
import { dataChannelInit, type RTCDataChannelInit } from './rtc-data-channel-init.js'
import { iceCandidateInit, type RTCIceCandidateInit } from './rtc-ice-candidate.js'
import {
  CONNECTION_EVENTS,
  type RichEventHandlers,
  type RTCPeerConnectionEventMap,
} from './rtc-peer-connection-event-map.js'
import type { RTCPeerConnectionIceErrorEvent } from './rtc-peer-connection-ice-error-event.js'
import { receiverOf, type RTCRtpReceiver } from './rtc-rtp-receiver.js'
import { senderOf, transceiverOfSender, type RTCRtpSender } from './rtc-rtp-sender.js'
import { transceiverOf, type RTCRtpTransceiver } from './rtc-rtp-transceiver.js'
import { transceiverParts, type RTCRtpTransceiverInit } from './rtc-rtp-transceiver-init.js'
import type { RTCSctpTransport } from './rtc-sctp-transport.js'
import {
  localSessionDescriptionInit,
  sessionDescriptionInit,
  type RTCCreatedDescription,
  type RTCLocalSessionDescriptionInit,
  type RTCSessionDescription,
  type RTCSessionDescriptionInit,
} from './rtc-session-description.js'
import type { RTCStatsReport } from './stats/index.js'
import {
  defineInterface,
  instance,
  isObject,
  nullable,
  promiseOf,
  rejected,
  requireArguments,
  TypedEventTarget,
  usvString,
  type EventHandler,
} from './webidl/index.js'

/** Where the exchange of offer and answer stands. @see https://www.w3.org/TR/webrtc/#rtcsignalingstate-enum */
export type RTCSignalingState = SignalingState

/**
 * An extension of ours: what a connection holds of the process, in numbers; all of them are zero once it was closed and
 * everything is released.
 */
export let resourcesOf: (connection: RTCPeerConnection) => ResourceReport

const ConnectionEventTarget = TypedEventTarget as new () => TypedEventTarget<RTCPeerConnectionEventMap> &
  RichEventHandlers

/**
 * A connection to one peer.
 * @see https://www.w3.org/TR/webrtc/#rtcpeerconnection-interface
 */
export class RTCPeerConnection extends ConnectionEventTarget {
  /** Something changed that an offer and an answer have to settle. */
  declare onnegotiationneeded: EventHandler
  /** A STUN or TURN server did not serve us. */
  declare onicecandidateerror: EventHandler<RTCPeerConnectionIceErrorEvent>
  /** {@link signalingState} changed. */
  declare onsignalingstatechange: EventHandler
  /** {@link iceConnectionState} changed. */
  declare oniceconnectionstatechange: EventHandler
  /** {@link iceGatheringState} changed. */
  declare onicegatheringstatechange: EventHandler
  /** {@link connectionState} changed. */
  declare onconnectionstatechange: EventHandler

  readonly #connection: Connection

  /**
   * @throws DOMException `InvalidAccessError` when a certificate has expired, or a TURN server lacks credentials
   * @throws DOMException `SyntaxError` when the URL of a server is malformed
   * @throws TypeError when the configuration does not convert, or `tincan` asks for what there is not
   */
  constructor(configuration: RTCConfiguration = {}) {
    super()
    const context = "Failed to construct 'RTCPeerConnection'"
    this.#connection = new Connection(this, rtcConfiguration(configuration, context), context)
  }

  /**
   * Makes a certificate to construct connections with: ECDSA on P-256 or P-384, or RSASSA-PKCS1-v1_5 with SHA-256.
   * Rejects with `NotSupportedError` for other algorithms.
   * @see https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-generatecertificate
   */
  static generateCertificate(keygenAlgorithm: string | RTCCertificateAlgorithm): Promise<RTCCertificate>
  static generateCertificate(...args: unknown[]): Promise<RTCCertificate> {
    return promiseOf(() => {
      requireArguments(args, 1, failure('generateCertificate'))
      return generateRtcCertificate(args[0])
    })
  }

  // -- negotiation ----------------------------------------------------------------------------------------------------

  /**
   * Makes an offer. Rejects with `InvalidStateError` in a signaling state that takes none, and when closed.
   * @see https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-createoffer
   */
  createOffer(options?: RTCOfferOptions): Promise<RTCCreatedDescription>
  /** The legacy form with callbacks. */
  createOffer(
    successCallback: SuccessCallback<RTCCreatedDescription>,
    failureCallback: FailureCallback,
    options?: RTCOfferOptions,
  ): Promise<undefined>
  createOffer(...args: unknown[]): Promise<RTCCreatedDescription | undefined> {
    const context = failure('createOffer')
    return promiseOf<RTCCreatedDescription | undefined>(() => {
      const { negotiation } = this.#connection
      const create = (options: unknown) => {
        const converted = offerOptions(options, context)
        const { iceRestart } = converted
        if (!this.#connection.isClosed) applyLegacyOptions(this.#connection.transceivers, converted)
        return negotiation.chain.chain(() => negotiation.createOffer(iceRestart))
      }
      return args.length < 2 ? create(args[0]) : withCallbacks(args[0], args[1], context, () => create(args[2]))
    })
  }

  /**
   * Makes an answer to the remote offer. Rejects with `InvalidStateError` when there is none, and when closed.
   * @see https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-createanswer
   */
  createAnswer(options?: RTCAnswerOptions): Promise<RTCCreatedDescription>
  /** The legacy form with callbacks. */
  createAnswer(
    successCallback: SuccessCallback<RTCCreatedDescription>,
    failureCallback: FailureCallback,
  ): Promise<undefined>
  createAnswer(...args: unknown[]): Promise<RTCCreatedDescription | undefined> {
    const context = failure('createAnswer')
    return promiseOf<RTCCreatedDescription | undefined>(() => {
      const { negotiation } = this.#connection
      const create = () => negotiation.chain.chain(() => negotiation.createAnswer())
      if (args.length >= 2) return withCallbacks(args[0], args[1], context, create)
      answerOptions(args[0], context)
      return create()
    })
  }

  /**
   * Applies a local description; without an argument, the offer or answer that the signaling state calls for. Gathering
   * of candidates begins. Rejects with `InvalidModificationError` for a text that was changed since it was created,
   * `InvalidStateError` in a signaling state that does not take it.
   * @see https://www.w3.org/TR/webrtc/#dom-peerconnection-setlocaldescription
   */
  setLocalDescription(description?: RTCLocalSessionDescriptionInit): Promise<void>
  /** The legacy form with callbacks. */
  setLocalDescription(
    description: RTCLocalSessionDescriptionInit,
    successCallback: SuccessCallback<undefined>,
    failureCallback: FailureCallback,
  ): Promise<void>
  setLocalDescription(...args: unknown[]): Promise<undefined> {
    const context = failure('setLocalDescription')
    return promiseOf(() => {
      const { negotiation } = this.#connection
      const description = localSessionDescriptionInit(args[0], context)
      const set = () => negotiation.chain.chain(() => negotiation.setLocalDescription(description))
      return args.length < 2 ? set() : withCallbacks(args[1], args[2], context, set)
    })
  }

  /** What was last applied: the pending description, else the current one; null before there is one. */
  get localDescription(): RTCSessionDescription | null {
    return this.#connection.negotiation.localDescription
  }

  /** Ours of the last exchange that was completed; null before there is one. */
  get currentLocalDescription(): RTCSessionDescription | null {
    return this.#connection.negotiation.currentLocalDescription
  }

  /** Ours of the exchange that is under way; null when none is. */
  get pendingLocalDescription(): RTCSessionDescription | null {
    return this.#connection.negotiation.pendingLocalDescription
  }

  /**
   * Applies the peer's description; an offer rolls a local one back first. Rejects with an RTCError
   * (`sdp-syntax-error`, with the line) for a text that does not parse, `InvalidAccessError` for one that makes no
   * sense, `InvalidStateError` in a signaling state that does not take it.
   * @see https://www.w3.org/TR/webrtc/#dom-peerconnection-setremotedescription
   */
  setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void>
  /** The legacy form with callbacks. */
  setRemoteDescription(
    description: RTCSessionDescriptionInit,
    successCallback: SuccessCallback<undefined>,
    failureCallback: FailureCallback,
  ): Promise<void>
  setRemoteDescription(...args: unknown[]): Promise<undefined> {
    const context = failure('setRemoteDescription')
    return promiseOf(() => {
      const { negotiation } = this.#connection
      requireArguments(args, 1, context)
      const description = sessionDescriptionInit(args[0], context)
      const set = () => negotiation.chain.chain(() => negotiation.setRemoteDescription(description))
      return args.length < 2 ? set() : withCallbacks(args[1], args[2], context, set)
    })
  }

  /** What the peer said last: the pending description, else the current one; null before there is one. */
  get remoteDescription(): RTCSessionDescription | null {
    return this.#connection.negotiation.remoteDescription
  }

  /** The peer's of the last exchange that was completed; null before there is one. */
  get currentRemoteDescription(): RTCSessionDescription | null {
    return this.#connection.negotiation.currentRemoteDescription
  }

  /** The peer's of the exchange that is under way; null when none is. */
  get pendingRemoteDescription(): RTCSessionDescription | null {
    return this.#connection.negotiation.pendingRemoteDescription
  }

  /**
   * Adds a candidate of the peer; none, or an empty one, says that no more will come. Rejects with `InvalidStateError`
   * before a remote description was applied, `OperationError` for a candidate that does not parse or fits no section of
   * it, TypeError for one that names no section.
   * @see https://www.w3.org/TR/webrtc/#dom-peerconnection-addicecandidate
   */
  addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void>
  /** The legacy form with callbacks. */
  addIceCandidate(
    candidate: RTCIceCandidateInit,
    successCallback: SuccessCallback<undefined>,
    failureCallback: FailureCallback,
  ): Promise<void>
  addIceCandidate(...args: unknown[]): Promise<undefined> {
    const context = failure('addIceCandidate')
    return promiseOf(() => {
      const { negotiation } = this.#connection
      const candidate = iceCandidateInit(args[0], context)
      // 3. If candidate.candidate is not empty and both sdpMid and sdpMLineIndex are null, reject with a TypeError.
      const add = () => {
        if (candidate.candidate !== '' && candidate.sdpMid === null && candidate.sdpMLineIndex === null) {
          return rejected(new TypeError(`${context}: sdpMid and sdpMLineIndex are both null.`))
        }
        return negotiation.chain.chain(() => negotiation.addIceCandidate(candidate))
      }
      return args.length < 2 ? add() : withCallbacks(args[1], args[2], context, add)
    })
  }

  /** Makes negotiation needed; the next offer restarts ICE. */
  restartIce(): void {
    const connection = this.#connection
    if (!connection.isClosed) connection.negotiation.restartIce()
  }

  // -- states ---------------------------------------------------------------------------------------------------------

  /** Where the exchange of offer and answer stands; `stable` when none is under way. `signalingstatechange` tells of changes. */
  get signalingState(): RTCSignalingState {
    return this.#connection.negotiation.signalingState
  }

  /** Whether local candidates are still looked for. `icegatheringstatechange` tells of changes. */
  get iceGatheringState(): RTCIceGatheringState {
    return this.#connection.iceGatheringState
  }

  /** Of all ICE transports together: the worst counts. `iceconnectionstatechange` tells of changes. */
  get iceConnectionState(): RTCIceConnectionState {
    return this.#connection.iceConnectionState
  }

  /** Of all ICE and DTLS transports together: `connected` when data can flow. `connectionstatechange` tells of changes. */
  get connectionState(): RTCPeerConnectionState {
    return this.#connection.connectionState
  }

  /** Whether the peer takes candidates after its description; null before there is one. */
  get canTrickleIceCandidates(): boolean | null {
    return this.#connection.negotiation.canTrickleIceCandidates
  }

  // -- configuration --------------------------------------------------------------------------------------------------

  /** A copy of what holds now: changing it changes nothing. */
  getConfiguration(): RTCConfiguration {
    const { configuration } = this.#connection
    const iceServers = configuration.iceServers.map((server) => ({ ...server, urls: [server.urls].flat() }))
    return { ...configuration, iceServers, certificates: [...configuration.certificates] }
  }

  /**
   * Replaces the configuration but for `tincan`; servers and policy act when candidates are next gathered.
   * @throws DOMException `InvalidStateError` when closed
   * @throws DOMException `InvalidModificationError` when `certificates` or `bundlePolicy` would change, or, after
   *   `setLocalDescription()`, `iceCandidatePoolSize`
   * @throws DOMException `SyntaxError`, `InvalidAccessError` as the constructor
   */
  setConfiguration(configuration: RTCConfiguration = {}): void {
    const context = failure('setConfiguration')
    const connection = this.#connection
    const converted = rtcConfiguration(configuration, context)
    // 1. If connection.[[IsClosed]] is true, throw an InvalidStateError.
    if (connection.isClosed) throw closedError(context)
    // 2. Set the configuration specified by configuration.
    connection.setConfiguration(converted, context)
  }

  // -- media ----------------------------------------------------------------------------------------------------------

  /** The senders of the transceivers that are not stopped. */
  getSenders(): RTCRtpSender[] {
    return this.#connection.transceivers.active.map(senderOf)
  }

  /** The receivers of the transceivers that are not stopped. */
  getReceivers(): RTCRtpReceiver[] {
    return this.#connection.transceivers.active.map(receiverOf)
  }

  /** Those that are stopped, too, until the exchange that gives their sections up is completed. */
  getTransceivers(): RTCRtpTransceiver[] {
    return this.#connection.transceivers.all.map(transceiverOf)
  }

  /**
   * Sends a track, as part of the streams; on a transceiver that has sent nothing yet, or on a new one.
   * @throws DOMException `InvalidStateError` when closed, `InvalidAccessError` when a sender has the track already
   * @see https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-addtrack
   */
  addTrack(track: MediaStreamTrack, ...streams: MediaStream[]): RTCRtpSender
  addTrack(...args: unknown[]): RTCRtpSender {
    const context = failure('addTrack')
    const connection = this.#connection
    requireArguments(args, 1, context)
    const track = mediaStreamTrack(args[0], context)
    const streams = args.slice(1).map((stream) => mediaStream(stream, context))
    // 5. If connection.[[IsClosed]] is true, throw an InvalidStateError.
    if (connection.isClosed) throw closedError(context)
    return senderOf(connection.transceivers.addTrack(track, streams, context))
  }

  /**
   * Stops sending the track of a sender, which may be used again.
   * @throws DOMException `InvalidStateError` when closed, `InvalidAccessError` for a sender of another connection
   * @see https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-removetrack
   */
  removeTrack(sender: Pick<RTCRtpSender, 'track' | 'replaceTrack'>): void
  removeTrack(...args: unknown[]): void {
    const context = failure('removeTrack')
    const connection = this.#connection
    requireArguments(args, 1, context)
    const transceiver = transceiverOfSender(args[0])
    if (transceiver === undefined) throw new TypeError(`${context}: parameter 1 is not of type 'RTCRtpSender'.`)
    // 3. If connection.[[IsClosed]] is true, throw an InvalidStateError.
    if (connection.isClosed) throw closedError(context)
    // 4. If sender was not created by connection, throw an InvalidAccessError.
    if (transceiver.context !== connection) {
      throw new DOMException(`${context}: The sender belongs to another connection.`, 'InvalidAccessError')
    }
    connection.transceivers.removeTrack(transceiver)
  }

  /**
   * Adds a transceiver: for a track, or for a kind of media whose track may come later.
   * @throws DOMException `InvalidStateError` when closed; `OperationError`, `InvalidModificationError` for encodings
   *   that cannot be
   * @throws TypeError for another kind than `audio` or `video`, the direction `stopped`, and malformed or repeated rids
   * @throws RangeError for a scale below 1 and a negative frame rate
   * @see https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-addtransceiver
   */
  addTransceiver(trackOrKind: MediaStreamTrack | string, init?: RTCRtpTransceiverInit): RTCRtpTransceiver
  addTransceiver(...args: unknown[]): RTCRtpTransceiver {
    const context = failure('addTransceiver')
    const connection = this.#connection
    requireArguments(args, 1, context)
    const parts = transceiverParts(args[0], args[1], context)
    // 7. If connection.[[IsClosed]] is true, throw an InvalidStateError.
    if (connection.isClosed) throw closedError(context)
    return transceiverOf(connection.transceivers.addTransceiver(parts))
  }

  // -- data channels --------------------------------------------------------------------------------------------------

  /** The SCTP transport of the data channels; null before one was negotiated. */
  get sctp(): RTCSctpTransport | null {
    return this.#connection.transports.sctp?.object ?? null
  }

  /**
   * Creates a channel. The first one makes negotiation needed.
   * @throws DOMException `InvalidStateError` when closed
   * @throws DOMException `OperationError` when the id is in use or none is left
   * @throws TypeError for a label or protocol above 65535 bytes, and for options that exclude each other
   * @see https://www.w3.org/TR/webrtc/#dom-peerconnection-createdatachannel
   */
  createDataChannel(label: string, dataChannelDict?: RTCDataChannelInit): RTCDataChannel
  createDataChannel(...args: unknown[]): RTCDataChannel {
    const context = failure('createDataChannel')
    const connection = this.#connection
    requireArguments(args, 1, context)
    const label = usvString(args[0], context)
    const init = dataChannelInit(args[1], context)
    // 2. If connection.[[IsClosed]] is true, throw an InvalidStateError.
    if (connection.isClosed) throw closedError(context)
    return connection.channels.create(label, init, context)
  }

  // -- statistics -----------------------------------------------------------------------------------------------------

  /**
   * What is known at this moment of the connection, or of a track that it sends or receives. Rejects with
   * `InvalidAccessError` for a track that is not exactly one sender's or receiver's.
   * @see https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-getstats
   */
  getStats(selector?: MediaStreamTrack | null): Promise<RTCStatsReport>
  getStats(...args: unknown[]): Promise<RTCStatsReport> {
    const context = failure('getStats')
    return promiseOf(() => {
      const connection = this.#connection
      const selectorArg = nullable(mediaStreamTrack)(args[0], context)
      // 3. If selectorArg is null, let selector be null.
      if (selectorArg === null) return connection.stats.report()
      // 4. Let selector be the one sender or receiver of that track; else reject with an InvalidAccessError.
      const selector = connection.transceivers.selectorOf(selectorArg)
      if (selector !== undefined) return connection.stats.report(selector)
      throw new DOMException(`${context}: Not one sender or receiver has the track.`, 'InvalidAccessError')
    })
  }

  // -- the end --------------------------------------------------------------------------------------------------------

  /**
   * Ends the connection, abruptly and at once: the states and those of its channels and transports are `closed` on
   * return, the peer is told, and everything held is released. No event follows but `close` of each channel.
   * @see https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-close
   */
  close(): void {
    this.#connection.close()
  }

  /** An extension of ours, for `using`: the same as {@link close}. */
  [Symbol.dispose](): void {
    this.#connection.close()
  }

  /** An extension of ours, for `await using`: closes, and settles when the last resource is released. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#connection.close()
    return this.#connection.released()
  }

  static {
    resourcesOf = (connection) => connection.#connection.resources()
    defineInterface(this, 'RTCPeerConnection', {
      handlers: CONNECTION_EVENTS,
      isInstance: (value) => isObject(value) && #connection in value,
      lengths: {
        generateCertificate: 1,
        setRemoteDescription: 1,
        createDataChannel: 1,
        addTrack: 1,
        removeTrack: 1,
        addTransceiver: 1,
      },
    })
  }
}

const mediaStream = instance('MediaStream', isMediaStream)
const mediaStreamTrack = instance('MediaStreamTrack', isMediaStreamTrack)

function failure(operation: string): string {
  return `Failed to execute '${operation}' on 'RTCPeerConnection'`
}

function closedError(context: string): DOMException {
  return new DOMException(`${context}: The RTCPeerConnection's signalingState is 'closed'.`, 'InvalidStateError')
}
