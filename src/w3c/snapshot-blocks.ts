/** Above this no memory is kept: whoever sends such messages sends few. */
const MAX_BLOCK_BYTES = 256 * 1024

/**
 * Memory of messages that were sent and acknowledged, for the messages after them. A new ArrayBuffer for each would be zeroed first, and
 * what they take outside of the heap makes V8 collect all of it. What never comes back is left to the collector.
 */
export class SnapshotBlocks {
  readonly #maxKeptBytes: number
  readonly #free = new Map<number, ArrayBuffer[]>()
  /** Whose memory may come back: not that of anybody else, and once each time. */
  readonly #lent = new WeakSet<ArrayBufferLike>()
  #keptBytes = 0

  constructor(maxKeptBytes: number) {
    this.#maxKeptBytes = maxKeptBytes
  }

  /** What lies here for messages to come. */
  get keptBytes(): number {
    return this.#keptBytes
  }

  /** A copy of the bytes. */
  copyOf(bytes: Uint8Array): Uint8Array {
    const { length } = bytes
    if (length > MAX_BLOCK_BYTES) return bytes.slice()
    const blockBytes = blockBytesFor(length)
    const block = this.#free.get(blockBytes)?.pop()
    if (block !== undefined) this.#keptBytes -= blockBytes
    const memory = block ?? new ArrayBuffer(blockBytes)
    this.#lent.add(memory)
    const copy = new Uint8Array(memory, 0, length)
    copy.set(bytes)
    return copy
  }

  /** Nothing reads the copy any more, and nothing will. Does nothing where the memory is not from here. */
  release({ buffer }: Uint8Array): void {
    if (!this.#lent.delete(buffer)) return
    const block = buffer as ArrayBuffer
    const blockBytes = block.byteLength
    if (this.#keptBytes + blockBytes > this.#maxKeptBytes && !this.#forgetOthers(blockBytes)) return
    const free = this.#free.get(blockBytes)
    if (free === undefined) this.#free.set(blockBytes, [block])
    else free.push(block)
    this.#keptBytes += blockBytes
  }

  /** Makes room where messages have another size now. True when there is room then. */
  #forgetOthers(wantedBytes: number): boolean {
    for (const [blockBytes, free] of this.#free) {
      if (blockBytes === wantedBytes) continue
      this.#free.delete(blockBytes)
      this.#keptBytes -= blockBytes * free.length
    }
    return this.#keptBytes + wantedBytes <= this.#maxKeptBytes
  }
}

/** Four sizes between two powers of two: a fifth at most of a block is not used. */
function blockBytesFor(length: number): number {
  const step = length < 4 ? 1 : 2 ** (29 - Math.clz32(length - 1))
  return Math.ceil(length / step) * step
}
