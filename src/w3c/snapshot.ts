import { SnapshotBlocks } from './snapshot-blocks.js'

/** Small messages are copied one behind the other: an ArrayBuffer each would cost several times what they do. */
const SLAB_BYTES = 64 * 1024
const MAX_SMALL_BYTES = 2048
/** What UTF-8 makes of one code unit at most. */
const MAX_BYTES_PER_CODE_UNIT = 3

/** Of the whole process, and for as long as it runs. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024

const encoder = new TextEncoder()
/** Lends what is too long to lie one behind the other. */
export const snapshotBlocks = new SnapshotBlocks(MAX_KEPT_BYTES)
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
  if (bytes.length > MAX_SMALL_BYTES) return snapshotBlocks.copyOf(bytes)
  const at = room(bytes.length)
  slab.set(bytes, at)
  usedBytes += bytes.length
  return slab.subarray(at, usedBytes)
}

/** Nothing reads the snapshot any more, and nothing will: its memory may be that of the next. */
export function releaseSnapshot(snapshot: Uint8Array): void {
  if (snapshot.length > MAX_SMALL_BYTES) snapshotBlocks.release(snapshot)
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
