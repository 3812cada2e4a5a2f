import type { Driver } from '../node/index.js'
import type { PeerContract } from '../peer/contract.js'
import type { RTCPeerConnectionState } from './aggregate-states.js'
import type { RTCStatsReport, StatsSelector } from './stats/index.js'

/** What transceivers, senders and receivers need of their connection. */
export interface TransceiverContext {
  readonly peer: PeerContract
  readonly driver: Driver
  /** [[IsClosed]] */
  readonly isClosed: boolean
  /** [[ConnectionState]] */
  readonly connectionState: RTCPeerConnectionState
  /** https://www.w3.org/TR/webrtc/#dfn-chain */
  chain<T>(operation: () => Promise<T>): Promise<T>
  /** The next offer or answer will differ from the last that was created. */
  staled(): void
  /** The same, and it asks for negotiation: update the negotiation-needed flag. */
  modified(): void
  /** Gathers the statistics of a sender or receiver, in parallel, and resolves in a queued task. */
  readonly stats: { report(selector: StatsSelector): Promise<RTCStatsReport> }
}
