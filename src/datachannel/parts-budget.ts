/** What a part costs beside its bytes: it has memory of its own, and a view of that. */
const PART_OVERHEAD_BYTES = 256
/** Beyond one message of the largest size. */
const SPARE_BYTES = 4 * 1_048_576

/**
 * What all channels together hold of messages that come in parts (RFC 8831 §6.6, deprecated). SCTP has delivered those, so that its
 * window bounds them no more.
 */
export class PartsBudget {
  readonly maxMessageSizeBytes: number
  #heldBytes = 0

  constructor(maxMessageSizeBytes: number) {
    this.maxMessageSizeBytes = maxMessageSizeBytes
  }

  /** False when there is no room for a part. */
  take(bytes: number): boolean {
    const held = this.#heldBytes + bytes + PART_OVERHEAD_BYTES
    if (held > this.maxMessageSizeBytes + SPARE_BYTES) return false
    this.#heldBytes = held
    return true
  }

  giveBack(parts: readonly Uint8Array[]): void {
    for (const { length } of parts) this.#heldBytes -= length + PART_OVERHEAD_BYTES
  }
}
