/**
 * What a peer is known not to do, each with the reason. The tests expect what the specifications say of everybody; only what stands
 * here is expected otherwise, and it says of the peer what the same peer does against the others as well.
 */
import type { PeerName } from './peers.js'

export interface Weaknesses {
  /** Its channels go from open to closed without the event `closing`. */
  readonly noClosingEvent?: string
  /** close() throws away what waits to be sent. */
  readonly losesQueuedOnClose?: string
  /** Its channels stay open for longer than a second after our ABORT and close_notify. */
  readonly slowToSeeConnectionClose?: string
}

export const WEAKNESSES: Record<PeerName, Weaknesses> = {
  chromium: {},
  firefox: {},
  werift: {},
  'node-datachannel': {},
  '@roamhq/wrtc': {},
}
