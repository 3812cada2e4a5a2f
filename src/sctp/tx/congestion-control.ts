/** How much may be in flight: asked before each packet, told of each thing that the network lets us know. */
export interface CongestionControl {
  readonly cwndBytes: number
  /** New data was acknowledged, outside of fast recovery. */
  acknowledged(ack: Acknowledgement): void
  /** Loss was found by SACKs: once per window (RFC 9260 §7.2.4). */
  lossDetected(): void
  /** T3-rtx expired (RFC 9260 §7.2.3). */
  timedOut(): void
}

export interface Acknowledgement {
  readonly bytes: number
  /** In flight before this SACK. */
  readonly flightBytes: number
  readonly cumulativeAdvanced: boolean
}
