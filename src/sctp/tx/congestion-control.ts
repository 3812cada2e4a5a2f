import type { Millis } from '../../core/index.js'

/** How much may be in flight: asked before each packet, told of each thing that the network lets us know. */
export interface CongestionControl {
  readonly cwndBytes: number
  /** The window still looks for what the path carries, and doubles per round trip. */
  readonly isSlowStart: boolean
  /** PMDCS: what a full packet carries of chunks. Grows when a larger path MTU is found. */
  packetBytes: number
  /** New data was acknowledged, outside of fast recovery. */
  acknowledged(ack: Acknowledgement): void
  /** Loss was found by SACKs: once per window (RFC 9260 §7.2.4). */
  lossDetected(): void
  /** T3-rtx expired (RFC 9260 §7.2.3); `isRepeated` when nothing was acknowledged since the last time. */
  timedOut(isRepeated: boolean): void
  /** What led to the last reduction was no loss. */
  undo(): void
  /** Another path: nothing that was learned holds. */
  restart(): void
}

export interface Acknowledgement {
  readonly now: Millis
  readonly bytes: number
  /** In flight before this SACK. */
  readonly flightBytes: number
  /** The number of the newest packet that is acknowledged, and of the newest that was sent. */
  readonly newestAcked: number
  readonly newestSent: number
  /** What this SACK tells of the round trip; `undefined` when it tells nothing. */
  readonly roundTrip: Millis | undefined
  readonly smoothedRoundTrip: Millis
  /** The window, and nothing else, held data back within the last round trip. */
  readonly isWindowFull: boolean
}
