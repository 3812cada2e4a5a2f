/**
 * w3c/set-description: "set a session description" of WebRTC (https://www.w3.org/TR/webrtc/#set-description), as far as
 * it is about transceivers, senders, receivers, streams and tracks. What the text of a description says is the peer's
 * business: these steps read its sections as data. Deliberately absent: parsing, and the transports themselves.
 */
export type { TrackChanges } from './remote-tracks.js'
export { rememberStableState } from './rollback.js'
export { announce, applySections, type AppliedDescription } from './set-description.js'
