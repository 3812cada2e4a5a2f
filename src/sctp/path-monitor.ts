import { ByteReader, ByteWriter, equalBytes, nextCoarseTick, type Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import { encodeHeartbeat, parseHeartbeatInfo } from './packet/chunk/heartbeat.js'
import type { Session } from './session.js'
import type { RetransmissionTimeout } from './tx/rto.js'

/** HB.interval of RFC 9260 §16; a tenth of a second more does not matter, and is shared with other associations. */
const HEARTBEAT_INTERVAL_MILLIS: Millis = 30_000
const NONCE_LENGTH = 8

/**
 * Whether the peer is there: counts what it leaves unanswered (RFC 9260 §8.1), and asks when idle (§8.3), unless something below
 * does that already (docs/decisions/018).
 */
export class PathMonitor {
  readonly #crypto: Crypto
  readonly #asksWhenIdle: boolean
  #errors = 0
  #deadline: Millis = Infinity
  /** The nonce of the HEARTBEAT that has no answer yet. */
  #pending: { readonly nonce: Uint8Array; readonly sentAt: Millis } | undefined

  constructor(crypto: Crypto, asksWhenIdle: boolean) {
    this.#crypto = crypto
    this.#asksWhenIdle = asksWhenIdle
  }

  get deadline(): Millis {
    return this.#deadline
  }

  /** Nothing was left unanswered lately. */
  get isAnswering(): boolean {
    return this.#errors === 0
  }

  begin(now: Millis): void {
    this.#errors = 0
    this.#pending = undefined
    this.#deadline = this.#asksWhenIdle ? nextCoarseTick(now + HEARTBEAT_INTERVAL_MILLIS) : Infinity
  }

  /** The peer acknowledged something. */
  answered(): void {
    this.#errors = 0
  }

  /** Something went unanswered; tells how often in a row. */
  unanswered(): number {
    return ++this.#errors
  }

  takeHeartbeat(now: Millis, session: Session): { chunk: Uint8Array; wasUnanswered: boolean } | undefined {
    if (now < this.#deadline) return undefined
    this.#deadline = nextCoarseTick(now + HEARTBEAT_INTERVAL_MILLIS + session.rto.millis)
    if (!session.transmitter.isIdle) return undefined // the data in flight asks already
    const wasUnanswered = this.#pending !== undefined
    const nonce = this.#crypto.randomBytes(NONCE_LENGTH)
    this.#pending = { nonce, sentAt: now }
    return { chunk: encodeHeartbeat(new ByteWriter(NONCE_LENGTH).bytes(nonce).finish()), wasUnanswered }
  }

  handleHeartbeatAck(now: Millis, body: Uint8Array, rto: RetransmissionTimeout): void {
    const info = parseHeartbeatInfo(body)
    if (info === undefined || this.#pending === undefined) return
    if (!equalBytes(new ByteReader(info).bytes(NONCE_LENGTH), this.#pending.nonce)) return
    rto.measured(now, now - this.#pending.sentAt) // RFC 9260 §8.3: a round trip like any other
    this.#pending = undefined
    this.answered()
  }
}
