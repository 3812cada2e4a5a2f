/** Small messages are copied one behind the other: an ArrayBuffer each would cost several times what they do. */
const SLAB_BYTES = 64 * 1024
const MAX_SMALL_BYTES = 2048
/** What UTF-8 makes of one code unit at most. */
const MAX_BYTES_PER_CODE_UNIT = 3

const encoder = new TextEncoder()
let slab = new Uint8Array(0)
let usedBytes = 0

function room(bytes: number): number {
  if (usedBytes + bytes > slab.length) {
    slab = new Uint8Array(SLAB_BYTES)
    usedBytes = 0
  }
  return usedBytes
}

/** The bytes of a buffer as they are now: the caller may change it after the call. */
export function snapshotOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  const bytes = bytesOf(data)
  if (bytes.length > MAX_SMALL_BYTES) return bytes.slice()
  const at = room(bytes.length)
  slab.set(bytes, at)
  usedBytes += bytes.length
  return slab.subarray(at, usedBytes)
}

/** Most are arrays of bytes already: asking a short one for its buffer would take memory for it out of the heap first. */
function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (!ArrayBuffer.isView(data)) return new Uint8Array(data)
  if (Object.getPrototypeOf(data) === Uint8Array.prototype && !Object.hasOwn(data, 'length')) return data as Uint8Array
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** Text as UTF-8. */
export function encodedText(text: string): Uint8Array {
  const mostBytes = text.length * MAX_BYTES_PER_CODE_UNIT
  if (mostBytes > MAX_SMALL_BYTES) return encoder.encode(text)
  const at = room(mostBytes)
  usedBytes += encoder.encodeInto(text, slab.subarray(at)).written
  return slab.subarray(at, usedBytes)
}
