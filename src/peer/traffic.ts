/** What went over a transport, connectivity checks left out (webrtc-stats, RTCTransportStats). */
export interface Traffic {
  readonly packetsSent: number
  readonly bytesSent: number
  readonly packetsReceived: number
  readonly bytesReceived: number
}

/** Counts datagrams over every path; those of one path are counted with its candidate pair. */
export class TrafficMeter implements Traffic {
  packetsSent = 0
  bytesSent = 0
  packetsReceived = 0
  bytesReceived = 0

  sent(bytes: number): void {
    this.packetsSent++
    this.bytesSent += bytes
  }

  received(bytes: number): void {
    this.packetsReceived++
    this.bytesReceived += bytes
  }

  /** As it is now. */
  get total(): Traffic {
    const { packetsSent, bytesSent, packetsReceived, bytesReceived } = this
    return { packetsSent, bytesSent, packetsReceived, bytesReceived }
  }
}
