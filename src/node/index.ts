/**
 * node: where the pure protocols meet this machine. The driver runs one peer on an `Io`: UDP sockets, streams over TCP and TLS
 * to TURN servers, name resolution (DNS with SRV records, and multicast DNS for the names that browsers hide addresses behind,
 * RFC 6762), interfaces ranked after RFC 8421, a UDP port that many share, the clock and one timer. Deliberately absent:
 * protocol state, W3C objects, retries, promises per datagram, and anything that would keep the process alive after `close()`.
 */
export type { DriverCounters, DriverOptions, ResourceReport } from './driver-options.js'
export { Driver } from './driver.js'
export { CertificateReserve } from './certificate-reserve.js'
export { collectionPace } from './collection-pace.js'
export { messageMemory } from './message-memory.js'
export { isAddressPattern } from './address-selection.js'
export { defaultIo, withIo } from './default-io.js'
export { fastPath } from './fast-path.js'
export type { FastPathReport, PathReport } from './fast-path.js'
export type { IceServer } from './gather.js'
export type * from './io.js'
export type { NatBehavior, NatObservation } from './nat-discovery.js'
export { parseServerUrl } from './server-url.js'
export { nodeIo } from './node-io.js'
export { TcpMux } from './tcp-mux.js'
export type { TcpMuxOptions } from './tcp-mux.js'
export { UdpMux } from './udp-mux.js'
export type { UdpMuxOptions } from './udp-mux.js'
export type { UnknownPeer } from './unknown-peers.js'
export { isCertificate } from './is-certificate.js'

// What the W3C layer is composed of besides the driver: it may import this room, not the ones below.
export type {
  CertificateOptions,
  CertificatePem,
  EcdsaAlgorithm,
  ExportableCertificate,
  FingerprintAlgorithm,
  ImportError,
  LocalCertificate,
  RsaAlgorithm,
} from '../crypto/index.js'
export {
  fingerprintOf,
  generateCertificate,
  generateEcdsaCertificate,
  importCertificate,
  nodeCrypto,
  runtimeCrypto,
} from '../crypto/index.js'
export { Peer } from '../peer/index.js'
