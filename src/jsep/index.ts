/**
 * jsep: the negotiation as pure functions (RFC 9429, with BUNDLE of RFC 9143, data channels of RFC 8841 and DTLS of
 * RFC 8842): a state and a description in, the next state and a plan of transports out, or the reason why not. The
 * signaling states and errors are those of the W3C API. General over m-sections; deliberately absent until there is
 * media: audio and video, which are answered with port 0 and never offered. It holds no transport: the caller compares
 * plans and acts.
 */
export { applyLocal, applyRemote } from './apply.js'
export { createAnswer, createOffer } from './describe.js'
export { withLocalCandidates, withRemoteCandidate } from './candidates.js'
export { initialState, needsNegotiation, remoteRestartsIce } from './negotiation.js'
export { mediaSections } from './media-sections.js'
export { negotiatedMedia } from './negotiated-media.js'
export { planOf } from './plan.js'
export type * from './media-types.js'
export type * from './types.js'
