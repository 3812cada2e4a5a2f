import { createHash } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import type * as Defaults from '../../sctp/defaults.js'
import { Pair, task } from '../connected-pair.test-support.js'
import { streamsOf } from './index.js'

const CHUNK_BYTES = 256 * 1024
/** What the receive window of a connection holds at first. */
const WINDOW_BYTES = 4 * 2 ** 20
/**
 * A window that is full, at most another one that is put together and not told yet, `highWaterMark`, and a few chunks on their
 * way through the streams of both ends. Most often it is 5.5 MiB.
 */
const MOST_BYTES = 2 * WINDOW_BYTES + 2 ** 20 + 6 * CHUNK_BYTES
const TOTAL_BYTES = 64 * 2 ** 20

// How far a window grows depends on measured round trips, and so on how busy the machine is: here it stays as it begins.
vi.mock('../../sctp/defaults.js', async (original) => {
  const { withDefaults } = await original<typeof Defaults>()
  const fixed: typeof withDefaults = (options) => {
    const all = withDefaults(options)
    return { ...all, maxReceiveWindowBytes: all.receiveWindowBytes }
  }
  return { withDefaults: fixed }
})

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await task()
}

test('a reader that is slow makes the writer wait: sixteen windows full pass through one, byte for byte', async () => {
  using pair = new Pair()
  const [ours, theirs] = await pair.channels('file')
  const reader = streamsOf(theirs).readable.getReader()
  const { writable } = streamsOf(ours)
  const sent = createHash('sha256')
  const received = createHash('sha256')
  let writtenBytes = 0
  let readBytes = 0
  let mostBytes = 0
  const source = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = new Uint8Array(CHUNK_BYTES).fill(writtenBytes / CHUNK_BYTES)
      sent.update(chunk)
      writtenBytes += chunk.length
      mostBytes = Math.max(mostBytes, writtenBytes - readBytes)
      controller.enqueue(chunk)
      if (writtenBytes === TOTAL_BYTES) controller.close()
    },
  })
  const piped = source.pipeTo(writable)
  while (writtenBytes < WINDOW_BYTES) await task()
  await turns(500)
  expect(writtenBytes).toBeLessThanOrEqual(MOST_BYTES)
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    received.update(chunk.value)
    readBytes += chunk.value.length
    await turns(5)
  }
  await piped
  expect(readBytes).toBe(TOTAL_BYTES)
  expect(received.digest('hex')).toBe(sent.digest('hex'))
  expect(mostBytes).toBeGreaterThan(WINDOW_BYTES)
  expect(mostBytes).toBeLessThanOrEqual(MOST_BYTES)
}, 120_000)

test('other channels go on while one is not read, and messages that are not read are there at the end', async () => {
  using pair = new Pair()
  const [file, theirFile] = await pair.channels('file')
  const [chat, theirChat] = await pair.channels('chat')
  const files = streamsOf(theirFile).readable.getReader()
  const writer = streamsOf(file).writable.getWriter()
  for (let i = 0; i < 12; i++) await writer.write(new Uint8Array(CHUNK_BYTES).fill(i)) // 3 MiB
  const chats = streamsOf(theirChat, { type: 'messages' }).readable.getReader()
  const chatter = streamsOf(chat, { type: 'messages' }).writable.getWriter()
  await chatter.write('still here?')
  expect((await chats.read()).value).toBe('still here?')
  const closed = writer.close()
  let readBytes = 0
  for (let chunk = await files.read(); !chunk.done; chunk = await files.read()) readBytes += chunk.value.length
  await closed
  expect(readBytes).toBe(12 * CHUNK_BYTES)
})

test('a connection that is closed in the middle fails both ends: what came is not taken for the whole', async () => {
  using pair = new Pair()
  const [ours, theirs] = await pair.channels('file')
  const { readable } = streamsOf(theirs)
  const writer = streamsOf(ours).writable.getWriter()
  await writer.write(new Uint8Array(CHUNK_BYTES))
  const reading = (async () => {
    for await (const chunk of readable) expect(chunk.length).toBeGreaterThan(0)
  })()
  const failed = expect(reading).rejects.toMatchObject({ name: 'OperationError' })
  pair.a.close()
  await expect(writer.write(new Uint8Array(1))).rejects.toMatchObject({ name: 'AbortError' })
  await failed
})
