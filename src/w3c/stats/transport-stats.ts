import type { IceCandidate, SelectedPair } from '../../ice/types.js'
import type { PairView } from '../../ice/ice-statistics.js'
import { fingerprintOf } from '../../node/index.js'
import type { TransportId, TransportStatistics } from '../../peer/contract.js'
import type { DtlsTransportSlots } from '../rtc-dtls-transport.js'
import type { RTCCertificateStats, RTCIceCandidatePairStats, RTCIceCandidateStats } from './dictionaries.js'
import type { StatsCollection } from './stats-collection.js'
import type { StatsIds } from './stats-ids.js'

/** RFC 6347 §4.1, RFC 9147 §4: { 254, 253 } and { 254, 252 }. */
const TLS_VERSIONS = { 'DTLS 1.2': 'FEFD', 'DTLS 1.3': 'FEFC' } as const

/**
 * The statistics of transports, with candidates, pairs and certificates. What cannot change in an object is made once and
 * copied from then on, which is most of the work of polling.
 */
export class TransportStats {
  readonly #ids: StatsIds
  readonly #candidates = new WeakMap<IceCandidate, RTCIceCandidateStats>()
  readonly #pairIds = new WeakMap<PairView, string>()
  readonly #certificates = new WeakMap<Uint8Array, RTCCertificateStats>()
  #lastPair = 0

  constructor(ids: StatsIds) {
    this.#ids = ids
  }

  idOf(transportId: TransportId): string {
    return this.#ids.of('T', `${transportId}`)
  }

  /** @param certificates ours, of which the transport uses one */
  add(
    into: StatsCollection,
    dtls: DtlsTransportSlots,
    statistics: TransportStatistics,
    certificates: readonly Uint8Array[],
  ): void {
    const id = this.idOf(statistics.id)
    const { session, localParameters } = statistics
    // Before the handshake it is known only where there is no choice.
    const local = session?.localCertificate ?? (certificates.length === 1 ? certificates[0] : undefined)
    const localCertificateId = local && this.#addCertificates(into, [local])
    const remoteCertificateId = this.#addCertificates(into, dtls.remoteCertificates)
    const transport = new TransportCandidates(into, this.#ids, this.#candidates, id, statistics)
    const selectedCandidatePairId = this.#addPairs(into, transport, id, statistics)
    into.add({
      timestamp: into.timestamp,
      type: 'transport',
      id,
      ...statistics.traffic,
      iceRole: statistics.iceRole ?? 'unknown',
      iceState: dtls.ice.state,
      dtlsState: dtls.state,
      dtlsRole: statistics.dtlsRole ?? 'unknown',
      selectedCandidatePairChanges: statistics.selectedPairChanges,
      ...(localParameters && { iceLocalUsernameFragment: localParameters.usernameFragment }),
      ...(session && { tlsVersion: TLS_VERSIONS[session.version], dtlsCipher: session.cipherSuite }),
      ...(selectedCandidatePairId !== undefined && { selectedCandidatePairId }),
      ...(localCertificateId !== undefined && { localCertificateId }),
      ...(remoteCertificateId !== undefined && { remoteCertificateId }),
    })
  }

  /** The id of the selected one. */
  #addPairs(
    into: StatsCollection,
    transport: TransportCandidates,
    transportId: string,
    { pairs, selected, localCandidates, remoteCandidates }: TransportStatistics,
  ): string | undefined {
    for (const candidate of localCandidates) transport.addLocal(candidate)
    for (const candidate of remoteCandidates) transport.addRemote(candidate)
    let selectedId: string | undefined
    for (const pair of pairs) {
      let id = this.#pairIds.get(pair)
      if (id === undefined) this.#pairIds.set(pair, (id = this.#ids.of('CP', `${++this.#lastPair}`)))
      if (pair === selected) selectedId = id
      const { local, remote }: SelectedPair = pair.describe()
      const candidateIds = {
        localCandidateId: transport.addLocal(local),
        remoteCandidateId: transport.addRemote(remote),
      }
      into.add(pairStats(into, id, transportId, candidateIds, pair))
    }
    return selectedId
  }

  /** A chain, the peer's own certificate first: the id of that. */
  #addCertificates(into: StatsCollection, chain: readonly Uint8Array[]): string | undefined {
    let id: string | undefined
    for (const der of chain.toReversed()) {
      let known = this.#certificates.get(der)
      if (known === undefined) this.#certificates.set(der, (known = certificateStats(this.#ids, der, id)))
      into.addCopy(known)
      id = known.id
    }
    return id
  }
}

/** The candidates of one transport, each once. */
class TransportCandidates {
  readonly #into: StatsCollection
  readonly #ids: StatsIds
  readonly #known: WeakMap<IceCandidate, RTCIceCandidateStats>
  readonly #transportId: string
  readonly #statistics: TransportStatistics

  constructor(
    into: StatsCollection,
    ids: StatsIds,
    known: WeakMap<IceCandidate, RTCIceCandidateStats>,
    transportId: string,
    statistics: TransportStatistics,
  ) {
    this.#into = into
    this.#ids = ids
    this.#known = known
    this.#transportId = transportId
    this.#statistics = statistics
  }

  addLocal(candidate: IceCandidate): string {
    return this.#add(candidate, () => {
      const { usernameFragment = '', type, protocol, address, port, tcpType = '' } = candidate
      const name = `${this.#transportId} ${usernameFragment} ${type} ${protocol}${tcpType} ${address} ${port}`
      return {
        ...this.#members('local-candidate', this.#ids.of('L', name), candidate),
        address,
        ...(candidate.url !== undefined && { url: candidate.url }),
        ...(candidate.relayProtocol !== undefined && { relayProtocol: candidate.relayProtocol }),
      }
    })
  }

  addRemote(candidate: IceCandidate): string {
    const stats = this.#add(candidate, () => {
      const { protocol, address, port, tcpType = '' } = candidate
      const session = candidate.usernameFragment ?? this.#statistics.remoteParameters?.usernameFragment ?? ''
      // Without its type: a peer-reflexive one is the same candidate when it is signalled later (RFC 8838 §11.4).
      const id = this.#ids.of('R', `${this.#transportId} ${session} ${protocol}${tcpType} ${address} ${port}`)
      return {
        ...this.#members('remote-candidate', id, candidate),
        address: candidate.type === 'prflx' ? null : (candidate.hostname ?? address),
      }
    })
    if (candidate.type === 'prflx') this.#revealAddress(stats, candidate.address)
    return stats
  }

  /** The id; added to the collection where it is not there yet. */
  #add(candidate: IceCandidate, create: () => RTCIceCandidateStats): string {
    let stats = this.#known.get(candidate)
    if (stats === undefined) this.#known.set(candidate, (stats = create()))
    if (!this.#into.has(stats.id)) this.#into.addCopy(stats)
    return stats.id
  }

  /** An address that connectivity checks revealed is for scripts once the peer has signalled it, with whatever port. */
  #revealAddress(id: string, address: string): void {
    const isSignalled = this.#statistics.remoteCandidates.some(
      (other) => other.type !== 'prflx' && other.hostname === undefined && other.address === address,
    )
    const stats = this.#into.get(id)
    if (isSignalled && stats?.type === 'remote-candidate') stats.address = address
  }

  #members<Type extends RTCIceCandidateStats['type']>(type: Type, id: string, candidate: IceCandidate) {
    const { usernameFragment, relatedAddress, relatedPort, tcpType } = candidate
    const signalled = this.#statistics.remoteParameters?.usernameFragment
    const isSignalled = type === 'remote-candidate' && candidate.type !== 'prflx'
    const fragment = usernameFragment ?? (isSignalled ? signalled : undefined)
    return {
      timestamp: 0,
      type,
      id,
      transportId: this.#transportId,
      port: candidate.port,
      protocol: candidate.protocol,
      candidateType: candidate.type,
      priority: candidate.priority,
      foundation: candidate.foundation,
      ...(fragment !== undefined && { usernameFragment: fragment }),
      ...(relatedAddress !== undefined && { relatedAddress }),
      ...(relatedPort !== undefined && { relatedPort }),
      ...(tcpType !== undefined && { tcpType }),
    }
  }
}

type CandidateIds = Pick<RTCIceCandidatePairStats, 'localCandidateId' | 'remoteCandidateId'>

function pairStats(
  into: StatsCollection,
  id: string,
  transportId: string,
  { localCandidateId, remoteCandidateId }: CandidateIds,
  { state, nominated, counts }: PairView,
): RTCIceCandidatePairStats {
  const { currentRoundTripMillis, lastSentAt, lastReceivedAt } = counts
  const stats: RTCIceCandidatePairStats = {
    timestamp: into.timestamp,
    type: 'candidate-pair',
    id,
    transportId,
    localCandidateId,
    remoteCandidateId,
    state,
    nominated,
    packetsSent: counts.packetsSent,
    packetsReceived: counts.packetsReceived,
    bytesSent: counts.bytesSent,
    bytesReceived: counts.bytesReceived,
    totalRoundTripTime: counts.totalRoundTripMillis / 1000,
    requestsSent: counts.requestsSent,
    requestsReceived: counts.requestsReceived,
    responsesSent: counts.responsesSent,
    responsesReceived: counts.responsesReceived,
    consentRequestsSent: counts.consentRequestsSent,
  }
  if (currentRoundTripMillis !== undefined) stats.currentRoundTripTime = currentRoundTripMillis / 1000
  if (lastSentAt !== undefined) stats.lastPacketSentTimestamp = into.timestampOf(lastSentAt)
  if (lastReceivedAt !== undefined) stats.lastPacketReceivedTimestamp = into.timestampOf(lastReceivedAt)
  return stats
}

function certificateStats(ids: StatsIds, der: Uint8Array, issuerId: string | undefined): RTCCertificateStats {
  const fingerprint = fingerprintOf(der, 'sha-256')
  return {
    timestamp: 0,
    type: 'certificate',
    id: ids.of('CF', fingerprint),
    fingerprint,
    fingerprintAlgorithm: 'sha-256',
    base64Certificate: Buffer.from(der).toString('base64'),
    ...(issuerId !== undefined && { issuerCertificateId: issuerId }),
  }
}
