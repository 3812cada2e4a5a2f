import { EMPTY_BYTES } from '../core/index.js'
import type { IceCandidate } from '../ice/types.js'
import { fingerprintOf } from '../node/index.js'
import type { TransportView } from '../peer/contract.js'
import type { Connection } from './connection.js'
import type { DataChannelSlots } from './data-channel-slots.js'
import type { DtlsTransportSlots } from './rtc-dtls-transport.js'
import { StatsCollection } from './rtc-stats-report.js'

/** Gathers the statistics of a connection as they are now (https://www.w3.org/TR/webrtc-stats/). */
export function collectStats(connection: Connection): StatsCollection {
  const collection = new StatsCollection()
  const timestamp = performance.timeOrigin + performance.now()
  const add = (type: string, id: string, members: object) => collection.add({ timestamp, type, id, ...members })
  const { channels, transports } = connection

  add('peer-connection', 'P', { dataChannelsOpened: channels.opened, dataChannelsClosed: channels.closed })
  if (!connection.isClosed) {
    for (const [index, der] of connection.certificates.entries()) addCertificate(add, `CL${index}`, der)
    for (const [id, dtls] of transports.entries()) addTransport(add, id, dtls, connection.certificates)
  }
  for (const channel of channels.values()) addChannel(add, channel)
  return collection
}

type Add = (type: string, id: string, members: object) => void

function addTransport(add: Add, id: number, dtls: DtlsTransportSlots, certificates: readonly Uint8Array[]): void {
  const view = dtls.ice.view()
  if (view === undefined) return
  const [remoteCertificate] = dtls.remoteCertificates
  if (remoteCertificate !== undefined) addCertificate(add, `CR${id}`, remoteCertificate)
  for (const candidate of view.localCandidates) addCandidate(add, 'local-candidate', id, candidate)
  for (const candidate of view.remoteCandidates) addCandidate(add, 'remote-candidate', id, candidate)
  const pairId = addSelectedPair(add, id, view)
  add('transport', `T${id}`, {
    iceState: dtls.ice.state,
    iceRole: view.iceRole ?? 'unknown',
    dtlsState: dtls.state,
    dtlsRole: view.dtlsRole ?? 'unknown',
    localCertificateId: `CL${Math.max(0, certificates.indexOf(view.localCertificate ?? EMPTY_BYTES))}`,
    selectedCandidatePairChanges: dtls.ice.selectedPairChanges,
    ...view.traffic,
    ...(view.localParameters && { iceLocalUsernameFragment: view.localParameters.usernameFragment }),
    ...(remoteCertificate && { remoteCertificateId: `CR${id}` }),
    ...(pairId !== undefined && { selectedCandidatePairId: pairId }),
  })
}

function addSelectedPair(add: Add, id: number, view: TransportView): string | undefined {
  const pair = view.selectedPair
  if (pair === undefined) return undefined
  const localCandidateId = addCandidate(add, 'local-candidate', id, pair.local)
  const remoteCandidateId = addCandidate(add, 'remote-candidate', id, pair.remote)
  const pairId = `CP${id}_${localCandidateId}_${remoteCandidateId}`
  add('candidate-pair', pairId, {
    transportId: `T${id}`,
    localCandidateId,
    remoteCandidateId,
    state: 'succeeded',
    nominated: true,
    ...view.selectedPairTraffic,
  })
  return pairId
}

function addCandidate(add: Add, type: 'local-candidate' | 'remote-candidate', id: number, of: IceCandidate): string {
  const side = type === 'local-candidate' ? 'L' : 'R'
  const candidateId = `I${side}${id}_${of.type}_${of.protocol}_${of.address}_${of.port}`
  add(type, candidateId, {
    transportId: `T${id}`,
    // Remote addresses that only connectivity checks revealed are not for scripts (webrtc-stats, RTCIceCandidateStats).
    address: side === 'R' && of.type === 'prflx' ? null : of.address,
    port: of.port,
    protocol: of.protocol,
    candidateType: of.type,
    priority: of.priority,
    foundation: of.foundation,
    ...(of.usernameFragment !== undefined && { usernameFragment: of.usernameFragment }),
    ...(of.url !== undefined && { url: of.url }),
    ...(of.relayProtocol !== undefined && { relayProtocol: of.relayProtocol }),
    ...(of.relatedAddress !== undefined && { relatedAddress: of.relatedAddress, relatedPort: of.relatedPort }),
    ...(of.tcpType !== undefined && { tcpType: of.tcpType }),
  })
  return candidateId
}

function addCertificate(add: Add, id: string, der: Uint8Array): void {
  add('certificate', id, {
    fingerprint: fingerprintOf(der, 'sha-256'),
    fingerprintAlgorithm: 'sha-256',
    base64Certificate: btoa(String.fromCharCode(...der)),
  })
}

function addChannel(add: Add, channel: DataChannelSlots): void {
  add('data-channel', `D${channel.handle}`, {
    label: channel.parameters.label,
    protocol: channel.parameters.protocol,
    state: channel.readyState,
    messagesSent: channel.messagesSent,
    bytesSent: channel.bytesSent,
    messagesReceived: channel.messagesReceived,
    bytesReceived: channel.bytesReceived,
    ...(channel.id !== null && { dataChannelIdentifier: channel.id }),
  })
}
