/**
 * peer: a whole WebRTC endpoint without I/O (RFC 8825): negotiation, ICE, DTLS, SCTP and data channels, and the one place
 * where they meet. Datagrams are told apart by their first byte (RFC 7983), DTLS is taken from validated paths alone, and
 * closing says goodbye on every layer. Deliberately absent: sockets, clocks, names, and the W3C API.
 */
export type * from './contract.js'
export type { MessageMemory } from '../sctp/types.js'
export { Peer } from './peer.js'
