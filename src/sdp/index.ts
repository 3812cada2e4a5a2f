/**
 * sdp: session descriptions as text and as plain data (RFC 8866), with every attribute that WebRTC puts in them
 * (RFC 9429, 8839, 8841, 8842, 8122, 9143, 8830, 8285, 8851, 8853, 5576 …): one table row per attribute knows how it is
 * read and written. Errors say the line. Unknown attributes are listed, up to a bound, and never written again.
 * Deliberately absent: what a description means (jsep), what a candidate says (ice), and the lines i=, u=, e=, p=, r=, z=
 * and k=, which are checked for their place and dropped.
 */
export { parseSdp, SDP_LIMITS } from './parse-sdp.js'
export { writeSdp } from './write-sdp.js'
export type * from './types.js'
