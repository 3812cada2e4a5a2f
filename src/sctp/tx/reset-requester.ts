import type { Millis } from '../../core/index.js'
import { encodeReconfig } from '../packet/chunk/reconfig.js'
import {
  RESULT_DENIED,
  RESULT_IN_PROGRESS,
  RESULT_NOTHING_TO_DO,
  RESULT_PERFORMED,
  RESULT_REQUEST_IN_PROGRESS,
} from '../packet/reconfig-parameter.js'
import type { SctpEvent, StreamId } from '../types.js'
import { backedOffMillis, type RetransmissionTimeout } from './rto.js'
import type { SendQueue } from './send-queue.js'

/** One request at a time (RFC 6525 §5.1.1). */
interface Request {
  readonly streamIds: readonly StreamId[]
  readonly lastAssignedTsn: number
  /** The number that it was last sent with: only its answer counts, since the peer expects the one after it next. */
  sequence: number
  /** The answer was "in progress". */
  wantsNewNumber: boolean
  isDue: boolean
  deadline: Millis
  attempts: number
}

export interface ResetRequesterOptions {
  /** RFC 6525 §4.1: request numbers begin with the initial TSN. */
  readonly firstSequence: number
  readonly isSupported: boolean
  /** Ids that fit one packet. */
  readonly maxIdsPerRequest: number
  readonly queue: SendQueue
  readonly rto: RetransmissionTimeout
  readonly lastAssignedTsn: () => number
  readonly cumulativeAck: () => number
  readonly toWire: (tsn: number) => number
  readonly emit: (event: SctpEvent) => void
}

/** Parameter and chunk headers, and the fixed fields of an Outgoing SSN Reset Request. */
export const RESET_REQUEST_OVERHEAD_BYTES = 4 + 16

/**
 * Resets our outgoing streams (RFC 6525 §5.1.2), each when the peer has acknowledged all that was queued on it. RFC 6525
 * would let us ask as soon as it was sent, and have the peer wait for it (§5.2.2 E). usrsctp and werift reset at once,
 * and lose what is still missing. Only the stream's own data is waited for, so that no busy stream delays the others.
 */
export class ResetRequester {
  readonly #options: ResetRequesterOptions
  #nextSequence: number
  #request: Request | undefined
  /** RFC 6525 §4.1: what the peer numbered its own last request that we answer by ours. */
  #responseSequence: number

  constructor(options: ResetRequesterOptions, peerFirstSequence: number) {
    this.#options = options
    this.#nextSequence = options.firstSequence
    this.#responseSequence = (peerFirstSequence - 1) >>> 0
  }

  /** T-reconf: when to repeat the request. */
  get deadline(): Millis {
    return this.#request?.deadline ?? Infinity
  }

  get isIdle(): boolean {
    return this.#request === undefined && this.#options.queue.drained.size === 0
  }

  request(streamIds: readonly StreamId[], answersSequence?: number): void {
    if (answersSequence !== undefined) this.#responseSequence = answersSequence
    for (const id of streamIds) this.#options.queue.beginDrain(id)
  }

  /** The chunk to send now. */
  takeChunk(now: Millis): Uint8Array | undefined {
    this.#begin()
    const request = this.#request
    // The answer was "in progress", and by now the peer has what it waited for: no need to wait for T-reconf.
    if (request?.wantsNewNumber === true && this.#options.cumulativeAck() >= request.lastAssignedTsn) {
      this.#renumber(request)
    }
    if (request?.isDue !== true) return undefined
    request.isDue = false
    request.deadline = now + backedOffMillis(this.#options.rto.millis, request.attempts)
    return encodeReconfig({
      type: 'outgoingReset',
      requestSequence: request.sequence,
      responseSequence: this.#responseSequence,
      lastAssignedTsn: this.#options.toWire(request.lastAssignedTsn),
      streamIds: request.streamIds,
    })
  }

  handleResponse(sequence: number, result: number): void {
    const request = this.#request
    if (request?.sequence !== sequence) return
    if (result === RESULT_IN_PROGRESS || result === RESULT_REQUEST_IN_PROGRESS) {
      // The peer waits for data that is lost. The next try gets a number of its own, since peers answer a number that
      // they know with what they said first. Until then the final answer may also come by itself.
      request.wantsNewNumber = true
      request.isDue = false
      return
    }
    this.#request = undefined
    const wasPerformed = result === RESULT_PERFORMED || result === RESULT_NOTHING_TO_DO
    const { streamIds } = request
    for (const id of streamIds) this.#options.queue.endReset(id, wasPerformed)
    if (wasPerformed) this.#options.emit({ type: 'outgoingReset', streamIds })
    else this.#options.emit({ type: 'outgoingResetFailed', streamIds, result })
  }

  /** True when T-reconf has expired without an answer. */
  handleTimeout(now: Millis): boolean {
    const request = this.#request
    if (request === undefined || now < request.deadline) return false
    request.deadline = Infinity
    request.isDue = true
    request.attempts++
    if (!request.wantsNewNumber) return true
    this.#renumber(request)
    return false
  }

  #renumber(request: Request): void {
    request.wantsNewNumber = false
    request.isDue = true
    request.sequence = this.#takeSequence()
  }

  #takeSequence(): number {
    const sequence = this.#nextSequence
    this.#nextSequence = (sequence + 1) >>> 0
    return sequence
  }

  #begin(): void {
    const { queue, maxIdsPerRequest, lastAssignedTsn, cumulativeAck } = this.#options
    if (this.#request !== undefined || queue.drained.size === 0) return
    const acknowledged = cumulativeAck()
    const streamIds: StreamId[] = []
    for (const id of queue.drained) {
      if (queue.lastTsn(id) > acknowledged) continue
      streamIds.push(id)
      if (streamIds.length === maxIdsPerRequest) break
    }
    if (streamIds.length === 0) return
    if (!this.#options.isSupported) {
      for (const id of streamIds) queue.endReset(id, false)
      this.#options.emit({ type: 'outgoingResetFailed', streamIds, result: RESULT_DENIED })
      return
    }
    queue.beginReset(streamIds)
    this.#request = {
      streamIds,
      lastAssignedTsn: lastAssignedTsn(),
      sequence: this.#takeSequence(),
      wantsNewNumber: false,
      isDue: true,
      deadline: Infinity,
      attempts: 0,
    }
  }
}
