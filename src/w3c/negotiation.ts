import { SparseMap } from '../core/index.js'
import type { JsepError, JsepResult, SignalingState } from '../jsep/types.js'
import type { DescriptionPair, TextDescription } from '../peer/contract.js'
import type { ConnectionContext } from './connection-context.js'
import { descriptionError } from './description-error.js'
import { OperationsChain } from './operations-chain.js'
import { retireTransports } from './retire-transports.js'
import type { RTCIceCandidateInit } from './rtc-ice-candidate.js'
import {
  createSessionDescription,
  type RTCSessionDescription,
  type RTCLocalSessionDescriptionInit,
  type RTCSdpType,
  type RTCSessionDescriptionInit,
} from './rtc-session-description.js'
import { announce, applySections, rememberStableState } from './set-description/index.js'
import { rejected } from './webidl/index.js'
import { isSameDescription } from './same-description.js'

/** [[PendingLocalDescription]] and the three others. */
export type DescriptionSlot =
  'pendingLocalDescription' | 'currentLocalDescription' | 'pendingRemoteDescription' | 'currentRemoteDescription'

interface ShownDescription {
  readonly text: TextDescription
  readonly object: RTCSessionDescription
}

/** Offers, answers and candidates of one connection: the operations of its chain. */
export class Negotiation {
  readonly chain: OperationsChain
  localDescriptionWasSet = false
  /** W3C canTrickleIceCandidates */
  canTrickleIceCandidates: boolean | null = null

  readonly #connection: ConnectionContext
  readonly #updateChannelIds: () => void
  /** The descriptions when they were last updated. */
  #local: DescriptionPair | undefined
  #remote: DescriptionPair | undefined
  /** What scripts have seen of them: a description is the same object for as long as it says the same. */
  readonly #shown = new SparseMap<DescriptionSlot, ShownDescription>()
  /** [[NegotiationNeeded]] */
  #negotiationNeeded = false
  /** [[LastCreatedOffer]] and [[LastCreatedAnswer]] */
  #lastOffer = ''
  #lastAnswer = ''
  /** The last offer, or answer, no longer represents the state of the connection. */
  #offerIsStale = false
  #answerIsStale = false

  /** @param updateChannelIds called when the DTLS role may have become known */
  constructor(connection: ConnectionContext, updateChannelIds: () => void) {
    this.#connection = connection
    this.#updateChannelIds = updateChannelIds
    this.chain = new OperationsChain(connection, () => this.updateNegotiationNeeded())
  }

  get signalingState(): SignalingState {
    return this.#connection.isClosed ? 'closed' : this.#connection.peer.signalingState
  }

  get pendingLocalDescription(): RTCSessionDescription | null {
    return this.#show('pendingLocalDescription', this.#local?.pending)
  }

  get currentLocalDescription(): RTCSessionDescription | null {
    return this.#show('currentLocalDescription', this.#local?.current)
  }

  get pendingRemoteDescription(): RTCSessionDescription | null {
    return this.#show('pendingRemoteDescription', this.#remote?.pending)
  }

  get currentRemoteDescription(): RTCSessionDescription | null {
    return this.#show('currentRemoteDescription', this.#remote?.current)
  }

  get localDescription(): RTCSessionDescription | null {
    return this.pendingLocalDescription ?? this.currentLocalDescription
  }

  get remoteDescription(): RTCSessionDescription | null {
    return this.pendingRemoteDescription ?? this.currentRemoteDescription
  }

  #show(slot: DescriptionSlot, text: TextDescription | null | undefined): RTCSessionDescription | null {
    if (text === null || text === undefined) {
      this.#shown.delete(slot)
      return null
    }
    const shown = this.#shown.get(slot)
    if (shown?.text === text) return shown.object
    const object = createSessionDescription(text)
    this.#shown.set(slot, { text, object })
    return object
  }

  // -- offers and answers ---------------------------------------------------------------------------------------------

  /** https://www.w3.org/TR/webrtc/#dfn-create-an-offer */
  createOffer(iceRestart = false): Promise<RTCSessionDescriptionInit & { sdp: string }> {
    // 1. If [[SignalingState]] is neither "stable" nor "have-local-offer", reject with an InvalidStateError.
    if (this.signalingState !== 'stable' && this.signalingState !== 'have-local-offer') {
      return rejected(this.#wrongState('create an offer'))
    }
    const { peer, transceivers } = this.#connection
    return this.#create('offer', () => peer.createOffer({ iceRestart, transceivers: transceivers.inputs }))
  }

  /** https://www.w3.org/TR/webrtc/#dfn-create-an-answer */
  createAnswer(): Promise<RTCSessionDescriptionInit & { sdp: string }> {
    // 1. If [[SignalingState]] is neither "have-remote-offer" nor "have-local-pranswer", reject likewise.
    if (!this.#takesLocalAnswer) return rejected(this.#wrongState('create an answer'))
    const { peer, transceivers } = this.#connection
    return this.#create('answer', () => peer.createAnswer({ transceivers: transceivers.answerInputs }))
  }

  /** The in-parallel and final steps to create an offer or an answer. */
  #create(
    type: 'offer' | 'answer',
    generate: () => JsepResult<string>,
  ): Promise<RTCSessionDescriptionInit & { sdp: string }> {
    return this.#inTask((resolve, reject) => {
      // 3. Generate an SDP offer or answer, sdpString, as described in RFC 9429.
      const result = generate()
      if (!result.ok) {
        reject(descriptionError(result.error))
        return
      }
      // 4. Let offer be a newly created RTCSessionDescriptionInit dictionary.
      const sdp = result.value
      // 5. Set the [[LastCreatedOffer]] or [[LastCreatedAnswer]] internal slot to sdpString.
      if (type === 'offer') this.#lastOffer = sdp
      else this.#lastAnswer = sdp
      if (type === 'offer') this.#offerIsStale = false
      else this.#answerIsStale = false
      // 6. Resolve p with offer.
      resolve({ type, sdp })
    })
  }

  get #takesLocalAnswer(): boolean {
    return this.signalingState === 'have-remote-offer' || this.signalingState === 'have-local-pranswer'
  }

  // -- descriptions ---------------------------------------------------------------------------------------------------

  /** The chained steps of https://www.w3.org/TR/webrtc/#dom-peerconnection-setlocaldescription */
  setLocalDescription(description: RTCLocalSessionDescriptionInit): Promise<undefined> {
    this.localDescriptionWasSet = true
    const sdp = description.sdp ?? ''
    // 1. Let type be description.type if present, or "offer" in "stable", "have-local-offer" or
    //    "have-remote-pranswer"; otherwise "answer".
    const offers: readonly SignalingState[] = ['stable', 'have-local-offer', 'have-remote-pranswer']
    const type = description.type ?? (offers.includes(this.signalingState) ? 'offer' : 'answer')
    if (type === 'rollback') return this.#setDescription(type, '', 'local')
    // Deviation: that the state takes no answer is told before that the text is not the last one, as browsers do.
    if (type !== 'offer' && !this.#takesLocalAnswer) return rejected(this.#wrongState(`set a local ${type}`))
    // 2. and 3. If sdp is neither empty nor what was created last, reject with an InvalidModificationError.
    const last = type === 'offer' ? this.#lastOffer : this.#lastAnswer
    if (sdp !== '' && !isSameDescription(sdp, last)) {
      const message = 'The description is not the one that was created last; it cannot be changed'
      return rejected(new DOMException(message, 'InvalidModificationError'))
    }
    // 4. and 5. If sdp is empty, take what was created last, unless that no longer represents the system's state.
    const isStale = type === 'offer' ? this.#offerIsStale : this.#answerIsStale
    const isUsable = sdp !== '' || (last !== '' && !isStale)
    if (isUsable) return this.#setDescription(type, last, 'local')
    const created = type === 'offer' ? this.createOffer() : this.createAnswer()
    return created.then((answer) => this.#setDescription(type, answer.sdp, 'local'))
  }

  /** The chained steps of https://www.w3.org/TR/webrtc/#dom-peerconnection-setremotedescription */
  setRemoteDescription(description: RTCSessionDescriptionInit): Promise<undefined> {
    const { type, sdp = '' } = description
    const set = () => this.#setDescription(type, sdp, 'remote')
    // 1. If type is "offer" and is invalid for the current [[SignalingState]], roll back first.
    const accepts: readonly SignalingState[] = ['stable', 'have-remote-offer']
    if (type !== 'offer' || accepts.includes(this.signalingState)) return set()
    return this.#setDescription('rollback', '', 'local').then(set)
  }

  /** https://www.w3.org/TR/webrtc/#set-description */
  #setDescription(type: RTCSdpType, sdp: string, side: 'local' | 'remote'): Promise<undefined> {
    // 2. If type is "rollback" and [[SignalingState]] is "stable", "have-local-pranswer", or "have-remote-pranswer",
    //    reject p with a newly created InvalidStateError.
    const cannotRollBack: readonly SignalingState[] = ['stable', 'have-local-pranswer', 'have-remote-pranswer']
    if (type === 'rollback' && cannotRollBack.includes(this.signalingState)) {
      return rejected(this.#wrongState('roll back'))
    }
    return this.#inTask((resolve, reject) => {
      const steps = () => {
        const connection = this.#connection
        if (connection.isClosed) return
        // 4.7.3. If any promises from setParameters() are not settled, start the process over.
        if (connection.transceivers.all.some(({ sender }) => sender.pendingSetParameters > 0)) {
          connection.driver.queueTask(steps)
          return
        }
        const { peer, driver } = connection
        const before = this.signalingState
        // 4.7.4. An offer in "stable": remember what a rollback goes back to.
        if (type === 'offer' && before === 'stable') rememberStableState(connection)
        // 4. Apply description as described in RFC 9429. Where that fails, nothing has changed.
        const now = driver.now()
        const error =
          side === 'local' ? peer.setLocalDescription(now, type, sdp) : peer.setRemoteDescription(now, type, sdp)
        driver.wake()
        if (error === undefined) this.#applied(type, side, before, () => resolve(undefined))
        else reject(descriptionError(error))
      }
      steps()
    })
  }

  /** Step 4.7: what follows from a description that was applied successfully. */
  #applied(type: RTCSdpType, side: 'local' | 'remote', before: SignalingState, resolve: () => void): void {
    const connection = this.#connection
    // 4.7.5. and 4.7.6. The descriptions and the signaling state are the peer's.
    this.updateLocalDescriptions()
    this.#remote = connection.peer.remoteDescriptions
    if (side === 'remote' || type === 'rollback') this.staled()
    this.canTrickleIceCandidates = connection.peer.canTrickleIceCandidates
    const answered = type === 'answer' || type === 'pranswer'
    if (type === 'answer') {
      this.#lastOffer = ''
      this.#lastAnswer = ''
    }
    // 4.7.7. and 4.7.8. Create an RTCSctpTransport, or set [[SctpTransport]] to null.
    // 4.7.10.1. Update the data max message size of [[SctpTransport]].
    // 4.7.14.1. Transports that are no longer used are closed; their events fire in a queued task.
    const changed = connection.transports.update(answered)
    if (changed.dtls.length > 0 || changed.sctp !== undefined || changed.hasNew) {
      connection.driver.queueTask(() => {
        if (!connection.isClosed) retireTransports(connection, changed)
      })
    }
    // 4.7.10.2. If description negotiates the DTLS role, give an id to each channel that has none. (Where none is left,
    //           the peer closes the channel with an error.)
    if (answered) this.#updateChannelIds()
    // 4.7.9., 4.7.11. to 4.7.13. What it means for transceivers, their streams and tracks.
    const undidRemoteOffer = type === 'rollback' && before === 'have-remote-offer'
    const changes = applySections(connection, { type, side, undidRemoteOffer })
    // 4.7.14. If [[SignalingState]] is now "stable", clear the negotiation-needed flag and update it.
    const after = this.signalingState
    if (after === 'stable') {
      this.#negotiationNeeded = false
      this.updateNegotiationNeeded()
    }
    // 4.7.15. If [[SignalingState]] changed above, fire an event named signalingstatechange at connection.
    if (after !== before) connection.fire(new Event('signalingstatechange'))
    // 4.7.17. to 4.7.20. Fire the events of tracks and streams.
    announce(connection, changes)
    // 4.7.21. Resolve p with undefined.
    resolve()
  }

  /** Takes over the texts of our descriptions: they change when one is applied, and with every candidate. */
  updateLocalDescriptions(): void {
    this.#local = this.#connection.peer.localDescriptions
  }

  // -- candidates -----------------------------------------------------------------------------------------------------

  /** The chained steps of https://www.w3.org/TR/webrtc/#dom-peerconnection-addicecandidate */
  addIceCandidate(candidate: RTCIceCandidateInit): Promise<undefined> {
    // 4.1. If remoteDescription is null, reject with a newly created InvalidStateError. (Then it is not known either whether
    //      the peer takes candidates.)
    if (this.canTrickleIceCandidates === null) {
      return rejected(new DOMException('The remote description was null', 'InvalidStateError'))
    }
    // 4.4. If it is for a media description whose transceiver is stopped, return a promise resolved with undefined.
    if (this.#isForStopped(candidate)) return Promise.resolve(undefined)
    return this.#inTask((resolve, reject) => {
      const { peer, driver } = this.#connection
      // 4.2., 4.3., 4.5., 4.7. The peer finds the media description and the generation, and adds the candidate.
      const error: JsepError | undefined = peer.addIceCandidate(driver.now(), { candidate: '', ...candidate })
      driver.wake()
      if (error !== undefined) {
        reject(descriptionError(error))
        return
      }
      // 4.7.2. Add candidate to the descriptions of its generation.
      this.#remote = peer.remoteDescriptions
      resolve(undefined)
    })
  }

  #isForStopped({ sdpMid, sdpMLineIndex }: RTCIceCandidateInit): boolean {
    const { peer, transceivers } = this.#connection
    if (transceivers.all.length === 0) return false
    const sections = peer.mediaSections('remote')
    // sdpMid decides where it is there.
    const section = sections.find(({ mid, index }) =>
      typeof sdpMid !== 'string' ? index === sdpMLineIndex : mid === sdpMid,
    )
    return section !== undefined && transceivers.withMid(section.mid)?.isStopped === true
  }

  // -- the negotiation-needed flag ------------------------------------------------------------------------------------

  restartIce(): void {
    this.#connection.peer.restartIce()
    this.modified()
  }

  /** The connection changed in a way that an offer has to say. */
  modified(): void {
    this.staled()
    this.updateNegotiationNeeded()
  }

  /** What was created last does not say what it would say now. */
  staled(): void {
    this.#offerIsStale = true
    this.#answerIsStale = true
  }

  /** https://www.w3.org/TR/webrtc/#dfn-update-the-negotiation-needed-flag */
  updateNegotiationNeeded(): void {
    // 1. If the length of [[Operations]] is not 0, do it when the chain is empty, and abort these steps.
    if (!this.chain.isEmpty) {
      this.chain.updateNegotiationNeededWhenEmpty = true
      return
    }
    // 2. Queue a task to run the following steps:
    this.#connection.driver.queueTask(this.#checkNegotiationNeeded)
  }

  /** One function for all of these tasks, as there is one after each operation. */
  readonly #checkNegotiationNeeded = (): void => {
    const connection = this.#connection
    // 2.1. If [[IsClosed]] is true, abort these steps.
    if (connection.isClosed) return
    // 2.2. If the length of [[Operations]] is not 0, do it when the chain is empty, and abort these steps.
    if (!this.chain.isEmpty) {
      this.chain.updateNegotiationNeededWhenEmpty = true
      return
    }
    // 2.3. If [[SignalingState]] is not "stable", abort these steps.
    if (this.signalingState !== 'stable') return
    // 2.4. If negotiation is not needed, set [[NegotiationNeeded]] to false, and abort these steps.
    // 2.5. If [[NegotiationNeeded]] is already true, abort these steps.
    const isNeeded = connection.peer.needsNegotiation(connection.transceivers.inputs)
    const wasNeeded = this.#negotiationNeeded
    // 2.6. Set [[NegotiationNeeded]] to true.
    this.#negotiationNeeded = isNeeded
    // 2.7. Fire an event named negotiationneeded at connection.
    if (isNeeded && !wasNeeded) connection.fire(new Event('negotiationneeded'))
  }

  /** A promise that steps in a queued task settle; never, when the connection is closed before. */
  #inTask<T>(steps: (resolve: (value: T) => void, reject: (reason: Error) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#connection.driver.queueTask(() => {
        if (!this.#connection.isClosed) steps(resolve, reject)
      })
    })
  }

  #wrongState(what: string): DOMException {
    return new DOMException(`Cannot ${what} in the state '${this.signalingState}'`, 'InvalidStateError')
  }
}
