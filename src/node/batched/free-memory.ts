import type { MessagePort } from 'node:worker_threads'

/** Below it the collector is as good: a burst begins with as many merged datagrams as one message holds. */
const LEAST_BYTES = 8192

/** Closed when it is first used: what is transferred to a closed port is gone. */
let nowhere: MessagePort | undefined

/**
 * Frees the memory of a message of `dgram` that nobody reads any more, in this call: some 64 KiB outside of the heap for every turn of the
 * event loop, which would wait for the collector otherwise, and make it collect all of the heap. It costs less than a collection.
 * Only memory that is the message's alone: views of it are empty from then on.
 */
export function freeMemory({ buffer, byteOffset, length }: Uint8Array): void {
  if (length < LEAST_BYTES || byteOffset !== 0 || buffer.byteLength !== length) return
  if (nowhere === undefined) {
    const { MessageChannel } = process.getBuiltinModule('node:worker_threads')
    nowhere = new MessageChannel().port1
    nowhere.close()
  }
  nowhere.postMessage(undefined, [buffer as ArrayBuffer])
}
