import type { Millis } from '../core/index.js'

/** What went over a transport, connectivity checks left out (webrtc-stats, RTCTransportStats). */
export interface Traffic {
  readonly packetsSent: number
  readonly bytesSent: number
  readonly packetsReceived: number
  readonly bytesReceived: number
}

/** The counts of one candidate pair. */
interface PathCounts {
  sent(now: Millis, bytes: number): void
  received(now: Millis, bytes: number): void
}

/** Counts datagrams over every path; those of one path are counted with its candidate pair. */
export class TrafficMeter implements Traffic {
  packetsSent = 0
  bytesSent = 0
  packetsReceived = 0
  bytesReceived = 0

  sent(now: Millis, bytes: number, ofPath: PathCounts | undefined): void {
    this.packetsSent++
    this.bytesSent += bytes
    ofPath?.sent(now, bytes)
  }

  received(now: Millis, bytes: number, ofPath: PathCounts | undefined): void {
    this.packetsReceived++
    this.bytesReceived += bytes
    ofPath?.received(now, bytes)
  }

  /** As it is now. */
  get total(): Traffic {
    const { packetsSent, bytesSent, packetsReceived, bytesReceived } = this
    return { packetsSent, bytesSent, packetsReceived, bytesReceived }
  }
}
