/** The part of RTCDataChannel that sending with back-pressure needs: the browser's or ours. */
export interface FlowChannel extends EventTarget {
  readonly readyState: string
  readonly bufferedAmount: number
  bufferedAmountLowThreshold: number
  send(data: Uint8Array<ArrayBuffer>): void
}

/** Enough to keep the path busy while the event loop does something else, and little enough to hold in memory. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024
const LOW_WATER_BYTES = 1024 * 1024

/**
 * Sends one block after another, never with more than 4 MiB waiting in the channel.
 * @throws Error when the channel closes before the last block was taken
 */
export async function sendBlocks(
  channel: FlowChannel,
  blocks: Iterable<Uint8Array<ArrayBuffer>>,
  progress: (sentBytes: number) => void,
): Promise<void> {
  channel.bufferedAmountLowThreshold = LOW_WATER_BYTES
  let sentBytes = 0
  for (const block of blocks) {
    if (channel.bufferedAmount > HIGH_WATER_BYTES) await drained(channel)
    if (channel.readyState !== 'open') throw new Error(`the channel became "${channel.readyState}" while sending`)
    channel.send(block)
    sentBytes += block.length
    progress(sentBytes)
  }
}

/** Settles when the channel wants more, or will never want more. */
function drained(channel: FlowChannel): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      channel.removeEventListener('bufferedamountlow', settle)
      channel.removeEventListener('close', settle)
      resolve()
    }
    channel.addEventListener('bufferedamountlow', settle)
    channel.addEventListener('close', settle)
  })
}
