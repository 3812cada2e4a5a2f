import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../../core/index.js'
import { openChannel, recordedChannel } from '../data-channel.test-support.js'
import { streamsOf } from './index.js'

const bytes = (...values: number[]) => Uint8Array.from(values)
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (reason: unknown) => reason as DOMException,
  )
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const settle = () => (settled = true)
  promise.then(settle, settle)
  await turn()
  return settled
}

describe('streamsOf()', () => {
  test('takes a channel that is not closed, once, and known options', () => {
    const { channel, slots } = openChannel()
    expect(() => streamsOf(new EventTarget() as never)).toThrow(TypeError)
    expect(() => streamsOf(channel, { type: 'lines' as never })).toThrow(TypeError)
    expect(() => streamsOf(channel, { highWaterMark: 0 })).toThrow(TypeError)
    expect(() => streamsOf(channel, { highWaterMark: 2 ** 25 })).toThrow(TypeError)
    streamsOf(channel)
    expect(() => streamsOf(channel)).toThrow(expect.objectContaining({ name: 'InvalidStateError' }))
    expect(slots.readyState).toBe('open')
    const closed = openChannel()
    closed.slots.announceClosed(undefined)
    expect(() => streamsOf(closed.channel)).toThrow(expect.objectContaining({ name: 'InvalidStateError' }))
  })
})

describe('readable', () => {
  test('gives the bytes of messages as they are asked for, holds the rest, and fires no message event', async () => {
    const { slots, channel, events, held } = openChannel()
    const reader = streamsOf(channel).readable.getReader()
    slots.receive('binary', bytes(1, 2, 3))
    slots.receive('binary', bytes()) // is nothing
    slots.receive('text', new TextEncoder().encode('hé'))
    expect(held.bytes).toBeGreaterThan(6)
    expect(await reader.read()).toEqual({ done: false, value: bytes(1, 2, 3) })
    expect(await reader.read()).toEqual({ done: false, value: bytes(0x68, 0xc3, 0xa9) })
    expect(held.bytes).toBe(0)
    const waiting = reader.read()
    expect(await isSettled(waiting)).toBe(false)
    slots.receive('binary', bytes(4))
    expect(await waiting).toEqual({ done: false, value: bytes(4) })
    expect(held.bytes).toBe(0)
    expect(events).toEqual([])
    expect(channel.readyState).toBe('open')
  })

  test('reads into buffers of the application, whatever the lengths', async () => {
    const { slots, channel, held } = openChannel()
    const reader = streamsOf(channel).readable.getReader({ mode: 'byob' })
    slots.receive('binary', bytes(1, 2, 3, 4, 5))
    expect((await reader.read(new Uint8Array(2))).value).toEqual(bytes(1, 2))
    expect(held.bytes).toBeGreaterThanOrEqual(3)
    expect((await reader.read(new Uint8Array(9))).value).toEqual(bytes(3, 4, 5))
    expect(held.bytes).toBe(0)
    const last = reader.read(new Uint8Array(4))
    slots.peerCloses()
    slots.announceClosed(undefined)
    expect(await last).toEqual({ done: true, value: bytes() })
  })

  test('half an element when the channel closes fails the reader, and nothing else', async () => {
    const { slots, channel } = openChannel()
    const reader = streamsOf(channel).readable.getReader({ mode: 'byob' })
    const read = failure(reader.read(new Uint16Array(2)))
    await turn()
    slots.receive('binary', bytes(1))
    await turn()
    slots.announceClosed(undefined)
    expect(await read).toBeInstanceOf(TypeError)
  })

  test('as messages: text is text, boundaries stay, empty ones come too', async () => {
    const { slots, channel } = openChannel()
    const reader = streamsOf(channel, { type: 'messages' }).readable.getReader()
    slots.receive('text', new TextEncoder().encode('hé'))
    slots.receive('binary', bytes())
    slots.receive('text', bytes())
    expect((await reader.read()).value).toBe('hé')
    expect((await reader.read()).value).toEqual(bytes())
    expect((await reader.read()).value).toBe('')
  })

  test('ends when the peer closed the channel and everything was read', async () => {
    const { slots, channel } = openChannel()
    const reader = streamsOf(channel).readable.getReader()
    slots.receive('binary', bytes(1))
    slots.peerCloses()
    slots.announceClosed(undefined)
    expect((await reader.read()).value).toEqual(bytes(1))
    expect((await reader.read()).done).toBe(true)
    await reader.closed
  })

  test('is complete once the peer has closed, whatever becomes of the connection then', async () => {
    const { slots, channel } = openChannel()
    const reader = streamsOf(channel).readable.getReader()
    slots.peerCloses()
    const last = reader.read()
    expect(await isSettled(last)).toBe(false)
    slots.closeAbruptly()
    expect((await last).done).toBe(true)
  })

  test('fails with the error of the transport, after what came before', async () => {
    const { slots, channel } = openChannel()
    const reader = streamsOf(channel).readable.getReader()
    slots.receive('binary', bytes(1))
    slots.announceClosed(new ProtocolError('sctp.abort', 'aborted'))
    expect((await reader.read()).value).toEqual(bytes(1))
    expect(await failure(reader.read())).toMatchObject({ name: 'OperationError', errorDetail: 'sctp-failure' })
  })

  test('fails when the connection is closed', async () => {
    const { slots, channel } = openChannel()
    const reader = streamsOf(channel).readable.getReader()
    const waiting = failure(reader.read())
    slots.closeAbruptly()
    expect(await waiting).toMatchObject({ name: 'AbortError' })
  })

  test('cancelled it drops what came and what comes; the channel stays', async () => {
    const { slots, channel, held } = openChannel()
    const { readable } = streamsOf(channel)
    slots.receive('binary', bytes(1, 2))
    await readable.cancel()
    slots.receive('binary', bytes(3))
    expect(held.bytes).toBe(0)
    expect(channel.readyState).toBe('open')
    slots.announceClosed(undefined)
  })
})

describe('writable', () => {
  test('waits for the channel to open', async () => {
    const { slots, channel, calls } = recordedChannel()
    const writer = streamsOf(channel).writable.getWriter()
    const written = writer.write(bytes(1))
    expect(await isSettled(written)).toBe(false)
    slots.announceOpen()
    await written
    expect(calls).toEqual(['binary 1'])
  })

  test('fails when the channel never opens', async () => {
    const { slots, channel } = recordedChannel()
    const writer = streamsOf(channel).writable.getWriter()
    const written = failure(writer.write(bytes(1)))
    slots.announceClosed(new ProtocolError('datachannel.no-id', 'no id'))
    expect(await written).toMatchObject({ errorDetail: 'data-channel-failure' })
  })

  test('sends pieces that the peer takes, takes a snapshot, and waits while much is buffered', async () => {
    const { slots, channel, calls, sent } = openChannel()
    const writer = streamsOf(channel, { highWaterMark: 100_000 }).writable.getWriter()
    const chunk = new Uint8Array(150_000).fill(7)
    const written = writer.write(chunk)
    expect(await isSettled(written)).toBe(false)
    expect(calls).toEqual(['binary 65536', 'binary 65536'])
    slots.sent(65_536 + 15_536) // 50,000 are left: half
    await written
    expect(calls.at(-1)).toBe('binary 18928')
    chunk.fill(0)
    expect(sent.every((piece) => piece.every((byte) => byte === 7))).toBe(true)
    expect(channel.bufferedAmountLowThreshold).toBe(0)
  })

  test('as messages: one chunk is one message, and one that is too large fails the stream, not the channel', async () => {
    const { channel, calls, connection } = openChannel()
    const writer = streamsOf(channel, { type: 'messages' }).writable.getWriter()
    await writer.write('hé')
    await writer.write(new Uint8Array(100_000))
    await writer.write(new DataView(new ArrayBuffer(3), 1))
    expect(calls).toEqual(['text 3', 'binary 100000', 'binary 2'])
    connection.maxMessageSizeBytes = 1000
    expect(await failure(writer.write(new ArrayBuffer(1001)))).toBeInstanceOf(TypeError)
    expect(channel.readyState).toBe('open')
  })

  test('takes bytes only', async () => {
    const writer = streamsOf(openChannel().channel).writable.getWriter()
    expect(await failure(writer.write('text' as never))).toBeInstanceOf(TypeError)
  })

  test('close() closes the channel after what was written, and settles when it is closed', async () => {
    const { slots, channel, calls } = openChannel()
    const writer = streamsOf(channel).writable.getWriter()
    const written = writer.write(bytes(1))
    const closed = writer.close()
    expect(await isSettled(closed)).toBe(false)
    await written
    expect(calls).toEqual(['binary 1', 'startClosing'])
    expect(channel.readyState).toBe('closing')
    slots.announceClosed(undefined)
    await closed
  })

  test('close() fails when the channel went with an error', async () => {
    const { slots, channel } = openChannel()
    const closed = failure(streamsOf(channel).writable.close())
    await turn()
    slots.announceClosed(new ProtocolError('sctp.abort', 'aborted'))
    expect(await closed).toMatchObject({ errorDetail: 'sctp-failure' })
  })

  test('abort() closes the channel at once, also while a write waits for room', async () => {
    const { slots, channel, calls } = openChannel()
    const { readable, writable } = streamsOf(channel, { highWaterMark: 1 })
    const writer = writable.getWriter()
    const written = failure(writer.write(new Uint8Array(100)))
    expect(await isSettled(written)).toBe(false)
    const reason = new Error('enough')
    await writer.abort(reason)
    expect(await written).toBe(reason)
    expect(calls.at(-1)).toBe('startClosing')
    slots.announceClosed(undefined)
    expect((await readable.getReader().read()).done).toBe(true)
  })

  test('fails when the peer closes; what was written before counts as sent', async () => {
    const { slots, channel } = openChannel()
    const writer = streamsOf(channel, { highWaterMark: 1 }).writable.getWriter()
    const written = writer.write(new Uint8Array(100))
    await turn()
    slots.peerCloses()
    await written
    expect(await failure(writer.closed)).toMatchObject({ name: 'InvalidStateError' })
    expect(await failure(writer.write(bytes(1)))).toMatchObject({ name: 'InvalidStateError' })
  })
})
