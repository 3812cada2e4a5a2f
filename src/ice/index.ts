/**
 * ice: Interactive Connectivity Establishment. An agent for one component, full or lite: RFC 8445 with trickle (RFC 8838),
 * consent (RFC 7675), dual-stack hosts (RFC 8421) and the candidates' text (RFC 8839). A base is named by its socket id alone,
 * so a relayed address is one like any other: who allocates it, and what carries its datagrams, is the owner's business. So are
 * the connections of ICE-TCP (RFC 6544): packets go to a base and an address, and the owner opens, takes and frames streams.
 *
 * Deliberately absent: simultaneous open of TCP, which hardly any NAT lets through, and server-reflexive TCP candidates;
 * aggressive nomination (its use by a peer is understood), the nomination attribute of the renomination draft, and a second
 * component, since RTP and RTCP are always multiplexed (RFC 8858).
 */
export { IceAgent, type IceAgentOptions } from './agent.js'
export { formatCandidate, isBehindMulticastName, parseCandidate } from './candidate.js'
export { framePacket, FramedPackets } from './framed-packets.js'
export { generateIceParameters } from './parameters.js'
export { candidatePriority } from './priority.js'
export { ACTIVE_PORT } from './tcp-candidates.js'
export { DEFAULT_ICE_TIMINGS } from './timings.js'
export * from './types.js'
