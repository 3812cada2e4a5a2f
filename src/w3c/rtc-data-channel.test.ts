import { describe, expect, test, vi } from 'vitest'
import { ProtocolError } from '../core/index.js'
import { openChannel, recordedChannel } from './data-channel.test-support.js'
import { RTCDataChannel, SEND_BUFFER_BYTES } from './rtc-data-channel.js'
import { RTCError } from './rtc-error.js'
import type { RTCErrorEvent } from './rtc-error-event.js'

const ABORT = new ProtocolError('sctp.abort', 'the peer aborted: connection closed', { sctpCauseCode: 12 })

describe('send()', () => {
  test('takes text and binary, as they are at that moment', () => {
    const { channel, calls, sent } = openChannel()
    const bytes = Uint8Array.of(1, 2, 3, 4)
    channel.send('häh')
    channel.send(bytes.subarray(1, 3))
    channel.send(bytes.buffer)
    channel.send(new DataView(bytes.buffer, 3))
    bytes.fill(0)
    expect(calls).toEqual(['text 4', 'binary 2', 'binary 4', 'binary 1'])
    expect(sent.slice(1).map((data) => [...data])).toEqual([[2, 3], [1, 2, 3, 4], [4]])
    expect(channel.bufferedAmount).toBe(11)
  })

  test('converts everything else to a string, as browsers do', () => {
    const { channel, sent } = openChannel()
    for (const value of [null, 42, {}, '\uD800']) Reflect.apply(channel.send, channel, [value])
    expect(sent.map((data) => new TextDecoder().decode(data))).toEqual(['null', '42', '[object Object]', '\uFFFD'])
    expect(() => Reflect.apply(channel.send, channel, [])).toThrow('1 argument required')
  })

  test('keeps the order across Blobs, and close() waits for them', async () => {
    const { channel, calls, sent } = openChannel()
    channel.send(new Blob(['blob']))
    channel.send('text')
    channel.send(new Blob([]))
    expect(channel.bufferedAmount).toBe(8)
    channel.close()
    expect(calls).toEqual([])
    await vi.waitFor(() => expect(calls).toEqual(['binary 4', 'text 4', 'binary 0', 'startClosing']))
    expect(new TextDecoder().decode(sent[0])).toBe('blob')
  })

  test('D4: InvalidStateError unless open', () => {
    const { channel, slots } = recordedChannel()
    const refused = () => {
      expect(() => channel.send('')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }))
    }
    refused()
    slots.announceOpen()
    channel.close()
    refused()
    slots.announceClosed(undefined)
    refused()
  })

  test('a message that is too large is a TypeError and leaves the channel open', () => {
    const { channel, connection, calls } = openChannel()
    connection.maxMessageSizeBytes = 10
    expect(() => channel.send('x'.repeat(11))).toThrow(TypeError)
    channel.send('x'.repeat(10))
    expect(channel.readyState).toBe('open')
    expect(calls).toEqual(['text 10'])
  })

  test('a full buffer is an OperationError; bufferedAmount counts what was taken', () => {
    const { channel, connection } = openChannel()
    connection.maxMessageSizeBytes = SEND_BUFFER_BYTES
    const half = new Uint8Array(SEND_BUFFER_BYTES / 2)
    channel.send(half)
    channel.send(half)
    expect(() => channel.send('x')).toThrow(expect.objectContaining({ name: 'OperationError' }))
    channel.send('')
    expect(channel.bufferedAmount).toBe(SEND_BUFFER_BYTES)
  })

  test('the buffer holds what messages are configured to be, where that is more', () => {
    const { channel, connection } = openChannel()
    connection.maxMessageSizeBytes = connection.sendBufferBytes = SEND_BUFFER_BYTES + 1
    channel.send(new Uint8Array(SEND_BUFFER_BYTES + 1))
    expect(() => channel.send('x')).toThrow(expect.objectContaining({ name: 'OperationError' }))
    expect(channel.bufferedAmount).toBe(SEND_BUFFER_BYTES + 1)
  })

  test('a Blob that cannot be read is told with an error event; the channel goes on', async () => {
    const { channel, calls, events, runTasks } = openChannel()
    const broken = new Blob(['gone'])
    vi.spyOn(broken, 'arrayBuffer').mockRejectedValue(new DOMException('gone', 'NotReadableError'))
    let error: RTCError | undefined
    channel.onerror = (event) => {
      error = event.error
    }
    channel.send(broken)
    channel.send('after')
    await vi.waitFor(() => expect(calls).toEqual(['text 5']))
    runTasks()
    expect(events).toEqual(['error open'])
    expect(error).toMatchObject({ errorDetail: 'data-channel-failure', cause: { name: 'NotReadableError' } })
    expect(channel.bufferedAmount).toBe(5)
  })
})

describe('close()', () => {
  test('D1, D2, D3: returns undefined, is closing on return, and no event fires in the call', () => {
    for (const { channel, calls, events } of [recordedChannel(), openChannel()]) {
      const close: () => unknown = channel.close.bind(channel)
      expect([close(), close()]).toEqual([undefined, undefined])
      expect(channel.readyState).toBe('closing')
      expect(calls).toEqual(['startClosing'])
      expect(events).toEqual([])
    }
  })

  test('D4: bufferedAmount drains while closing and does not reset to zero by itself', () => {
    const { channel, slots } = openChannel()
    channel.send('12345')
    channel.close()
    slots.sent(2)
    expect(channel.bufferedAmount).toBe(3)
    slots.announceClosed(undefined)
    expect(channel.bufferedAmount).toBe(3)
  })

  test("D6: the peer's side sees closing, then close, once and in order", () => {
    const { slots, events } = openChannel()
    slots.peerCloses()
    slots.peerCloses()
    slots.announceClosed(undefined)
    slots.announceClosed(ABORT)
    expect(events).toEqual(['closing closing', 'close closed'])
  })

  test('D6: the side that called close() sees no closing, and nothing that still arrives', () => {
    const { channel, slots, events } = openChannel()
    channel.close()
    slots.receive('text', Uint8Array.of(65))
    slots.peerCloses()
    slots.announceClosed(undefined)
    expect(events).toEqual(['close closed'])
  })

  test('D8: an error comes before close, with a NetworkError as its cause', () => {
    const { channel, slots, events } = openChannel()
    const errors: RTCErrorEvent[] = []
    channel.onerror = (event) => errors.push(event)
    slots.announceClosed(ABORT)
    expect(events).toEqual(['error closed', 'close closed'])
    const { error } = errors[0]!
    expect(error).toBeInstanceOf(RTCError)
    expect(error).toMatchObject({ name: 'OperationError', errorDetail: 'sctp-failure', sctpCauseCode: 12 })
    expect(error.cause).toBeInstanceOf(DOMException)
    expect(error.cause).toMatchObject({ name: 'NetworkError', message: ABORT.message })
  })

  test('a channel that could not be created fails as such', () => {
    const { channel, slots } = recordedChannel()
    let detail: string | undefined
    channel.onerror = ({ error }) => {
      detail = error.errorDetail
    }
    slots.announceClosed(new ProtocolError('datachannel.no-id', 'no stream id is left'))
    expect(detail).toBe('data-channel-failure')
  })

  test('a close() from connecting is not undone when the transport is ready', () => {
    const { channel, slots, events } = recordedChannel()
    channel.close()
    slots.announceOpen()
    expect(channel.readyState).toBe('closing')
    expect(events).toEqual([])
  })

  test('await using settles after the close event', async () => {
    const { channel, slots, events } = openChannel()
    const disposed = channel[Symbol.asyncDispose]().then(() => events.push('disposed'))
    slots.announceClosed(undefined)
    await disposed
    expect(events).toEqual(['close closed', 'disposed'])
  })
})

describe('messages and attributes', () => {
  test('text, ArrayBuffer and Blob, by binaryType', async () => {
    const { channel, slots } = openChannel()
    const received: unknown[] = []
    channel.onmessage = ({ data }) => received.push(data)
    const bytes = Uint8Array.of(0, 228, 0).subarray(1, 2)
    slots.receive('text', Uint8Array.of(195, 164, 255))
    slots.receive('binary', bytes)
    channel.binaryType = 'blob'
    Reflect.set(channel, 'binaryType', 'jellyfish')
    slots.receive('binary', bytes)
    expect(received.slice(0, 2)).toEqual(['ä\uFFFD', Uint8Array.of(228).buffer])
    expect(received[2]).toBeInstanceOf(Blob)
    expect([...new Uint8Array(await (received[2] as Blob).arrayBuffer())]).toEqual([228])
  })

  test('bufferedamountlow fires when the amount falls to the threshold, not below it again', () => {
    const { channel, slots, events } = openChannel()
    channel.bufferedAmountLowThreshold = 4
    channel.send('123456')
    slots.sent(1)
    expect(events).toEqual([])
    slots.sent(1)
    slots.sent(1)
    expect(events).toEqual(['bufferedamountlow open'])
    expect(() => Reflect.set(channel, 'bufferedAmountLowThreshold', -1)).toThrow(TypeError)
  })

  test('there is no constructor to call, and members check their receiver', () => {
    expect(() => Reflect.construct(RTCDataChannel, [])).toThrow('Illegal constructor')
    expect(() => Reflect.construct(RTCDataChannel, [{}])).toThrow(TypeError)
    expect(() => Reflect.get(RTCDataChannel.prototype, 'label', {}) as unknown).toThrow(TypeError)
    expect(RTCDataChannel.length).toBe(0)
  })
})
