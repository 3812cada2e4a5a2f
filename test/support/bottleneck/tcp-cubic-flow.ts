import type { Bottleneck, Flow } from './bottleneck.js'

/** With headers of 40 + 12 bytes the packets are as large as those of our association. */
const SEGMENT_BYTES = 1172
const WIRE_BYTES = SEGMENT_BYTES + 52
const INITIAL_WINDOW = 10
const DUP_THRESH = 3
/** That of Linux. */
const MIN_RTO_MILLIS = 200
const CUBIC_C = 0.4
const CUBIC_BETA = 0.7

interface Ack {
  readonly cumulative: number
  /** Up to three ranges of segments beyond, the most recent first (RFC 2018 §4); ends are excluded. */
  readonly sacked: readonly (readonly [number, number])[]
}

/**
 * A TCP with CUBIC that shares nothing with the code under test: slow start as in RFC 5681, the curve and the Reno-friendly
 * region of RFC 9438, SACK loss recovery of RFC 6675, timeouts of RFC 6298, delayed acknowledgements. Counts in segments.
 */
export class TcpCubicFlow implements Flow {
  readonly name: string
  deliveredBytes = 0
  timeouts = 0
  readonly #network: Bottleneck
  #cwnd = INITIAL_WINDOW
  #ssthresh = Infinity
  #una = 0
  #next = 0
  #sacked = new Set<number>()
  #resent = new Set<number>()
  #highestSacked = -1
  /** RFC 6675 §5: recovery lasts until this is acknowledged. */
  #recoveryPoint = -1
  /** After a timeout everything that was sent before it is lost. */
  #lostBelow = 0
  #sentAt = new Map<number, number>()
  #srtt: number | undefined
  #rttvar = 0
  #rto = 1000
  #rtoAt = Infinity
  #wMax = 0
  #wPrior = 0
  #wEst = 0
  #k = 0
  #epochAt: number | undefined
  // The receiver.
  #expected = 0
  #held: [number, number][] = []
  #isAckPending = false
  #ackAt = Infinity

  constructor(name: string, network: Bottleneck) {
    this.name = name
    this.#network = network
  }

  drain(): void {
    // RFC 6675 §4, NextSeg: what is lost first, then what is new.
    let pipe = this.#pipe()
    while (pipe < Math.floor(this.#cwnd)) {
      const segment = this.#nextLost() ?? this.#next
      if (segment === this.#next) {
        this.#next++
        this.#sentAt.set(segment, this.#network.now)
      } else {
        this.#resent.add(segment)
        this.#sentAt.delete(segment) // Karn
      }
      this.#transmit(segment)
      pipe++
    }
  }

  nextTimeout(): number {
    return Math.min(this.#rtoAt, this.#ackAt)
  }

  handleTimeout(): void {
    const { now } = this.#network
    if (now >= this.#ackAt) this.#sendAck()
    if (now < this.#rtoAt) return
    this.timeouts++
    this.#ssthresh = Math.max(this.#cwnd * CUBIC_BETA, 2)
    this.#wPrior = this.#cwnd
    this.#wMax = 0
    this.#cwnd = 1
    this.#epochAt = undefined
    this.#recoveryPoint = -1
    this.#resent.clear()
    this.#sentAt.clear()
    this.#lostBelow = this.#next
    this.#rto = Math.min(this.#rto * 2, 60_000)
    this.#rtoAt = now + this.#rto
  }

  #hasLost(segment: number): boolean {
    return !this.#sacked.has(segment) && (this.#highestSacked - segment >= DUP_THRESH || segment < this.#lostBelow)
  }

  #nextLost(): number | undefined {
    if (this.#recoveryPoint < 0 && this.#lostBelow <= this.#una) return undefined
    const end = Math.max(this.#highestSacked, this.#lostBelow)
    for (let segment = this.#una; segment < end; segment++) {
      if (!this.#resent.has(segment) && this.#hasLost(segment)) return segment
    }
    return undefined
  }

  #pipe(): number {
    let pipe = this.#next - this.#una - this.#sacked.size
    if (this.#highestSacked < 0 && this.#lostBelow <= this.#una) return pipe
    const end = Math.min(this.#next, Math.max(this.#highestSacked, this.#lostBelow))
    for (let segment = this.#una; segment < end; segment++) {
      if (this.#hasLost(segment) && !this.#resent.has(segment)) pipe--
    }
    return pipe
  }

  #transmit(segment: number): void {
    if (this.#rtoAt === Infinity) this.#rtoAt = this.#network.now + this.#rto
    this.#network.sendData(this, WIRE_BYTES, () => this.#receive(segment))
  }

  #handleAck({ cumulative, sacked }: Ack): void {
    const { now } = this.#network
    if (cumulative < this.#una) return
    let acked = 0
    const sentAt = this.#sentAt.get(cumulative - 1)
    if (sentAt !== undefined && cumulative > this.#una) this.#measured(now - sentAt)
    for (; this.#una < cumulative; this.#una++) {
      if (!this.#sacked.delete(this.#una)) acked++
      this.#resent.delete(this.#una)
      this.#sentAt.delete(this.#una)
      this.#rtoAt = now + this.#rto
    }
    for (const [from, to] of sacked) {
      for (let segment = Math.max(from, this.#una); segment < to; segment++) {
        if (this.#sacked.has(segment)) continue
        this.#sacked.add(segment)
        acked++
        this.#highestSacked = Math.max(this.#highestSacked, segment)
      }
    }
    if (this.#una === this.#next) this.#rtoAt = Infinity
    if (this.#recoveryPoint >= 0 && this.#una >= this.#recoveryPoint) this.#recoveryPoint = -1
    const isLossNew = this.#recoveryPoint < 0 && this.#una >= this.#lostBelow && this.#hasLost(this.#una)
    if (isLossNew && this.#una < this.#next) this.#enterRecovery()
    else if (this.#recoveryPoint < 0 && acked > 0) this.#grow(acked)
  }

  #enterRecovery(): void {
    this.#recoveryPoint = this.#next
    this.#resent.clear()
    this.#wPrior = this.#cwnd
    this.#wMax = this.#cwnd < this.#wMax ? (this.#cwnd * (1 + CUBIC_BETA)) / 2 : this.#cwnd
    this.#cwnd = this.#ssthresh = Math.max(this.#cwnd * CUBIC_BETA, 2)
    this.#epochAt = undefined
  }

  #grow(acked: number): void {
    if (this.#cwnd < this.#ssthresh) {
      this.#cwnd += acked
      return
    }
    const { now } = this.#network
    if (this.#epochAt === undefined) {
      this.#epochAt = now
      this.#wMax = Math.max(this.#wMax, this.#cwnd)
      this.#k = Math.cbrt((this.#wMax - this.#cwnd) / CUBIC_C)
      this.#wEst = this.#cwnd
    }
    const alpha = this.#wEst >= this.#wPrior ? 1 : (3 * (1 - CUBIC_BETA)) / (1 + CUBIC_BETA)
    this.#wEst += (alpha * acked) / this.#cwnd
    const curve = (seconds: number): number => CUBIC_C * (seconds - this.#k) ** 3 + this.#wMax
    const elapsed = (now - this.#epochAt) / 1000
    if (curve(elapsed) < this.#wEst) {
      this.#cwnd = Math.max(this.#cwnd, this.#wEst)
      return
    }
    const target = Math.min(Math.max(curve(elapsed + (this.#srtt ?? 0) / 1000), this.#cwnd), 1.5 * this.#cwnd)
    this.#cwnd += ((target - this.#cwnd) * acked) / this.#cwnd
  }

  #measured(rtt: number): void {
    if (this.#srtt === undefined) {
      this.#srtt = rtt
      this.#rttvar = rtt / 2
    } else {
      this.#rttvar += (Math.abs(this.#srtt - rtt) - this.#rttvar) / 4
      this.#srtt += (rtt - this.#srtt) / 8
    }
    this.#rto = Math.max(this.#srtt + 4 * this.#rttvar, MIN_RTO_MILLIS)
  }

  // -- the receiver --------------------------------------------------------------------------------------------------

  #receive(segment: number): void {
    if (segment === this.#expected) {
      this.#expected++
      if (this.#held.length > 0) this.#joinHeld()
      this.deliveredBytes = this.#expected * SEGMENT_BYTES
      if (this.#isAckPending || this.#held.length > 0) this.#sendAck()
      else {
        this.#isAckPending = true
        this.#ackAt = this.#network.now + 40
      }
      return
    }
    if (segment > this.#expected) this.#hold(segment)
    this.#sendAck()
  }

  #joinHeld(): void {
    const index = this.#held.findIndex(([from]) => from === this.#expected)
    if (index < 0) return
    this.#expected = this.#held[index]![1]
    this.#held.splice(index, 1)
  }

  /** The most recent range is the first one. */
  #hold(segment: number): void {
    if (this.#held.some(([from, to]) => from <= segment && segment < to)) return
    let [from, to] = [segment, segment + 1]
    this.#held = this.#held.filter(([start, end]) => {
      const touches = end === from || start === to
      if (touches) [from, to] = [Math.min(start, from), Math.max(end, to)]
      return !touches
    })
    this.#held.unshift([from, to])
  }

  #sendAck(): void {
    this.#isAckPending = false
    this.#ackAt = Infinity
    const ack = { cumulative: this.#expected, sacked: this.#held.slice(0, 3).map(([from, to]) => [from, to] as const) }
    this.#network.sendBack(this, () => this.#handleAck(ack))
  }
}
