import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { Pair, task } from '../connected-pair.test-support.js'
import { streamsOf } from './index.js'

const CHUNK_BYTES = 256 * 1024
/** What the receive window of a connection holds. */
const WINDOW_BYTES = 16 * 2 ** 20
/** What the sender may hold: `highWaterMark`, and the messages that are on their way. */
const ON_THE_WAY_BYTES = 4 * 2 ** 20

test('a reader that is slow makes the writer wait: four windows full pass through one, byte for byte', async () => {
  using pair = new Pair()
  const [ours, theirs] = await pair.channels('file')
  const reader = streamsOf(theirs).readable.getReader()
  const { writable } = streamsOf(ours)
  const totalBytes = 4 * WINDOW_BYTES
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
      if (writtenBytes === totalBytes) controller.close()
    },
  })
  const piped = source.pipeTo(writable)
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    received.update(chunk.value)
    readBytes += chunk.value.length
    // As slow as it takes for the window to fill, and then just so.
    for (
      let turns = 0;
      turns < 3 || (turns < 2000 && writtenBytes - readBytes < WINDOW_BYTES && writtenBytes < totalBytes);
      turns++
    )
      await task()
  }
  await piped
  expect(readBytes).toBe(totalBytes)
  expect(received.digest('hex')).toBe(sent.digest('hex'))
  expect(mostBytes).toBeGreaterThan(WINDOW_BYTES - CHUNK_BYTES)
  expect(mostBytes).toBeLessThanOrEqual(WINDOW_BYTES + ON_THE_WAY_BYTES)
}, 120_000)

test('other channels go on while one is not read, and messages that are not read are there at the end', async () => {
  using pair = new Pair()
  const [file, theirFile] = await pair.channels('file')
  const [chat, theirChat] = await pair.channels('chat')
  const files = streamsOf(theirFile).readable.getReader()
  const writer = streamsOf(file).writable.getWriter()
  for (let i = 0; i < 40; i++) await writer.write(new Uint8Array(CHUNK_BYTES).fill(i)) // 10 MiB
  const chats = streamsOf(theirChat, { type: 'messages' }).readable.getReader()
  const chatter = streamsOf(chat, { type: 'messages' }).writable.getWriter()
  await chatter.write('still here?')
  expect((await chats.read()).value).toBe('still here?')
  const closed = writer.close()
  let readBytes = 0
  for (let chunk = await files.read(); !chunk.done; chunk = await files.read()) readBytes += chunk.value.length
  await closed
  expect(readBytes).toBe(40 * CHUNK_BYTES)
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
