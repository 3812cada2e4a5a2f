import {
  DATA_BEGINNING,
  DATA_ENDING,
  DATA_UNORDERED,
  type DataChunk,
  detached,
  payloadOf,
} from '../packet/chunk/data.js'
import type { SkippedMessages } from '../packet/chunk/forward-tsn.js'
import { violation, type Violation } from '../violation.js'
import { PartialMessage, type WholeMessage, wholeMessageOf } from './partial-message.js'
import { type Reassembly, type ReassemblyOptions, tooLarge } from './reassembly.js'
import { StreamOrder } from './stream-order.js'

/**
 * Puts the fragments of DATA together (RFC 9260 §6.9). Those of one message have TSNs in a row, ordered or not, so
 * that one table of runs by the TSN that each waits for serves all streams. Every step takes constant time.
 */
export class FragmentAssembler implements Reassembly {
  readonly #options: ReassemblyOptions
  readonly #order: StreamOrder
  /** The run that was added to last, and the TSN that it waits for: usually what comes next. */
  #latest: PartialMessage | undefined
  #latestTsn = -1
  /** The other runs, by the TSN that they wait for. */
  readonly #runs = new Map<number, PartialMessage>()
  /** Fragments whose predecessor has not arrived. */
  readonly #early = new Map<number, DataChunk>()
  #runBytes = 0
  #assemblingBytes = 0
  #earlyBytes = 0
  /** How long the last message of several fragments was: often the next one is as long. */
  #expectedBytes = 0

  constructor(options: ReassemblyOptions) {
    this.#options = options
    this.#order = new StreamOrder(options.deliver)
  }

  get bufferedBytes(): number {
    return this.#runBytes + this.#earlyBytes + this.#order.bufferedBytes
  }

  get assemblingBytes(): number {
    return this.#assemblingBytes
  }

  get waitingBytes(): number {
    return this.#earlyBytes + this.#order.bufferedBytes
  }

  get pieces(): number {
    return this.#early.size + this.#runs.size + this.#order.waiting
  }

  get streamCount(): number {
    return this.#order.size
  }

  get streamIds(): Iterable<number> {
    return this.#order.streamIds
  }

  /** `isOrphan`: where no run waits for it, the one before it was skipped, or belonged to a message that ended. */
  add(tsn: number, chunk: DataChunk, isOrphan: boolean): Violation | undefined {
    const { flags } = chunk
    const run = this.#takeRun(tsn)
    if (flags & DATA_BEGINNING) {
      if (run !== undefined) return violation('a message began before the one that was being sent had ended')
      if (flags & DATA_ENDING) return this.#completeChunk(chunk)
      return this.#extend(tsn + 1, this.#begin(chunk))
    }
    if (run === undefined) {
      if (isOrphan) return undefined
      this.#early.set(tsn, detached(chunk))
      this.#earlyBytes += chunk.payloadEnd - chunk.payloadAt
      return undefined
    }
    const wrong = this.#append(run, chunk)
    if (wrong !== undefined) return wrong
    if (flags & DATA_ENDING) return this.#finish(run)
    return this.#extend(tsn + 1, run)
  }

  passesNext(streamId: number, isOrdered: boolean, sequence: number): boolean {
    if (this.#latest !== undefined || this.#runs.size > 0 || this.#early.size > 0) return false
    return !isOrdered || this.#order.passesNext(streamId, sequence)
  }

  skip(from: number, to: number, skipped: readonly SkippedMessages[]): void {
    const runs = keysWithin(this.#runs, from, to + 1)
    if (from <= this.#latestTsn && this.#latestTsn <= to + 1) runs.push(this.#latestTsn)
    for (const tsn of runs) this.#release(this.#takeRun(tsn)!)
    for (const tsn of keysWithin(this.#early, from, to)) this.#takeEarly(tsn)
    // The rest of a message that was skipped half: its beginning will never come.
    for (let tsn = to + 1; ; tsn++) {
      const chunk = this.#takeEarly(tsn)
      if (chunk === undefined || chunk.flags & DATA_ENDING) break
    }
    for (const messages of skipped) this.#order.skip(messages)
  }

  reset(streamId: number): void {
    this.#order.reset(streamId)
  }

  #takeRun(tsn: number): PartialMessage | undefined {
    if (tsn === this.#latestTsn) {
      const run = this.#latest
      this.#latest = undefined
      this.#latestTsn = -1
      return run
    }
    if (this.#runs.size === 0) return undefined
    const run = this.#runs.get(tsn)
    if (run !== undefined) this.#runs.delete(tsn)
    return run
  }

  #takeEarly(tsn: number): DataChunk | undefined {
    if (this.#early.size === 0) return undefined
    const chunk = this.#early.get(tsn)
    if (chunk === undefined) return undefined
    this.#earlyBytes -= chunk.payloadEnd
    this.#early.delete(tsn)
    return chunk
  }

  #begin(chunk: DataChunk): PartialMessage {
    const mayExpect = this.#assemblingBytes + this.#expectedBytes <= this.#options.maxExpectedBytes
    const run = new PartialMessage(chunk, mayExpect ? this.#expectedBytes : 0, this.#options.messageMemory)
    this.#runBytes += run.bytes
    this.#assemblingBytes += run.capacity
    return run
  }

  /** Adds what has arrived early; then the run waits, unless it is complete. */
  #extend(waitsFor: number, run: PartialMessage): Violation | undefined {
    let next = waitsFor
    for (let chunk = this.#takeEarly(next); chunk !== undefined; chunk = this.#takeEarly(next)) {
      const wrong = this.#append(run, chunk)
      if (wrong !== undefined) return wrong
      if (chunk.flags & DATA_ENDING) return this.#finish(run)
      next++
    }
    if (this.#latest !== undefined) this.#runs.set(this.#latestTsn, this.#latest)
    this.#latest = run
    this.#latestTsn = next
    return undefined
  }

  #append(run: PartialMessage, chunk: DataChunk): Violation | undefined {
    const sameKind = ((run.flags ^ chunk.flags) & DATA_UNORDERED) === 0
    const sameSsn = (run.flags & DATA_UNORDERED) !== 0 || run.sequence === chunk.sequence
    if (!sameKind || !sameSsn || run.streamId !== chunk.streamId) {
      return violation('fragments of different messages have TSNs in a row')
    }
    const { bytes, capacity } = run
    run.append(payloadOf(chunk))
    this.#runBytes += run.bytes - bytes
    this.#assemblingBytes += run.capacity - capacity
    const { maxMessageSizeBytes } = this.#options
    return run.bytes > maxMessageSizeBytes ? tooLarge(maxMessageSizeBytes) : undefined
  }

  #release(run: PartialMessage): void {
    this.#runBytes -= run.bytes
    this.#assemblingBytes -= run.capacity
  }

  #finish(run: PartialMessage): Violation | undefined {
    this.#release(run)
    this.#expectedBytes = run.bytes
    return this.#complete(run.finish())
  }

  #completeChunk(chunk: DataChunk): Violation | undefined {
    const { maxMessageSizeBytes } = this.#options
    if (chunk.payloadEnd - chunk.payloadAt > maxMessageSizeBytes) return tooLarge(maxMessageSizeBytes)
    return this.#complete(wholeMessageOf(chunk))
  }

  #complete(message: WholeMessage): Violation | undefined {
    if (message.unordered) this.#options.deliver(message)
    else this.#order.add(message)
    return undefined
  }
}

/** From `from` to `to`. It takes no more steps than there are numbers, or keys: eight bytes may skip 65,535 TSNs. */
function keysWithin(map: ReadonlyMap<number, unknown>, from: number, to: number): number[] {
  if (map.size === 0) return []
  if (map.size < to - from) return [...map.keys()].filter((key) => from <= key && key <= to)
  return Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((key) => map.has(key))
}
