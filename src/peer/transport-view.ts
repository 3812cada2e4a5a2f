import type { DtlsRole, DtlsSession, DtlsTransportState } from '../dtls/types.js'
import type { IceAgent } from '../ice/index.js'
import type { TransportId, TransportView } from './contract.js'
import type { Traffic } from './traffic.js'

/** What of a view is not known to the ICE agent. */
interface DtlsView {
  readonly state: DtlsTransportState
  readonly role: DtlsRole | undefined
  readonly session: DtlsSession | undefined
  readonly traffic: Traffic
}

export function viewOf(id: TransportId, mids: readonly string[], agent: IceAgent, dtls: DtlsView): TransportView {
  return {
    id,
    mids,
    iceState: agent.state,
    gatheringState: agent.gatheringState,
    iceRole: agent.role,
    localParameters: agent.localParameters,
    remoteParameters: agent.remoteParameters,
    localCandidates: agent.localCandidates,
    remoteCandidates: agent.remoteCandidates,
    selectedPair: agent.selectedPair,
    dtlsState: dtls.state,
    dtlsRole: dtls.role,
    remoteCertificates: dtls.session?.remoteCertificates ?? [],
    localCertificate: dtls.session?.localCertificate,
    traffic: dtls.traffic,
  }
}
