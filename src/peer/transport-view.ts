import type { DtlsRole, DtlsSession, DtlsTransportState } from '../dtls/types.js'
import type { IceAgent } from '../ice/index.js'
import type {
  IceCandidate,
  IceGatheringState,
  IceParameters,
  IceRole,
  IceTransportState,
  SelectedPair,
} from '../ice/types.js'
import type { TransportId, TransportView } from './contract.js'
import type { Traffic } from './traffic.js'

/** What it looks at. */
interface Viewed {
  readonly id: TransportId
  readonly mids: readonly string[]
  readonly agent: IceAgent
  readonly dtlsState: DtlsTransportState
  readonly dtlsRole: DtlsRole | undefined
  readonly session: DtlsSession | undefined
  readonly traffic: Traffic
}

/** One for as long as the transport lives: each event asks for it, and reads a property or two. */
export class LiveView implements TransportView {
  readonly #of: Viewed

  constructor(of: Viewed) {
    this.#of = of
  }

  get id(): TransportId {
    return this.#of.id
  }

  get mids(): readonly string[] {
    return this.#of.mids
  }

  get iceState(): IceTransportState {
    return this.#of.agent.state
  }

  get gatheringState(): IceGatheringState {
    return this.#of.agent.gatheringState
  }

  get iceRole(): IceRole {
    return this.#of.agent.role
  }

  get localParameters(): IceParameters | undefined {
    return this.#of.agent.localParameters
  }

  get remoteParameters(): IceParameters | undefined {
    return this.#of.agent.remoteParameters
  }

  get localCandidates(): readonly IceCandidate[] {
    return this.#of.agent.localCandidates
  }

  get remoteCandidates(): readonly IceCandidate[] {
    return this.#of.agent.remoteCandidates
  }

  get selectedPair(): SelectedPair | undefined {
    return this.#of.agent.selectedPair
  }

  get dtlsState(): DtlsTransportState {
    return this.#of.dtlsState
  }

  get dtlsRole(): DtlsRole | undefined {
    return this.#of.dtlsRole
  }

  get remoteCertificates(): readonly Uint8Array[] {
    return this.#of.session?.remoteCertificates ?? []
  }

  get localCertificate(): Uint8Array | undefined {
    return this.#of.session?.localCertificate
  }

  get traffic(): Traffic {
    return this.#of.traffic
  }
}

/** As it is now, for who keeps it. */
export function snapshotOf(view: TransportView): TransportView {
  return {
    id: view.id,
    mids: view.mids,
    iceState: view.iceState,
    gatheringState: view.gatheringState,
    iceRole: view.iceRole,
    localParameters: view.localParameters,
    remoteParameters: view.remoteParameters,
    localCandidates: view.localCandidates,
    remoteCandidates: view.remoteCandidates,
    selectedPair: view.selectedPair,
    dtlsState: view.dtlsState,
    dtlsRole: view.dtlsRole,
    remoteCertificates: view.remoteCertificates,
    localCertificate: view.localCertificate,
    traffic: view.traffic,
  }
}
