import type { Millis } from '../core/index.js'
import type { SentTransaction } from '../stun/index.js'

type SendTimes = Pick<SentTransaction<unknown, unknown>, 'firstSentAt' | 'lastSentAt'>

/**
 * What went over one candidate pair (webrtc-stats, RTCIceCandidatePairStats): connectivity checks, and apart from them the
 * datagrams of what runs over ICE. Numbers only grow.
 */
export class PairCounts {
  /** Without repetitions, and without consent checks. */
  requestsSent = 0
  consentRequestsSent = 0
  /** To both. */
  responsesReceived = 0
  requestsReceived = 0
  responsesSent = 0
  /** The sum over {@link responsesReceived}. */
  totalRoundTripMillis: Millis = 0
  currentRoundTripMillis: Millis | undefined
  packetsSent = 0
  bytesSent = 0
  packetsReceived = 0
  bytesReceived = 0
  /** -Infinity: never. Numbers all their life, as V8 would make an object of each time that is kept where something else may be. */
  lastSentAt: Millis = -Infinity
  lastReceivedAt: Millis = -Infinity

  /** As they are now. */
  copy(): PairCounts {
    return Object.assign(new PairCounts(), this)
  }

  requested(kind: 'check' | 'consent'): void {
    if (kind === 'check') this.requestsSent++
    else this.consentRequestsSent++
  }

  /** A request of the peer, which was answered, be it by an error. */
  replied(): void {
    this.requestsReceived++
    this.responsesSent++
  }

  responded(now: Millis, times: SendTimes): void {
    const roundTripMillis = now - this.#sentAt(now, times)
    this.responsesReceived++
    this.totalRoundTripMillis += roundTripMillis
    this.currentRoundTripMillis = roundTripMillis
  }

  sent(now: Millis, bytes: number): void {
    this.packetsSent++
    this.bytesSent += bytes
    this.lastSentAt = now
  }

  received(now: Millis, bytes: number): void {
    this.packetsReceived++
    this.bytesReceived += bytes
    this.lastReceivedAt = now
  }

  /**
   * Repetitions have the id of the first request, so nobody can tell which one was answered. What agrees better with the
   * measurement before it is likelier; without one the first is, since checks are repeated later than most round trips take.
   */
  #sentAt(now: Millis, { firstSentAt, lastSentAt }: SendTimes): Millis {
    const known = this.currentRoundTripMillis
    if (known === undefined) return firstSentAt
    const error = (sentAt: Millis): number => Math.abs(now - sentAt - known)
    return error(lastSentAt) < error(firstSentAt) ? lastSentAt : firstSentAt
  }
}
