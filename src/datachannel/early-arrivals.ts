import { SparseMap } from '../core/index.js'
/** What a stream brought before there was a channel to give it to. */
export type EarlyArrival =
  { readonly type: 'message'; readonly ppid: number; readonly data: Uint8Array } | { readonly type: 'reset' }

/** Over all streams together: four of the largest messages, or many small ones. */
const MAX_BYTES = 1_048_576
const MAX_ARRIVALS = 1024

/**
 * Keeps what comes too early: on a negotiated id that our application has not opened yet, on an in-band id whose OPEN
 * an unordered message overtook, and on an id that the peer uses anew before its answer to our reset has reached us.
 * RFC 8832 §6 would have such a stream closed; the applications on both ends would call that lost messages.
 */
export class EarlyArrivals {
  readonly #byStream = new SparseMap<number, EarlyArrival[]>()
  #bytes = 0
  #count = 0

  /** Streams that something is held of. */
  get streamIds(): Iterable<number> {
    return this.#byStream.keys()
  }

  has(streamId: number): boolean {
    return this.#byStream.has(streamId)
  }

  /** False when there is no more room: the caller ends the stream, for a reliable one must not lose silently. */
  hold(streamId: number, arrival: EarlyArrival): boolean {
    const bytes = sizeOf(arrival)
    if (this.#count === MAX_ARRIVALS || this.#bytes + bytes > MAX_BYTES) return false
    let held = this.#byStream.get(streamId)
    if (held === undefined) this.#byStream.set(streamId, (held = []))
    held.push(arrival)
    this.#bytes += bytes
    this.#count++
    return true
  }

  /** What was held for the stream, oldest first. */
  takeAll(streamId: number): readonly EarlyArrival[] {
    const held = this.#byStream.get(streamId) ?? []
    this.#byStream.delete(streamId)
    for (const arrival of held) this.#bytes -= sizeOf(arrival)
    this.#count -= held.length
    return held
  }

  discard(streamId: number): void {
    this.takeAll(streamId)
  }

  clear(): void {
    this.#byStream.clear()
    this.#bytes = 0
    this.#count = 0
  }
}

function sizeOf(arrival: EarlyArrival): number {
  return arrival.type === 'message' ? arrival.data.length : 0
}
