import { concatBytes, type Millis } from '../core/index.js'
import { HANDSHAKE_HEADER_BYTES, writeFragment, type HandshakeMessage } from './handshake/message.js'
import { CHANGE_CIPHER_SPEC, HANDSHAKE } from './record/record.js'
import type { RecordLayer } from './record/record-layer.js'

/** What is sent together and repeated together (RFC 6347 §4.2.4). */
export interface Flight {
  readonly items: readonly FlightItem[]
  /** False for what is repeated only when the peer repeats itself: a server's last flight, and HelloVerifyRequest. */
  readonly awaitsReply: boolean
}

export type FlightItem =
  | { readonly kind: 'message'; readonly epoch: number; readonly message: HandshakeMessage }
  | { readonly kind: 'changeCipherSpec'; readonly epoch: number }

/**
 * The first timeout. RFC 6347 §4.2.4.1 asks for one second where nothing is known, RFC 9147 §5.8.2 for 400 ms in real-time
 * use; ICE has just found the path alive, and round trips above 200 ms are rare on it and cost one needless repeat of
 * about 1 KiB. Browsers start at 50 ms.
 */
export const INITIAL_RETRANSMISSION_MILLIS: Millis = 200
/** Where doubling ends: far above any round trip, and short enough to be there soon after a path came back. */
const MAX_RETRANSMISSION_MILLIS: Millis = 5_000
/** A repeat by the peer is answered at once, but not more often than this: reordered duplicates are no repeat. */
const MIN_REPEAT_INTERVAL_MILLIS: Millis = 40

const CHANGE_CIPHER_SPEC_BODY = Uint8Array.of(1)
/** A fragment below this is not worth its headers when the next datagram has more room. */
const MIN_FRAGMENT_BYTES = 32

/** Sends our newest flight in datagrams that fit, and again when there is no answer. */
export class FlightSender {
  readonly #records: RecordLayer
  readonly #mtuBytes: number
  readonly #initialTimeoutMillis: Millis
  #flight: Flight | undefined
  /** The next thing to send: an item of the flight, and where in its message. */
  #item = 0
  #offset = 0
  #timeoutMillis: Millis
  #deadline: Millis = Infinity
  #lastStart: Millis = -Infinity

  constructor(records: RecordLayer, mtuBytes: number, initialTimeoutMillis: Millis) {
    this.#records = records
    this.#mtuBytes = mtuBytes
    this.#initialTimeoutMillis = initialTimeoutMillis
    this.#timeoutMillis = initialTimeoutMillis
  }

  /** When the flight is due again; `Infinity` when nothing is awaited. */
  get deadline(): Millis {
    return this.#deadline
  }

  begin(now: Millis, flight: Flight): void {
    this.#flight = flight
    this.#timeoutMillis = this.#initialTimeoutMillis
    this.#rewind(now)
  }

  /** The timer ran out: again, with twice the patience (RFC 6347 §4.2.4.1). */
  handleTimeout(now: Millis): void {
    if (now < this.#deadline) return
    this.#timeoutMillis = Math.min(this.#timeoutMillis * 2, MAX_RETRANSMISSION_MILLIS)
    this.#rewind(now)
  }

  /** The peer repeats its flight, so that ours got lost (RFC 6347 §4.2.4). Whether it is sent again. */
  repeat(now: Millis): boolean {
    if (this.#flight === undefined || now - this.#lastStart < MIN_REPEAT_INTERVAL_MILLIS) return false
    this.#rewind(now)
    return true
  }

  /** The handshake is over: nothing is awaited. What is left of the flight is sent, and may be asked for again. */
  stopTimer(): void {
    this.#deadline = Infinity
  }

  stop(): void {
    this.#flight = undefined
    this.stopTimer()
  }

  /** The next datagram, filled as far as its records allow. Patience counts from when the last one is taken. */
  takeDatagram(now: Millis): Uint8Array | undefined {
    const records: Uint8Array[] = []
    let room = this.#mtuBytes
    for (let record = this.#takeRecord(room, true); record !== undefined; record = this.#takeRecord(room, false)) {
      records.push(record)
      room -= record.length
    }
    if (records.length === 0) return undefined
    if (this.#deadline !== Infinity) this.#deadline = now + this.#timeoutMillis
    return concatBytes(...records)
  }

  #rewind(now: Millis): void {
    this.#item = 0
    this.#offset = 0
    this.#lastStart = now
    this.#deadline = this.#flight?.awaitsReply === true ? now + this.#timeoutMillis : Infinity
  }

  /** The next record if it fits into `room`; the first one of a datagram always does. */
  #takeRecord(room: number, first: boolean): Uint8Array | undefined {
    const item = this.#flight?.items[this.#item]
    if (item === undefined) return undefined
    const plaintextRoom = room - this.#records.overheadBytes(item.epoch)
    if (item.kind === 'changeCipherSpec') {
      if (plaintextRoom < CHANGE_CIPHER_SPEC_BODY.length && !first) return undefined
      this.#item++
      return this.#records.seal(item.epoch, CHANGE_CIPHER_SPEC, CHANGE_CIPHER_SPEC_BODY)
    }
    const left = item.message.body.length - this.#offset
    const fragmentRoom = plaintextRoom - HANDSHAKE_HEADER_BYTES
    if (!first && fragmentRoom < Math.min(left, MIN_FRAGMENT_BYTES)) return undefined
    const end = this.#offset + Math.min(left, Math.max(fragmentRoom, first ? MIN_FRAGMENT_BYTES : 0))
    const fragment = writeFragment(item.message, this.#offset, end)
    this.#offset = end
    if (end === item.message.body.length) {
      this.#item++
      this.#offset = 0
    }
    return this.#records.seal(item.epoch, HANDSHAKE, fragment)
  }
}
