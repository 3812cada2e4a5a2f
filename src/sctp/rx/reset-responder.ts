import type { SctpCounters } from '../counters.js'
import {
  type ReconfigParameter,
  RESULT_BAD_SEQUENCE_NUMBER,
  RESULT_DENIED,
  RESULT_IN_PROGRESS,
  RESULT_NOTHING_TO_DO,
  RESULT_PERFORMED,
  RESULT_WRONG_SSN,
} from '../packet/reconfig-parameter.js'
import type { SctpEvent, StreamId } from '../types.js'
import type { Violation } from '../violation.js'
import type { Receiver, ResetBarrier } from './receiver.js'

type Request = Exclude<ReconfigParameter, { type: 'response' }>
type OutgoingReset = Extract<ReconfigParameter, { type: 'outgoingReset' }>

interface Deferred {
  readonly requestSequence: number
  readonly lastTsn: number
  readonly streamIds: readonly StreamId[]
}

export interface ResetResponderOptions {
  /** RFC 6525 §4.1: request numbers begin with the initial TSN. */
  readonly firstSequence: number
  readonly incomingStreams: number
  readonly maxStreams: number
  readonly receiver: Receiver
  readonly counters: SctpCounters
  readonly emit: (event: SctpEvent) => void
  readonly respond: (requestSequence: number, result: number) => void
  /** RFC 6525 §5.2.3: the peer asks us to reset what we send. */
  readonly resetOutgoing: (streamIds: readonly StreamId[], requestSequence: number) => number
  readonly outgoingStreams: () => number
}

/** A request chunk holds two at most, so that a repeated one is among the last two. */
const REMEMBERED_RESPONSES = 2

/** RFC 6525 §4.1: an empty list names all streams. It is never written out, as sixteen bytes would ask for 65,535 of everything. */
const ALL: ReadonlySet<StreamId> = new Set()

/** Answers the peer's RE-CONFIG requests (RFC 6525 §5.2). */
export class ResetResponder implements ResetBarrier {
  readonly #options: ResetResponderOptions
  #expectedSequence: number
  #incomingStreams: number
  #answered: { readonly sequence: number; readonly result: number }[] = []
  /** A reset that waits for data (RFC 6525 §5.2.2 E). One at a time: the peer may have one request outstanding. */
  #deferred: Deferred | undefined
  /** A reset that was done after it had been deferred, which the peer does not know yet: it will ask again. */
  #completed: Deferred | undefined
  #deferredIds = ALL

  constructor(options: ResetResponderOptions) {
    this.#options = options
    this.#expectedSequence = options.firstSequence
    this.#incomingStreams = options.incomingStreams
  }

  get incomingStreams(): number {
    return this.#incomingStreams
  }

  /** The barrier that DATA has to pass; `undefined` while there is none. */
  get barrier(): ResetBarrier | undefined {
    return this.#deferred === undefined ? undefined : this
  }

  holds(streamId: StreamId, tsn: number): boolean {
    if (this.#deferred === undefined || tsn <= this.#deferred.lastTsn) return false
    return this.#deferredIds.size === 0 || this.#deferredIds.has(streamId)
  }

  handleRequest(request: Request): Violation | undefined {
    const sequence = request.requestSequence
    const answered = this.#answered.find((known) => known.sequence === sequence)
    if (answered !== undefined) {
      // RFC 6525 §5.2.1: a request that is repeated gets its answer again; one in progress its present state.
      if (sequence === this.#completed?.requestSequence) this.#completed = undefined
      this.#options.respond(sequence, answered.result)
      return undefined
    }
    if (sequence !== this.#expectedSequence) {
      this.#options.respond(sequence, RESULT_BAD_SEQUENCE_NUMBER)
      return undefined
    }
    this.#expectedSequence = (sequence + 1) >>> 0
    if (request.type === 'outgoingReset') return this.#handleOutgoingReset(request)
    this.#answer(sequence, this.#judge(request))
    return undefined
  }

  /** Data has arrived: does the reset that waits for it have it all? */
  progress(): Violation | undefined {
    const deferred = this.#deferred
    if (deferred === undefined || this.#options.receiver.cumulativeTsn < deferred.lastTsn) return undefined
    this.#deferred = undefined
    this.#deferredIds = ALL
    this.#completed = deferred
    const wrong = this.#perform(deferred.streamIds)
    // The peer learns of it when it asks again (RFC 6525 §5.2.7), under the same number or a new one. Were it told now,
    // a new number could mean the same reset, as this answer may be lost or ignored, or a second one.
    this.#remember(deferred.requestSequence, RESULT_PERFORMED)
    return wrong
  }

  #handleOutgoingReset(request: OutgoingReset): Violation | undefined {
    const sequence = request.requestSequence
    const { receiver } = this.#options
    if (request.streamIds.some((id) => id >= this.#incomingStreams)) {
      this.#answer(sequence, RESULT_WRONG_SSN)
      return undefined
    }
    const lastTsn = receiver.unwrapTsn(request.lastAssignedTsn)
    const known = this.#deferred ?? this.#completed
    if (known?.lastTsn === lastTsn && sameIds(known.streamIds, request.streamIds)) {
      if (this.#deferred !== undefined) this.#deferred = { ...this.#deferred, requestSequence: sequence }
      this.#answer(sequence, this.#deferred === undefined ? RESULT_PERFORMED : RESULT_IN_PROGRESS)
      this.#completed = undefined
      return undefined
    }
    if (this.#deferred !== undefined) {
      // Only a peer that has given up on its request sends another.
      this.#answer(sequence, RESULT_DENIED)
      return undefined
    }
    if (receiver.cumulativeTsn < lastTsn) {
      this.#deferred = { requestSequence: sequence, lastTsn, streamIds: request.streamIds }
      this.#deferredIds = new Set(request.streamIds)
      this.#answer(sequence, RESULT_IN_PROGRESS)
      return undefined
    }
    this.#completed = undefined
    this.#answer(sequence, RESULT_PERFORMED)
    return this.#perform(request.streamIds)
  }

  #judge(request: Exclude<Request, OutgoingReset>): number {
    switch (request.type) {
      case 'incomingReset':
        return this.#options.resetOutgoing(request.streamIds, request.requestSequence)
      case 'addOutgoing': {
        const total = this.#incomingStreams + request.newStreams
        if (total > this.#options.maxStreams) return RESULT_DENIED
        if (request.newStreams === 0) return RESULT_NOTHING_TO_DO
        this.#incomingStreams = total
        const outgoingStreams = this.#options.outgoingStreams()
        this.#options.emit({ type: 'streamsAdded', outgoingStreams, incomingStreams: total })
        return RESULT_PERFORMED
      }
      // We asked for all the streams that we want when the association began (RFC 8831 §6.2), and starting all TSNs
      // anew is of no use to data channels: RFC 6525 §5.2.4 and §5.2.6 let us deny both.
      case 'addIncoming':
      case 'ssnTsnReset':
        return RESULT_DENIED
    }
  }

  #perform(streamIds: readonly StreamId[]): Violation | undefined {
    // All data from before has been delivered; what the barrier held back comes after this event.
    this.#options.emit({ type: 'incomingReset', streamIds })
    return this.#options.receiver.resetStreams(streamIds)
  }

  #answer(sequence: number, result: number): void {
    this.#remember(sequence, result)
    this.#options.respond(sequence, result)
  }

  #remember(sequence: number, result: number): void {
    this.#answered = this.#answered.filter((known) => known.sequence !== sequence)
    this.#answered.push({ sequence, result })
    if (this.#answered.length > REMEMBERED_RESPONSES) this.#answered.shift()
  }
}

function sameIds(a: readonly StreamId[], b: readonly StreamId[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index])
}
