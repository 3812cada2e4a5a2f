import { appended, type ProtocolError } from '../core/index.js'
import type { DtlsTransportState } from '../dtls/types.js'
import type { IceTransportState, SelectedPair } from '../ice/types.js'
import type { PeerEvent, TransportId } from '../peer/contract.js'
import type { Channels } from './channels.js'
import type { ConnectionContext } from './connection-context.js'
import { EventTasks, type EventSteps } from './event-tasks.js'
import type { DtlsTransportSlots } from './rtc-dtls-transport.js'
import { transportError } from './rtc-error.js'
import { RTCErrorEvent } from './rtc-error-event.js'
import type { Negotiation } from './negotiation.js'
import { createIceCandidate, KnownCandidate } from './rtc-ice-candidate.js'
import { RTCPeerConnectionIceErrorEvent } from './rtc-peer-connection-ice-error-event.js'
import { createIceEvent } from './rtc-peer-connection-ice-event.js'

type EventOf<Type extends PeerEvent['type']> = Extract<PeerEvent, { type: Type }>

/** Turns what the peer tells into the tasks that the specification queues for it. */
export class PeerEvents {
  readonly #connection: ConnectionContext
  readonly #negotiation: Negotiation
  readonly #channels: Channels
  readonly #tasks: EventTasks

  constructor(connection: ConnectionContext, negotiation: Negotiation, channels: Channels) {
    this.#connection = connection
    this.#negotiation = negotiation
    this.#channels = channels
    this.#tasks = new EventTasks(
      (steps) => connection.driver.queueTick(steps),
      // The first step of every algorithm here: if connection.[[IsClosed]] is true, abort these steps.
      (step) => (connection.isClosed ? undefined : step()),
    )
  }

  handle(event: PeerEvent): void {
    const isTaken = event.type === 'channel' && this.#tasks.isIdle && this.#channels.takesAtOnce(event.event)
    if (isTaken) return
    this.#tasks.run(this.#stepsFor(event))
  }

  #stepsFor(event: PeerEvent): EventSteps {
    switch (event.type) {
      case 'channel':
        return this.#channels.stepsFor(event.event)
      case 'channelId':
        return [() => this.#channels.setId(event.handle, event.id)]
      case 'localCandidate':
        return [() => this.#surface(event)]
      case 'candidateError':
        return [() => this.#candidateError(event)]
      case 'gatheringState':
        return this.#gatheringSteps(event)
      case 'iceState':
        return this.#iceStateSteps(event)
      case 'selectedPair':
        return [() => this.#iceChanged(event.transportId, undefined, event.pair)]
      case 'dtlsState':
        return this.#dtlsSteps(event)
      case 'sctpState':
        return [() => this.#sctpChanged(event.state)]
      case 'gather':
      case 'release':
      case 'openStream':
      case 'closeStream':
      case 'resolve':
        return [] // work of the driver
    }
  }

  // -- gathering ------------------------------------------------------------------------------------------------------

  /** https://www.w3.org/TR/webrtc/#dfn-surface-the-candidate */
  #surface({ transportId, candidate, text, mid, sectionIndex }: EventOf<'localCandidate'>): void {
    const { transports } = this.#connection
    // 3. and 4. Add candidate to the local descriptions of its generation.
    this.#negotiation.updateLocalDescriptions()
    // 5. Let newCandidate be the result of creating an RTCIceCandidate.
    const ice = transports.get(transportId)?.ice
    const newCandidate = createIceCandidate(
      new KnownCandidate({
        candidate: text,
        sdpMid: mid,
        sdpMLineIndex: sectionIndex,
        usernameFragment: candidate.usernameFragment ?? ice?.view()?.localParameters?.usernameFragment ?? null,
        url: candidate.url ?? null,
        relayProtocol: candidate.relayProtocol ?? null,
      }),
    )
    // 6. Add newCandidate to transport's set of local candidates.
    if (ice !== undefined) ice.localCandidates = appended(ice.localCandidates, newCandidate)
    // 7. Fire an event named icecandidate using RTCPeerConnectionIceEvent.
    this.#connection.fire(createIceEvent(newCandidate))
  }

  #candidateError({ local, url, errorCode, errorText }: EventOf<'candidateError'>): void {
    // An address that no candidate tells is not told here either.
    const isHidden = this.#connection.hidesAddresses
    const { address = null, port = null } = (isHidden ? undefined : local) ?? {}
    const init = { address, port, url, errorCode, errorText }
    this.#connection.fire(new RTCPeerConnectionIceErrorEvent('icecandidateerror', init))
  }

  #gatheringSteps({ transportId, state }: EventOf<'gatheringState'>): EventSteps {
    const change = () => this.#gatheringChanged(transportId, state)
    return state === 'complete' ? [() => this.#endOfGeneration(transportId), change] : [change]
  }

  /** The ICE Agent is finished gathering a generation of candidates: an empty one says so. */
  #endOfGeneration(transportId: TransportId): void {
    const { transports } = this.#connection
    // 2. and 3. Add a=end-of-candidates to the local descriptions of the generation.
    this.#negotiation.updateLocalDescriptions()
    const view = transports.get(transportId)?.ice.view()
    if (view === undefined) return
    // 4. Let endOfGatheringCandidate be the result of creating an RTCIceCandidate with an empty candidate.
    const mid = view.mids[0] ?? ''
    const sections = this.#connection.peer.mediaSections('local')
    const candidate = createIceCandidate(
      new KnownCandidate({
        sdpMid: mid,
        sdpMLineIndex: sections.find((section) => section.mid === mid)?.index ?? null,
        usernameFragment: view.localParameters?.usernameFragment ?? null,
      }),
    )
    // 5. Fire an event named icecandidate with endOfGatheringCandidate.
    this.#connection.fire(createIceEvent(candidate))
  }

  /** The ICE Agent began or finished gathering for a transport. */
  #gatheringChanged(transportId: TransportId, state: 'new' | 'gathering' | 'complete'): void {
    const connection = this.#connection
    const ice = connection.transports.get(transportId)?.ice
    if (ice === undefined || ice.gatheringState === state) return
    if (state === 'gathering') ice.localCandidates = []
    // 2. Set transport.[[IceGathererState]].
    ice.gatheringState = state
    // 3. and 4. Set connection.[[IceGatheringState]] to the derived value; did it change?
    const before = connection.iceGatheringState
    connection.iceGatheringState = connection.transports.deriveGatheringState()
    const changed = connection.iceGatheringState !== before
    // 6. Fire an event named gatheringstatechange at transport.
    connection.fireAt(ice, 'gatheringstatechange')
    // 7. If it changed, fire an event named icegatheringstatechange at connection.
    if (changed) connection.fire(new Event('icegatheringstatechange'))
    // 8. Fire an event named icecandidate with the candidate attribute set to null at connection.
    // Deviation: once all transports are complete, not once for each, as RTCPeerConnectionIceEvent says of it.
    if (changed && connection.iceGatheringState === 'complete') {
      connection.fire(createIceEvent(null))
    }
  }

  // -- transports -----------------------------------------------------------------------------------------------------

  /** An agent that is done with its first success has been connected in between: applications wait for that state. */
  #iceStateSteps({ transportId, state }: EventOf<'iceState'>): EventSteps {
    const change = () => this.#iceChanged(transportId, state, undefined)
    if (state !== 'completed') return [change]
    const isConnected = () => this.#connection.transports.get(transportId)?.ice.state !== 'checking'
    return [() => (isConnected() ? undefined : this.#iceChanged(transportId, 'connected', undefined)), change]
  }

  /** https://www.w3.org/TR/webrtc/#dfn-change-the-selected-candidate-pair-and-state */
  #iceChanged(transportId: TransportId, state: IceTransportState | undefined, pair: SelectedPair | undefined): void {
    const connection = this.#connection
    const ice = connection.transports.get(transportId)?.ice
    const view = ice?.view()
    if (ice === undefined || view === undefined) return
    // 8. If transport's selected candidate pair was changed, set [[SelectedCandidatePair]].
    const selected = pair ?? view.selectedPair
    const selectedCandidatePairChanged = selected !== undefined && ice.select(selected, view)
    // 9. If transport's RTCIceTransportState was changed, set it, and derive the states of the connection from it.
    const stateChanged = state !== undefined && state !== ice.state
    const { iceConnectionState, connectionState } = connection
    if (stateChanged) {
      ice.state = state
      connection.iceConnectionState = connection.transports.deriveIceConnectionState()
      connection.connectionState = connection.transports.deriveConnectionState(connection.iceConnectionState)
    }
    const iceConnectionStateChanged = connection.iceConnectionState !== iceConnectionState
    const connectionStateChanged = connection.connectionState !== connectionState
    // 10. to 13. Fire the events of what changed.
    if (selectedCandidatePairChanged) connection.fireAt(ice, 'selectedcandidatepairchange')
    if (stateChanged) connection.fireAt(ice, 'statechange')
    if (iceConnectionStateChanged) connection.fire(new Event('iceconnectionstatechange'))
    if (connectionStateChanged) connection.fire(new Event('connectionstatechange'))
  }

  #dtlsSteps({ transportId, state, error }: EventOf<'dtlsState'>): EventSteps {
    const dtls = this.#connection.transports.get(transportId)
    if (dtls === undefined) return []
    // Either side has just sent a flight, and the other one has signatures to make and to verify.
    if (state === 'connecting') this.#connection.handshakeWaits()
    return [() => this.#dtlsChanged(dtls, state, error), () => this.#updateConnectionState()]
  }

  /** https://www.w3.org/TR/webrtc/#rtcdtlstransport-interface, its state transitions */
  #dtlsChanged(dtls: DtlsTransportSlots, state: DtlsTransportState, error: ProtocolError | undefined): void {
    if (dtls.state === state) return
    dtls.state = state
    // Back in "new" (another endpoint takes the peer's place, RFC 8842 §3.1) there are none again.
    if (state === 'connected' || state === 'new') dtls.remoteCertificates = dtls.ice.view()?.remoteCertificates ?? []
    if (state === 'failed' && error !== undefined) {
      const errorDetail = error.code === 'dtls.fingerprint' ? 'fingerprint-failure' : 'dtls-failure'
      if (!this.#connection.isClosed)
        dtls.known?.dispatchEvent(new RTCErrorEvent('error', { error: transportError(errorDetail, error) }))
    }
    this.#connection.fireAt(dtls, 'statechange')
  }

  /** https://www.w3.org/TR/webrtc/#dfn-update-the-connection-state */
  #updateConnectionState(): void {
    const connection = this.#connection
    // 3. Let newState be the value of deriving a new state value.
    const newState = connection.transports.deriveConnectionState(connection.iceConnectionState)
    // 4. If [[ConnectionState]] is equal to newState, abort these steps.
    if (connection.connectionState === newState) return
    // 5. Set [[ConnectionState]] to newState. 6. Fire an event named connectionstatechange at connection.
    connection.connectionState = newState
    connection.fire(new Event('connectionstatechange'))
  }

  #sctpChanged(state: 'connecting' | 'connected' | 'closed'): void {
    const { transports, peer } = this.#connection
    const { sctp } = transports
    if (sctp === undefined || sctp.state === state) return
    sctp.state = state
    // https://www.w3.org/TR/webrtc/#sctp-transport-connected: set [[MaxChannels]], then fire statechange. The channels
    // are announced as open, or closed where their id is too high, by events of their own that follow.
    if (state !== 'closed') sctp.maxChannels = peer.sctp?.maxChannels ?? null
    sctp.known?.dispatchEvent(new Event('statechange'))
  }
}
