/** Whether there are as many bytes as somebody says: here for all who make tags, before any of them is read. */
export function checkLength(bytes: Uint8Array, length: number): void {
  if (Number.isInteger(length) && length >= 0 && length <= bytes.length) return
  throw new RangeError(`${length} bytes are not within ${bytes.length}`)
}
