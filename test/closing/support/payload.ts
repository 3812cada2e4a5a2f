/** Messages that say which one they are and whether they are whole. */
export function payload(index: number, sizeBytes: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(sizeBytes).fill(index % 251)
  if (sizeBytes >= 4) new DataView(data.buffer).setUint32(0, index)
  return data
}

/** Which message it is; throws for one that is not whole. Below four bytes that is known modulo 251. */
export function indexOf(data: unknown, sizeBytes: number): number {
  if (!(data instanceof ArrayBuffer) || data.byteLength !== sizeBytes) {
    throw new Error(`not a message of ${sizeBytes} bytes: ${String(data)}`)
  }
  const bytes = new Uint8Array(data)
  const index = sizeBytes >= 4 ? new DataView(data).getUint32(0) : (bytes[0] ?? 0)
  if (Buffer.compare(bytes, payload(index, sizeBytes)) !== 0) throw new Error(`message ${index} came damaged`)
  return index
}
