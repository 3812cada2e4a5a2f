/** Longer messages are not held on to: what is remembered here is remembered until another is sent. */
const MAX_REMEMBERED_BYTES = 256 * 1024

const NOTHING: Uint8Array = new Uint8Array(0)
/** The message that was cut last, and where it lies: to ask a view for that takes longer than to make another one. */
let cut = NOTHING
let buffer: ArrayBufferLike = NOTHING.buffer
let start = 0

/** `data.subarray(offset, offset + length)`, in half of the time where the fragments of a message follow one another. */
export function fragmentOf(data: Uint8Array, offset: number, length: number): Uint8Array {
  if (data !== cut) {
    if (data.length > MAX_REMEMBERED_BYTES) return data.subarray(offset, offset + length)
    cut = data
    buffer = data.buffer
    start = data.byteOffset
  }
  return new Uint8Array(buffer, start + offset, length)
}
