import { SparseMap } from '../core/index.js'
import type { DtlsTransportState } from '../dtls/types.js'
import type { IceGatheringState, IceTransportState } from '../ice/types.js'
import type { MediaSectionView } from '../jsep/media-types.js'
import type { PeerContract, TransportId } from '../peer/contract.js'
import {
  deriveConnectionState,
  deriveGatheringState,
  deriveIceConnectionState,
  type RTCIceConnectionState,
  type RTCIceGatheringState,
  type RTCPeerConnectionState,
} from './aggregate-states.js'
import { DtlsTransportSlots } from './rtc-dtls-transport.js'
import { IceTransportSlots } from './rtc-ice-transport.js'
import { SctpTransportSlots } from './rtc-sctp-transport.js'

/** How a description changed the set of transports. */
export interface TransportChanges {
  /** What it no longer calls for: bundled away, rejected or rolled back. */
  readonly dtls: readonly DtlsTransportSlots[]
  readonly sctp: SctpTransportSlots | undefined
  /** There are others besides those that there were. */
  readonly hasNew: boolean
}

/** The transport objects of one connection, as descriptions call for them. */
export class Transports {
  readonly #peer: PeerContract
  readonly #sendBufferBytes: number
  readonly #all = new SparseMap<TransportId, DtlsTransportSlots>()
  /** [[SctpTransport]] */
  sctp: SctpTransportSlots | undefined
  /** [[LastStableStateSctpTransport]] */
  #lastStableSctp: SctpTransportSlots | undefined

  constructor(peer: PeerContract, sendBufferBytes: number) {
    this.#peer = peer
    this.#sendBufferBytes = sendBufferBytes
  }

  /** `undefined` for a transport that descriptions do not use any more. */
  get(id: TransportId): DtlsTransportSlots | undefined {
    return this.#all.get(id)
  }

  entries(): Iterable<[TransportId, DtlsTransportSlots]> {
    return this.#all
  }

  rememberStableState(): void {
    this.#lastStableSctp = this.sctp
  }

  /** Makes the objects be what the peer has after a description was applied; `answered` by either kind of answer. */
  update(answered: boolean): TransportChanges {
    const views = this.#peer.transports
    const dtls: DtlsTransportSlots[] = []
    for (const [id, transport] of this.#all) {
      if (views.some((view) => view.id === id)) continue
      this.#all.delete(id)
      dtls.push(transport)
    }
    const before = this.sctp
    const hasNew = views.some(({ id }) => !this.#all.has(id))
    for (const { id } of views) {
      if (this.#all.has(id)) continue
      const view = () => this.#peer.transports.find((one) => one.id === id)
      this.#all.set(id, new DtlsTransportSlots(new IceTransportSlots(view)))
    }
    this.#updateSctp(answered)
    return { dtls, sctp: before === this.sctp ? undefined : before, hasNew }
  }

  /** [[SctpTransport]] exists from the offer with a data section on, and as long as none rejected it. */
  #updateSctp(answered: boolean): void {
    const dtls = this.#dataTransport()
    if (dtls === undefined) {
      this.sctp = undefined
      return
    }
    if (this.sctp?.dtls !== dtls) {
      this.sctp = this.#lastStableSctp?.dtls === dtls ? this.#lastStableSctp : new SctpTransportSlots(dtls)
    }
    // https://www.w3.org/TR/webrtc/#dfn-update-the-data-max-message-size, where canSendSize is the send buffer.
    const view = this.#peer.sctp
    if (answered && view) this.sctp.maxMessageSizeBytes = Math.min(view.maxMessageSizeBytes, this.#sendBufferBytes)
  }

  /** What carries the data section; its mid is in none of the peer's transports where it was rejected. */
  #dataTransport(): DtlsTransportSlots | undefined {
    const local = this.#peer.mediaSections('local')
    const remote = this.#peer.mediaSections('remote')
    for (const { id, mids } of this.#peer.transports) {
      if (mids.some((mid) => isOfData(local, mid) || isOfData(remote, mid))) return this.#all.get(id)
    }
    return undefined
  }

  deriveIceConnectionState(): RTCIceConnectionState {
    const states: IceTransportState[] = []
    for (const { ice } of this.#all.values()) states.push(ice.state)
    return deriveIceConnectionState(states)
  }

  deriveConnectionState(ice: RTCIceConnectionState): RTCPeerConnectionState {
    const states: DtlsTransportState[] = []
    for (const { state } of this.#all.values()) states.push(state)
    return deriveConnectionState(ice, states)
  }

  deriveGatheringState(): RTCIceGatheringState {
    const states: IceGatheringState[] = []
    for (const { ice } of this.#all.values()) states.push(ice.gatheringState)
    return deriveGatheringState(states)
  }

  /** The end of the connection: every state is `closed`, without an event. */
  close(): void {
    if (this.sctp !== undefined) this.sctp.state = 'closed'
    for (const dtls of this.#all.values()) {
      dtls.state = 'closed'
      dtls.ice.state = 'closed'
    }
  }
}

function isOfData(sections: readonly MediaSectionView[], mid: string): boolean {
  return sections.some((section) => section.kind === 'application' && section.mid === mid)
}
