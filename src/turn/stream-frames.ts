import { concatBytes } from '../core/index.js'
import { CHANNEL_DATA_HEADER_BYTES, FIRST_CHANNEL } from './channel-data.js'

/** RFC 8489 §5. */
const STUN_HEADER_BYTES = 20

/**
 * Cuts a stream into STUN messages and ChannelData (RFC 8656 §12.5): both say their length in bytes 2 and 3, and ChannelData is
 * padded. At most one frame of 64 KiB waits for its rest.
 */
export class StreamFrames {
  #parts: Uint8Array[] = []
  #bytes = 0
  /** Of the frame that is not complete, as soon as its header is there. */
  #wanted = CHANNEL_DATA_HEADER_BYTES

  /**
   * The frames that are complete with these bytes: views, of which some are of `chunk`. `undefined` when the stream holds what is
   * neither: it cannot be found again where the next frame begins.
   */
  push(chunk: Uint8Array): Uint8Array[] | undefined {
    if (this.#bytes + chunk.length < this.#wanted) {
      // A copy: the driver may reuse the memory that the chunk came in.
      this.#parts.push(chunk.slice())
      this.#bytes += chunk.length
      return []
    }
    const bytes = this.#parts.length === 0 ? chunk : concatBytes(...this.#parts, chunk)
    const frames: Uint8Array[] = []
    let at = 0
    for (;;) {
      const left = bytes.subarray(at)
      const length = frameLength(left)
      if (length === undefined) return undefined
      if (length > left.length) {
        this.#parts = left.length === 0 ? [] : [left.slice()]
        this.#bytes = left.length
        this.#wanted = length
        return frames
      }
      frames.push(left.subarray(0, length))
      at += length
    }
  }
}

/** The length of the frame that begins here, or that of a header as long as there is none; `undefined` when it is no frame. */
function frameLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < CHANNEL_DATA_HEADER_BYTES) return CHANNEL_DATA_HEADER_BYTES
  const length = (bytes[2]! << 8) | bytes[3]!
  if (bytes[0]! < 0x40) return length % 4 === 0 ? STUN_HEADER_BYTES + length : undefined
  if (bytes[0]! >> 4 !== FIRST_CHANNEL >> 12) return undefined
  return CHANNEL_DATA_HEADER_BYTES + length + (-length & 3)
}
