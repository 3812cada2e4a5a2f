import { formatCandidate } from '../ice/candidate.js'
import type { IceCandidate, IceParameters, IceTransportState, SelectedPair } from '../ice/types.js'
import type { TransportView } from '../peer/contract.js'
import { CandidatePair, createCandidatePair, type RTCIceCandidatePair } from './rtc-ice-candidate-pair.js'
import { createIceCandidate, KnownCandidate, type RTCIceCandidate, type RTCIceComponent } from './rtc-ice-candidate.js'
import { defineInterface, isObject, TypedEventTarget, type EventHandler } from './webidl/index.js'

/**
 * How far the way to the peer is: `disconnected` may end by itself, `failed` by an ICE restart alone.
 * @see https://www.w3.org/TR/webrtc/#rtcicetransportstate
 */
export type RTCIceTransportState = IceTransportState
/**
 * Whether local candidates are looked for: not yet, now, or not any more.
 * @see https://www.w3.org/TR/webrtc/#rtcicegathererstate
 */
export type RTCIceGathererState = 'new' | 'gathering' | 'complete'
/** Who nominates the pair that is used (RFC 8445 §6.1.1). @see https://www.w3.org/TR/webrtc/#rtcicerole */
export type RTCIceRole = 'unknown' | 'controlling' | 'controlled'

/** ICE credentials (RFC 8839 §5.4). @see https://www.w3.org/TR/webrtc/#rtciceparameters */
export interface RTCIceParameters {
  /** 4 to 256 letters, digits, `+` and `/`; names the generation of candidates. */
  usernameFragment: string
  /** 22 to 256 of the same; known to the two peers alone. */
  password: string
}

/** The events of an ICE transport, and what each is fired with. */
export interface RTCIceTransportEventMap {
  /** `gatheringState` changed. */
  gatheringstatechange: Event
  /** {@link RTCIceTransport.getSelectedCandidatePair} gives another pair. */
  selectedcandidatepairchange: Event
  /** `state` changed. */
  statechange: Event
}

/** What [[SelectedCandidatePair]] is made from. */
interface Selected {
  readonly pair: SelectedPair
  readonly local: RTCIceCandidate
  readonly remote: RemoteSignalling
}

/** The internal slots of an RTCIceTransport; the connection changes them in queued tasks. */
export class IceTransportSlots {
  #object: RTCIceTransport | undefined
  state: RTCIceTransportState = 'new'
  readonly component = 'rtp'
  gatheringState: RTCIceGathererState = 'new'
  #selected: Selected | undefined
  #selectedPair: RTCIceCandidatePair | null = null
  /** For the statistics. */
  selectedPairChanges = 0
  /** The candidates of the present generation that were surfaced. */
  localCandidates: RTCIceCandidate[] = []
  /** What the peer says now; `undefined` once the transport is gone. */
  readonly view: () => TransportView | undefined

  constructor(view: () => TransportView | undefined) {
    this.view = view
  }

  /** Made when a script first asks for it: most never do. */
  get object(): RTCIceTransport {
    return (this.#object ??= createIceTransport(this))
  }

  /** Undefined while none has: there is nobody to hear of an event. */
  get known(): RTCIceTransport | undefined {
    return this.#object
  }

  /** [[SelectedCandidatePair]]: made when a script first asks for it, and the same until another pair is selected. */
  get selectedPair(): RTCIceCandidatePair | null {
    if (this.#selected === undefined || this.#selectedPair !== null) return this.#selectedPair
    const { pair, local, remote } = this.#selected
    this.#selectedPair = createCandidatePair(new CandidatePair(local, remoteCandidate(pair.remote, remote)))
    return this.#selectedPair
  }

  /** False when it is the one that is selected already. */
  select(pair: SelectedPair, view: TransportView): boolean {
    if (this.#selected?.pair === pair) return false
    const text = formatCandidate(pair.local)
    if (this.#selected !== undefined && isSamePair(this.#selected, pair, text)) return false
    const usernameFragment = pair.local.usernameFragment ?? view.localParameters?.usernameFragment ?? null
    const local =
      this.localCandidates.find(({ candidate }) => candidate === text) ??
      createIceCandidate(new KnownCandidate({ candidate: text, sdpMid: view.mids[0] ?? '', usernameFragment }))
    this.#selected = { pair, local, remote: remoteSignalling(view) }
    this.#selectedPair = null
    this.selectedPairChanges++
    return true
  }
}

function isSamePair({ pair, local }: Selected, other: SelectedPair, localText: string): boolean {
  return local.candidate === localText && formatCandidate(pair.remote) === formatCandidate(other.remote)
}

let createIceTransport: (slots: IceTransportSlots) => RTCIceTransport

/**
 * What is known of the ICE transport (RFC 8445) below a DTLS transport.
 * @see https://www.w3.org/TR/webrtc/#rtcicetransport
 */
export class RTCIceTransport extends TypedEventTarget<RTCIceTransportEventMap> {
  /** `state` changed. */
  declare onstatechange: EventHandler
  /** `gatheringState` changed. */
  declare ongatheringstatechange: EventHandler
  /** Packets are sent on another pair. */
  declare onselectedcandidatepairchange: EventHandler

  readonly #slots: IceTransportSlots

  private constructor(...[slots]: [IceTransportSlots?]) {
    if (!(slots instanceof IceTransportSlots)) {
      throw new TypeError("Failed to construct 'RTCIceTransport': Illegal constructor")
    }
    super()
    this.#slots = slots
  }

  /** `unknown` before there are descriptions. */
  get role(): RTCIceRole {
    return this.#slots.view()?.iceRole ?? 'unknown'
  }

  /** Always `rtp`: RTP and RTCP, and data channels, share one transport. */
  get component(): RTCIceComponent {
    return this.#slots.component
  }

  /** Whether a way to the peer is looked for, found, or lost. */
  get state(): RTCIceTransportState {
    return this.#slots.state
  }

  /** Whether local candidates are still looked for. */
  get gatheringState(): RTCIceGathererState {
    return this.#slots.gatheringState
  }

  /** The candidates that were surfaced with `icecandidate` events. */
  getLocalCandidates(): RTCIceCandidate[] {
    return [...this.#slots.localCandidates]
  }

  /** The candidates that were signalled to us; not those that connectivity checks revealed. */
  getRemoteCandidates(): RTCIceCandidate[] {
    const view = this.#slots.view()
    if (view === undefined) return []
    const signalled = view.remoteCandidates.filter((candidate) => candidate.type !== 'prflx')
    return signalled.map((candidate) => remoteCandidate(candidate, remoteSignalling(view)))
  }

  /** The pair that packets are sent on; null before there is one and after the end. */
  getSelectedCandidatePair(): RTCIceCandidatePair | null {
    const { state, selectedPair } = this.#slots
    return state === 'new' || state === 'closed' ? null : selectedPair
  }

  /** null before a local description was applied. */
  getLocalParameters(): RTCIceParameters | null {
    return copyOf(this.#slots.view()?.localParameters)
  }

  /** null before a remote description was applied. */
  getRemoteParameters(): RTCIceParameters | null {
    return copyOf(this.#slots.view()?.remoteParameters)
  }

  static {
    createIceTransport = (slots) => new RTCIceTransport(slots)
    defineInterface(this, 'RTCIceTransport', {
      handlers: ['statechange', 'gatheringstatechange', 'selectedcandidatepairchange'],
      isInstance: (value) => isObject(value) && #slots in value,
    })
  }
}

function copyOf(parameters: IceParameters | undefined): RTCIceParameters | null {
  if (parameters === undefined) return null
  return { usernameFragment: parameters.usernameFragment, password: parameters.password }
}

/** What scripts are told of a remote candidate that is the same for all of a transport. */
interface RemoteSignalling {
  readonly sdpMid: string
  readonly usernameFragment: string | null
}

function remoteSignalling({ mids, remoteParameters }: TransportView): RemoteSignalling {
  return { sdpMid: mids[0] ?? '', usernameFragment: remoteParameters?.usernameFragment ?? null }
}

/**
 * A remote candidate as scripts see it. One that was not signalled but revealed by connectivity checks has no text
 * (RTCIceCandidate.candidate), and its address is not for scripts (RTCIceCandidate.address).
 */
function remoteCandidate(candidate: IceCandidate, remote: RemoteSignalling): RTCIceCandidate {
  const { sdpMid } = remote
  const usernameFragment = candidate.usernameFragment ?? remote.usernameFragment
  if (candidate.type === 'prflx') {
    return createIceCandidate(new KnownCandidate({ sdpMid, usernameFragment }, { ...candidate, address: undefined }))
  }
  // A name that was signalled in place of an address hides it (mDNS).
  const text = formatCandidate({ ...candidate, address: candidate.hostname ?? candidate.address })
  return createIceCandidate(new KnownCandidate({ candidate: text, sdpMid, usernameFragment }))
}
