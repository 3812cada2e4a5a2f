/**
 * jsep: the negotiation as pure functions (RFC 9429, with BUNDLE of RFC 9143, data channels of RFC 8841, DTLS of RFC 8842,
 * streams and simulcast of RFC 8830 and 8853): a state and a description in, the next state and a plan of transports out, or
 * the reason why not. The signaling states and errors are those of the W3C API. Transceivers come in as plain data, and what
 * descriptions say of media goes out as plain data. It holds no transport and no transceiver: the caller compares plans
 * and acts. Deliberately absent: RTCP without rtcp-mux, receiving a simulcast (RFC 9429 §3.7), and LS groups.
 */
export { applyLocal, applyRemote } from './apply.js'
export { createAnswer, createOffer } from './describe.js'
export { textOf, withLocalCandidates, withRemoteCandidate } from './candidates.js'
export { withDtlsRole } from './dtls-role.js'
export { initialState, needsNegotiation, remoteRestartsIce } from './negotiation.js'
export { mediaSections } from './media-sections.js'
export { negotiatedMedia } from './negotiated-media.js'
export { planBesidesCandidates, planOf, sectionsOn } from './plan.js'
export type * from './media-types.js'
export type * from './types.js'
