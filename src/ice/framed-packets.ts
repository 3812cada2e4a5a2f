/**
 * Packets on a stream (RFC 4571 §2, RFC 6544 §3):
 *
 *   +--------+--------+--------------------+
 *   |      LENGTH     |  STUN, DTLS, RTP…  |
 *   +--------+--------+--------------------+
 */

const LENGTH_BYTES = 2
const MAX_PACKET_BYTES = 0xffff

/** `undefined` when it is longer than a frame can be. */
export function framePacket(data: Uint8Array): Uint8Array | undefined {
  if (data.length > MAX_PACKET_BYTES) return undefined
  const frame = new Uint8Array(LENGTH_BYTES + data.length)
  frame[0] = data.length >> 8
  frame[1] = data.length
  frame.set(data, LENGTH_BYTES)
  return frame
}

/** Cuts a stream into packets. One packet at most waits for its rest, in memory of its own that is as long as it will be. */
export class FramedPackets {
  /** A length, and then a packet of that length. */
  #partial = new Uint8Array(LENGTH_BYTES)
  #filled = 0
  #hasLength = false

  /** The packets that are complete with these bytes, views of `chunk` among them; empty ones say nothing and are left out. */
  push(chunk: Uint8Array): Uint8Array[] {
    const packets: Uint8Array[] = []
    for (let at = 0; at < chunk.length;) {
      const missing = this.#partial.length - this.#filled
      const part = chunk.subarray(at, at + missing)
      at += part.length
      if (this.#hasLength && this.#filled === 0 && part.length === missing) packets.push(part)
      else {
        this.#partial.set(part, this.#filled)
        this.#filled += part.length
        if (part.length < missing) break
        if (this.#hasLength) packets.push(this.#partial)
      }
      this.#next()
    }
    return packets
  }

  /** What was to be filled is. */
  #next(): void {
    const length = this.#hasLength ? 0 : (this.#partial[0]! << 8) | this.#partial[1]!
    this.#hasLength = length > 0
    this.#partial = new Uint8Array(length > 0 ? length : LENGTH_BYTES)
    this.#filled = 0
  }
}
