import { DATA_BEGINNING, DATA_ENDING, DATA_UNORDERED, type DataChunk, detached } from '../packet/chunk/data.js'
import { violation, type Violation } from '../violation.js'

/** A message whose fragments are all here. */
export interface WholeMessage {
  readonly streamId: number
  /** Stream Sequence Number, or Message Identifier. */
  readonly sequence: number
  readonly ppid: number
  readonly unordered: boolean
  readonly data: Uint8Array
}

/** The fragments of one message from its first on, without a hole. */
interface Run {
  readonly first: DataChunk
  readonly parts: Uint8Array[]
  bytes: number
}

const SAME_MESSAGE_FLAGS = DATA_UNORDERED

function runOf(first: DataChunk): Run {
  return { first, parts: [first.payload], bytes: first.payload.length }
}

/**
 * Puts the fragments of messages together (RFC 9260 §6.9). Those of one message have TSNs in a row, ordered or not, so
 * that one table of runs by the TSN that each waits for serves all streams. Every step takes constant time.
 */
export class FragmentAssembler {
  readonly #maxMessageSizeBytes: number
  /** By the TSN of the fragment that they wait for. */
  readonly #runs = new Map<number, Run>()
  /** Fragments whose predecessor has not arrived. */
  readonly #early = new Map<number, DataChunk>()
  #bufferedBytes = 0
  #fragments = 0

  constructor(maxMessageSizeBytes: number) {
    this.#maxMessageSizeBytes = maxMessageSizeBytes
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  /** How many fragments are held. */
  get fragments(): number {
    return this.#fragments
  }

  /**
   * Takes a fragment that has not been here. Tells the message that it completes, if any.
   * @param isOrphan the one before it will never come: it was skipped, or belonged to a message that ended
   */
  add(tsn: number, chunk: DataChunk, isOrphan: boolean): WholeMessage | Violation | undefined {
    if (chunk.flags & DATA_BEGINNING) {
      if (this.#runs.has(tsn)) return violation('a message began before the one that was being sent had ended')
      if (chunk.flags & DATA_ENDING) return this.#finish(runOf(chunk))
      this.#hold(chunk)
      return this.#extend(tsn + 1, runOf(detached(chunk)))
    }
    const run = this.#runs.get(tsn)
    if (run === undefined) {
      if (isOrphan) return undefined
      this.#early.set(tsn, detached(chunk))
      this.#hold(chunk)
      return undefined
    }
    this.#runs.delete(tsn)
    this.#hold(chunk)
    if (chunk.flags & DATA_ENDING) return this.#append(run, chunk) ?? this.#release(run)
    return this.#append(run, detached(chunk)) ?? this.#extend(tsn + 1, run)
  }

  /** RFC 3758 §3.6: whatever began or lies in `from` to `to` will not be completed. */
  skip(from: number, to: number): void {
    for (let tsn = from; tsn <= to + 1; tsn++) {
      const run = this.#runs.get(tsn)
      if (run !== undefined) {
        this.#letGo(run)
        this.#runs.delete(tsn)
      }
      if (tsn <= to) this.#dropEarly(tsn)
    }
    // The rest of a message that was skipped half: its beginning will never come.
    for (let tsn = to + 1; ; tsn++) {
      const chunk = this.#early.get(tsn)
      if (chunk === undefined) return
      this.#dropEarly(tsn)
      if (chunk.flags & DATA_ENDING) return
    }
  }

  #dropEarly(tsn: number): void {
    const chunk = this.#early.get(tsn)
    if (chunk === undefined) return
    this.#bufferedBytes -= chunk.payload.length
    this.#fragments--
    this.#early.delete(tsn)
  }

  #hold(chunk: DataChunk): void {
    this.#bufferedBytes += chunk.payload.length
    this.#fragments++
  }

  #letGo(run: Run): void {
    this.#bufferedBytes -= run.bytes
    this.#fragments -= run.parts.length
  }

  /** Adds what has arrived early; then the run waits, unless it is complete. */
  #extend(waitsFor: number, run: Run): WholeMessage | Violation | undefined {
    let next = waitsFor
    while (this.#early.size > 0) {
      const chunk = this.#early.get(next)
      if (chunk === undefined) break
      this.#early.delete(next)
      const wrong = this.#append(run, chunk)
      if (wrong !== undefined) return wrong
      if (chunk.flags & DATA_ENDING) return this.#release(run)
      next++
    }
    this.#runs.set(next, run)
    return undefined
  }

  #append(run: Run, chunk: DataChunk): Violation | undefined {
    const { first } = run
    const sameKind = (first.flags & SAME_MESSAGE_FLAGS) === (chunk.flags & SAME_MESSAGE_FLAGS)
    const sameSsn = (first.flags & DATA_UNORDERED) !== 0 || first.sequence === chunk.sequence
    if (!sameKind || !sameSsn || first.streamId !== chunk.streamId) {
      return violation('fragments of different messages have TSNs in a row')
    }
    run.parts.push(chunk.payload)
    run.bytes += chunk.payload.length
    return run.bytes > this.#maxMessageSizeBytes ? this.#tooLarge() : undefined
  }

  #release(run: Run): WholeMessage | Violation {
    this.#letGo(run)
    return this.#finish(run)
  }

  #finish(run: Run): WholeMessage | Violation {
    if (run.bytes > this.#maxMessageSizeBytes) return this.#tooLarge()
    const data = new Uint8Array(run.bytes)
    let at = 0
    for (const part of run.parts) {
      data.set(part, at)
      at += part.length
    }
    const { streamId, sequence, ppid, flags } = run.first
    return { streamId, sequence, ppid, unordered: (flags & DATA_UNORDERED) !== 0, data }
  }

  #tooLarge(): Violation {
    // RFC 8841 §6.1: the peer knew our limit from SDP.
    return violation(`a message is larger than the ${this.#maxMessageSizeBytes} bytes that were signalled`)
  }
}
