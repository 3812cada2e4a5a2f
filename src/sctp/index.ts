/**
 * sctp: one association over DTLS, as data channels need it: RFC 9260 with fragmentation, selective acknowledgement,
 * congestion and flow control; partial reliability (RFC 3758, 7496), stream reset (RFC 6525), user message interleaving with
 * weighted fair queueing (RFC 8260), path MTU discovery (RFC 8899), zero checksum (RFC 9653), INIT chunks exchanged
 * in descriptions (draft-hancke-tsvwg-snap), in the profile of RFC 8831 and RFC 8261. Deliberately absent:
 * multihoming, address reconfiguration, authenticated chunks and ECN, which DTLS and ICE make pointless.
 */
export { SctpAssociation } from './association.js'
export * from './exchanged-inits.js'
export * from './types.js'
