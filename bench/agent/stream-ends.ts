/** The ends of a file on its way through the streams of a channel: numbered blocks, made as they are asked for, and checked. */
import type { StreamResult } from './protocol.js'
import type { ByteStreams } from './stack.js'

export const BLOCK_BYTES = 256 * 1024
const WATCH_EVERY_MILLIS = 20

export function numberedBlocks(count: number): ReadableStream<Uint8Array> {
  let number = 0
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const block = new Uint8Array(BLOCK_BYTES)
      new DataView(block.buffer).setUint32(0, number++)
      controller.enqueue(block)
      if (number === count) controller.close()
    },
  })
}

/** Whatever chunks it comes in: the blocks in their order. How many bytes there were at the end. */
export async function checkedBytes(
  readable: ReadableStream<Uint8Array>,
  afterChunk?: () => Promise<void>,
): Promise<number> {
  let at = 0
  for await (const chunk of readable) {
    for (let i = (BLOCK_BYTES - (at % BLOCK_BYTES)) % BLOCK_BYTES; i + 4 <= chunk.length; i += BLOCK_BYTES) {
      const number = new DataView(chunk.buffer, chunk.byteOffset + i, 4).getUint32(0)
      if (number !== (at + i) / BLOCK_BYTES) throw new Error(`block ${(at + i) / BLOCK_BYTES} is numbered ${number}`)
    }
    at += chunk.length
    await afterChunk?.()
  }
  return at
}

/** Until the last block is handed over and the channel closed. */
export async function writeBlocks({ writable }: ByteStreams, count: number, rss: () => number): Promise<StreamResult> {
  return await watched(rss, async () => {
    await numberedBlocks(count).pipeTo(writable)
    return count * BLOCK_BYTES
  })
}

export async function readBlocks({ readable }: ByteStreams, rss: () => number): Promise<StreamResult> {
  return await watched(rss, async () => await checkedBytes(readable))
}

/** How long it takes, and how far the resident memory rises meanwhile. */
async function watched(rss: () => number, move: () => Promise<number>): Promise<StreamResult> {
  const base = rss()
  const begun = performance.now()
  let peak = base
  const look = (): void => void (peak = Math.max(peak, rss()))
  const timer = setInterval(look, WATCH_EVERY_MILLIS)
  try {
    const bytes = await move()
    look()
    return { bytes, millis: performance.now() - begun, grownBytes: peak - base }
  } finally {
    clearInterval(timer)
  }
}
