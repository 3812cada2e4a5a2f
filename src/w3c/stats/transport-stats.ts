import type { IceStatistics, PairView } from '../../ice/ice-statistics.js'
import type { IceCandidate } from '../../ice/types.js'
import { fingerprintOf } from '../../node/index.js'
import type { TransportId, TransportStatistics, TransportView } from '../../peer/contract.js'
import type { DtlsTransportSlots } from '../rtc-dtls-transport.js'
import type {
  RTCCertificateStats,
  RTCIceCandidatePairStats,
  RTCIceCandidateStats,
  RTCTransportStats,
} from './dictionaries.js'
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

  /** What {@link add} needs of a transport that is about to go, as it is now. */
  keep({ view, ice, session }: TransportStatistics): TransportStatistics {
    const keepPair = (pair: PairView): PairView => {
      const description = pair.describe()
      const kept = {
        state: pair.state,
        nominated: pair.nominated,
        counts: pair.counts.copy(),
        describe: () => description,
      }
      const id = this.#pairIds.get(pair)
      if (id !== undefined) this.#pairIds.set(kept, id)
      return kept
    }
    const pairs = ice.pairs.map(keepPair)
    const selected = ice.selected && pairs[ice.pairs.indexOf(ice.selected)]
    return { view, session, ice: { pairs, selected, selectedPairChanges: ice.selectedPairChanges } }
  }

  /** @param certificates ours, of which the transport uses one */
  add(
    into: StatsCollection,
    dtls: DtlsTransportSlots,
    { view, ice, session }: TransportStatistics,
    certificates: readonly Uint8Array[],
  ): void {
    const { traffic, localParameters } = view
    const stats: RTCTransportStats = {
      timestamp: into.timestamp,
      type: 'transport',
      id: this.idOf(view.id),
      packetsSent: traffic.packetsSent,
      packetsReceived: traffic.packetsReceived,
      bytesSent: traffic.bytesSent,
      bytesReceived: traffic.bytesReceived,
      iceRole: view.iceRole ?? 'unknown',
      iceState: dtls.ice.state,
      dtlsState: dtls.state,
      dtlsRole: view.dtlsRole ?? 'unknown',
      selectedCandidatePairChanges: ice.selectedPairChanges,
    }
    // Before the handshake it is known only where there is no choice.
    const local = session?.localCertificate ?? (certificates.length === 1 ? certificates[0] : undefined)
    if (localParameters !== undefined) stats.iceLocalUsernameFragment = localParameters.usernameFragment
    if (session !== undefined) {
      stats.tlsVersion = TLS_VERSIONS[session.version]
      stats.dtlsCipher = session.cipherSuite
    }
    if (local !== undefined) stats.localCertificateId = this.#addCertificate(into, local, undefined)
    const remoteCertificateId = this.#addChain(into, dtls.remoteCertificates)
    if (remoteCertificateId !== undefined) stats.remoteCertificateId = remoteCertificateId
    const selectedCandidatePairId = this.#addPairs(into, stats.id, view, ice)
    if (selectedCandidatePairId !== undefined) stats.selectedCandidatePairId = selectedCandidatePairId
    into.add(stats)
  }

  /** With their candidates, and those that have none. The id of the selected one. */
  #addPairs(into: StatsCollection, transportId: string, view: TransportView, ice: IceStatistics): string | undefined {
    const candidates = new CandidateStats(into, this.#ids, this.#candidates, transportId, view)
    for (const candidate of view.localCandidates) candidates.addLocal(candidate)
    for (const candidate of view.remoteCandidates) candidates.addRemote(candidate)
    let selectedId: string | undefined
    for (const pair of ice.pairs) {
      let id = this.#pairIds.get(pair)
      if (id === undefined) this.#pairIds.set(pair, (id = this.#ids.of('CP', `${++this.#lastPair}`)))
      if (pair === ice.selected) selectedId = id
      const { local, remote } = pair.describe()
      into.add(pairStats(into, id, transportId, candidates.addLocal(local), candidates.addRemote(remote), pair))
    }
    return selectedId
  }

  /** The peer's own certificate comes first: the id of that. */
  #addChain(into: StatsCollection, chain: readonly Uint8Array[]): string | undefined {
    let id: string | undefined
    for (let i = chain.length - 1; i >= 0; i--) id = this.#addCertificate(into, chain[i]!, id)
    return id
  }

  #addCertificate(into: StatsCollection, der: Uint8Array, issuerId: string | undefined): string {
    let known = this.#certificates.get(der)
    if (known === undefined) this.#certificates.set(der, (known = certificateStats(this.#ids, der, issuerId)))
    into.addCopy(known)
    return known.id
  }
}

/** The candidates of one transport, each once. */
class CandidateStats {
  readonly #into: StatsCollection
  readonly #ids: StatsIds
  readonly #known: WeakMap<IceCandidate, RTCIceCandidateStats>
  readonly #transportId: string
  readonly #view: TransportView

  constructor(
    into: StatsCollection,
    ids: StatsIds,
    known: WeakMap<IceCandidate, RTCIceCandidateStats>,
    transportId: string,
    view: TransportView,
  ) {
    this.#into = into
    this.#ids = ids
    this.#known = known
    this.#transportId = transportId
    this.#view = view
  }

  addLocal(candidate: IceCandidate): string {
    return this.#add(this.#known.get(candidate) ?? this.#remember(candidate, this.#local(candidate)))
  }

  addRemote(candidate: IceCandidate): string {
    const id = this.#add(this.#known.get(candidate) ?? this.#remember(candidate, this.#remote(candidate)))
    if (candidate.type === 'prflx') this.#revealAddress(id, candidate.address)
    return id
  }

  #add(stats: RTCIceCandidateStats): string {
    if (!this.#into.has(stats.id)) this.#into.addCopy(stats)
    return stats.id
  }

  #remember(candidate: IceCandidate, stats: RTCIceCandidateStats): RTCIceCandidateStats {
    this.#known.set(candidate, stats)
    return stats
  }

  #local(candidate: IceCandidate): RTCIceCandidateStats {
    const { usernameFragment = '', type, protocol, address, port, tcpType = '', url, relayProtocol } = candidate
    const name = `${this.#transportId} ${usernameFragment} ${type} ${protocol}${tcpType} ${address} ${port}`
    return {
      ...this.#members('local-candidate', this.#ids.of('L', name), candidate),
      address,
      ...(url !== undefined && { url }),
      ...(relayProtocol !== undefined && { relayProtocol }),
    }
  }

  #remote(candidate: IceCandidate): RTCIceCandidateStats {
    const { type, protocol, address, port, tcpType = '', hostname } = candidate
    const session = candidate.usernameFragment ?? this.#view.remoteParameters?.usernameFragment ?? ''
    // Without its type: a peer-reflexive one is the same candidate when it is signalled later (RFC 8838 §11.4).
    const id = this.#ids.of('R', `${this.#transportId} ${session} ${protocol}${tcpType} ${address} ${port}`)
    return {
      ...this.#members('remote-candidate', id, candidate),
      address: type === 'prflx' ? null : (hostname ?? address),
    }
  }

  /** An address that connectivity checks revealed is for scripts once the peer has signalled it, with whatever port. */
  #revealAddress(id: string, address: string): void {
    const isSignalled = this.#view.remoteCandidates.some(
      (other) => other.type !== 'prflx' && other.hostname === undefined && other.address === address,
    )
    const stats = this.#into.get(id)
    if (isSignalled && stats?.type === 'remote-candidate') stats.address = address
  }

  #members<Type extends RTCIceCandidateStats['type']>(type: Type, id: string, candidate: IceCandidate) {
    const { usernameFragment, relatedAddress, relatedPort, tcpType } = candidate
    const signalled = this.#view.remoteParameters?.usernameFragment
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

function pairStats(
  into: StatsCollection,
  id: string,
  transportId: string,
  localCandidateId: string,
  remoteCandidateId: string,
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
  if (lastSentAt > -Infinity) stats.lastPacketSentTimestamp = into.timestampOf(lastSentAt)
  if (lastReceivedAt > -Infinity) stats.lastPacketReceivedTimestamp = into.timestampOf(lastReceivedAt)
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
