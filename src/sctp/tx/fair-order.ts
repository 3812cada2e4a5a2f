import type { OutgoingStream } from './outgoing-stream.js'

/**
 * Whose turn it is: the weighted fair queueing of RFC 8260 §3.6, as start-time fair queueing has it. What a stream sends moves
 * its next turn on by bytes / weight of virtual time. A stream that had nothing to send begins at the present turn: it comes
 * before all that have just sent, so that a lone message waits for a packet at most, and its absence earns it no more than that.
 * A binary heap: among n streams a turn costs log n, and nothing for one alone.
 */
export class FairOrder {
  readonly #heap: OutgoingStream[] = []
  #virtualTime = 0
  #asked = 0

  /** Streams that have something to send. */
  get size(): number {
    return this.#heap.length
  }

  /** Whose turn it is. */
  get first(): OutgoingStream | undefined {
    return this.#heap[0]
  }

  /** It has something to send; nothing changes when it had before. */
  add(stream: OutgoingStream): void {
    if (stream.turnIndex >= 0) return
    stream.turnAt = Math.max(stream.turnAt, this.#virtualTime)
    stream.turnOrder = this.#asked++
    this.#rise(stream, this.#heap.push(stream) - 1)
  }

  /** It has nothing to send, or has to wait. */
  remove(stream: OutgoingStream): void {
    const at = stream.turnIndex
    if (at < 0) return
    stream.turnIndex = -1
    const last = this.#heap.pop()!
    if (last === stream) return
    if (at > 0 && isBefore(last, this.#heap[(at - 1) >> 1]!)) this.#rise(last, at)
    else this.#sink(last, at)
  }

  /** It has sent so much. */
  charge(stream: OutgoingStream, bytes: number): void {
    this.#virtualTime = Math.max(this.#virtualTime, stream.turnAt)
    stream.turnAt += bytes / stream.weight
    stream.turnOrder = this.#asked++
    if (stream.turnIndex >= 0) this.#sink(stream, stream.turnIndex)
  }

  clear(): void {
    for (const stream of this.#heap) stream.turnIndex = -1
    this.#heap.length = 0
  }

  #rise(stream: OutgoingStream, from: number): void {
    const heap = this.#heap
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(stream, heap[parent]!)) break
      this.#put(heap[parent]!, at)
      at = parent
    }
    this.#put(stream, at)
  }

  #sink(stream: OutgoingStream, from: number): void {
    const heap = this.#heap
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, stream)) break
      this.#put(heap[child]!, at)
      at = child
    }
    this.#put(stream, at)
  }

  #put(stream: OutgoingStream, at: number): void {
    this.#heap[at] = stream
    stream.turnIndex = at
  }
}

function isBefore(a: OutgoingStream, b: OutgoingStream): boolean {
  return a.turnAt === b.turnAt ? a.turnOrder < b.turnOrder : a.turnAt < b.turnAt
}
