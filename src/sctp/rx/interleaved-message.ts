import { DATA_BEGINNING, DATA_ENDING, type DataChunk, detached, payloadOf } from '../packet/chunk/data.js'
import type { MessageMemory } from '../types.js'
import { violation, type Violation } from '../violation.js'
import { PartialMessage, type WholeMessage, wholeMessageOf } from './partial-message.js'

/** One message of I-DATA, of which some fragments are here, in whatever order (RFC 8260 §2.1). */
export class InterleavedMessage {
  readonly mid: number
  readonly #memory: MessageMemory
  /** It is all here, and waits for its turn. */
  whole: WholeMessage | undefined
  /** From the first fragment on, without a hole. */
  #run: PartialMessage | undefined
  /** The Fragment Sequence Number that the run waits for. */
  #nextFsn = 0
  #lastFsn = -1
  /** Fragments beyond a hole, by their numbers. */
  #early: Map<number, DataChunk> | undefined
  #earlyBytes = 0
  #highestEarly = -1

  constructor(mid: number, memory: MessageMemory) {
    this.mid = mid
    this.#memory = memory
  }

  get assemblingBytes(): number {
    return this.#run?.capacity ?? 0
  }

  get waitingBytes(): number {
    return this.whole?.data.length ?? this.#earlyBytes
  }

  get bytes(): number {
    return this.waitingBytes + (this.#run?.bytes ?? 0)
  }

  get pieces(): number {
    return 1 + (this.#early?.size ?? 0)
  }

  add(chunk: DataChunk, expectedBytes: number): Violation | undefined {
    const wrong = this.#whyWrong(chunk)
    if (wrong !== undefined) return violation(wrong)
    const { fsn } = chunk
    if (chunk.flags & DATA_ENDING) this.#lastFsn = fsn
    if (fsn > this.#nextFsn) {
      this.#early ??= new Map()
      this.#early.set(fsn, detached(chunk))
      this.#earlyBytes += chunk.payloadEnd - chunk.payloadAt
      this.#highestEarly = Math.max(this.#highestEarly, fsn)
      return undefined
    }
    if (this.#lastFsn === 0) {
      this.whole = wholeMessageOf(chunk)
      return undefined
    }
    this.#append(chunk, expectedBytes)
    if (this.#early !== undefined) this.#appendEarly(this.#early, expectedBytes)
    if (this.#nextFsn === this.#lastFsn + 1) {
      this.whole = this.#run!.finish()
      this.#run = undefined
    }
    return undefined
  }

  /** Each fragment is there once, the first is number 0 and nothing follows the last: all else is no message. */
  #whyWrong({ flags, fsn }: DataChunk): string | undefined {
    const isFirst = (flags & DATA_BEGINNING) !== 0
    if (isFirst !== (fsn === 0)) return 'a fragment that is not the first of its message has number 0'
    if (fsn < this.#nextFsn || this.whole !== undefined || this.#early?.has(fsn) === true) {
      return 'two fragments of a message have the same number'
    }
    const isLast = (flags & DATA_ENDING) !== 0
    if (isLast ? this.#lastFsn >= 0 || fsn < this.#highestEarly : this.#lastFsn >= 0 && fsn > this.#lastFsn) {
      return 'a fragment follows the last one of its message'
    }
    return undefined
  }

  #append(chunk: DataChunk, expectedBytes: number): void {
    if (this.#run === undefined) this.#run = new PartialMessage(chunk, expectedBytes, this.#memory)
    else this.#run.append(payloadOf(chunk))
    this.#nextFsn++
  }

  #appendEarly(early: Map<number, DataChunk>, expectedBytes: number): void {
    for (;;) {
      const chunk = early.get(this.#nextFsn)
      if (chunk === undefined) return
      early.delete(this.#nextFsn)
      this.#earlyBytes -= chunk.payloadEnd
      this.#append(chunk, expectedBytes)
    }
  }
}
