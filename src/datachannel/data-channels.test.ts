import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../core/index.js'
import { DataChannels } from './data-channels.js'
import { writeDataChannelOpen } from './data-channel-open.js'
import { DEFAULTS, FakeEnd, LinkedEnds } from './linked-channels.test-support.js'

const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value))

describe('opening', () => {
  test('the DTLS client has even ids, the server odd ones, lowest first (RFC 8832 §6)', () => {
    const { client, server } = new LinkedEnds()
    expect([0, 1, 2].map(() => client.channels.id(client.open()))).toEqual([0, 2, 4])
    expect([0, 1, 2].map(() => server.channels.id(server.open()))).toEqual([1, 3, 5])
  })

  test('ids that were waiting for the role are given in the order of opening, around negotiated ones', () => {
    const channels = new DataChannels({ maxMessageSizeBytes: 65_536 })
    const first = channels.open(DEFAULTS)!
    expect(channels.open({ ...DEFAULTS, negotiated: true, id: 1 })).toBeDefined()
    const second = channels.open(DEFAULTS)!
    expect(channels.id(first)).toBeUndefined()
    expect(channels.setDtlsRole('server')).toEqual([
      { handle: first, id: 3 },
      { handle: second, id: 5 },
    ])
  })

  test('carries label, protocol, order, limits and priority to the peer', () => {
    const ends = new LinkedEnds()
    const parameters = { label: 'ä', protocol: 'p', ordered: false, maxRetransmits: 2, priority: 'high' } as const
    ends.client.open(parameters)
    ends.run()
    expect(ends.server.announced.map((event) => event.parameters)).toEqual([parameters])
    expect(ends.client.transport.priorities.get(0)).toBe(1024)
    expect(ends.server.transport.priorities.get(0)).toBe(1024)
  })

  test('before the association is up a channel waits; messages can follow its OPEN at once', () => {
    const end = new FakeEnd('client')
    const handle = end.open()
    expect(end.seen(handle)).toEqual([])
    end.connected()
    expect(end.seen(handle)).toEqual(['open'])
    end.send(handle, 'at once')
    expect(end.transport.sent.map((message) => message.ppid)).toEqual([50, 51])
  })

  test.each([[-1], [65_535], [0.5], [7]])('a negotiated channel on id %s is refused: out of range or taken', (id) => {
    const end = new FakeEnd('client')
    end.open({ negotiated: true, id: 7 })
    expect(end.channels.open({ ...DEFAULTS, negotiated: true, id })).toBeUndefined()
  })

  test('a label or protocol above 65535 bytes is refused', () => {
    const end = new FakeEnd('client')
    expect(end.channels.open({ ...DEFAULTS, label: 'ä'.repeat(32_768) })).toBeUndefined()
    expect(end.channels.open({ ...DEFAULTS, label: 'a'.repeat(65_535) })).toBeDefined()
  })

  test('streams that were agreed on limit the ids', () => {
    const end = new FakeEnd('client')
    const above = end.open({ negotiated: true, id: 4 })
    end.connected(4)
    expect(end.seen(above)).toEqual(['closed'])
    expect(end.channels.maxChannels).toBe(4)
    end.open()
    end.open()
    expect(end.channels.open(DEFAULTS)).toBeUndefined()
    end.handle({ type: 'streamsAdded', outgoingStreams: 6, incomingStreams: 6 })
    expect(end.channels.id(end.open())).toBe(4)
  })
})

describe('messages', () => {
  test('text, binary and empty ones arrive as they were (RFC 8831 §6.6)', () => {
    const ends = new LinkedEnds()
    const handle = ends.client.open()
    const { channels } = ends.client
    channels.send(0, handle, 'text', text('grüß'))
    channels.send(0, handle, 'binary', Uint8Array.of(1, 2))
    channels.send(0, handle, 'text', new Uint8Array(0))
    channels.send(0, handle, 'binary', new Uint8Array(0))
    ends.run()
    const got = ends.server.events.filter((event) => event.type === 'message')
    expect(got.map((event) => [event.kind, [...event.data]])).toEqual([
      ['text', [...text('grüß')]],
      ['binary', [1, 2]],
      ['text', []],
      ['binary', []],
    ])
    expect(ends.client.transport.sent.map((message) => message.ppid)).toEqual([50, 51, 53, 56, 57])
  })

  test('bufferedAmount counts neither DCEP nor the stand-in of an empty message', () => {
    const ends = new LinkedEnds()
    const handle = ends.client.open({ label: 'long label' })
    ends.client.channels.send(0, handle, 'text', new Uint8Array(0))
    ends.client.channels.send(0, handle, 'text', text('12345'))
    const whole = ends.client.transport.queuedBytes(0)
    for (const bytes of [3, 10, whole - 13]) ends.client.handle({ type: 'sent', streamId: 0, bytes })
    const sent = ends.client.events.filter((event) => event.type === 'sent')
    expect(sent.map((event) => event.bytes)).toEqual([5])
  })

  test('an unordered channel sends in order until something of the peer has come (RFC 8832 §6)', () => {
    const ends = new LinkedEnds()
    const handle = ends.client.open({ ordered: false, maxPacketLifeTime: 100 })
    ends.client.send(handle, 'before')
    ends.run()
    ends.client.send(handle, 'after')
    const [open, before, after] = ends.client.transport.sent
    expect(open).toMatchObject({ ordered: true })
    expect(open).not.toHaveProperty('lifetimeMillis')
    expect(before).toMatchObject({ ordered: true, lifetimeMillis: 100 })
    expect(after).toMatchObject({ ordered: false, lifetimeMillis: 100 })
  })

  test('deprecated partial messages are put together; what does not fit together is dropped', () => {
    const ends = new LinkedEnds()
    const handle = ends.client.open()
    ends.run()
    const [theirs] = ends.server.announced
    const message = (ppid: number, value: string): void =>
      ends.server.handle({ type: 'message', streamId: 0, ppid, data: text(value) })
    message(54, 'one ')
    message(54, 'two ')
    message(51, 'three')
    message(52, 'binary')
    message(51, 'cannot follow')
    message(99, 'unknown')
    message(51, 'alive')
    for (let i = 0; i < 3; i++) message(54, 'x'.repeat(30_000))
    expect(ends.server.seen(theirs!.handle)).toEqual(['channel', 'message one two three', 'message alive'])
    expect(ends.server.channels.counters).toEqual({ messagesDropped: 3 })
    expect(ends.client.seen(handle)).toEqual(['open'])
  })
})

describe('messages in parts (RFC 8831 §6.6, deprecated)', () => {
  const part = (length: number, streamId = 0) =>
    ({ type: 'message', streamId, ppid: 54, data: new Uint8Array(length).fill(97) }) as const
  const last = (streamId = 0) => ({ type: 'message', streamId, ppid: 51, data: text('z') }) as const

  test('of one that is too long nothing is told, its end neither; the next one is whole', () => {
    const { server } = new LinkedEnds()
    const handle = server.open({ negotiated: true, id: 0 })
    for (const length of [60_000, 5537, 10]) server.handle(part(length))
    for (const event of [last(), part(2), last()]) server.handle(event)
    expect(server.seen(handle)).toEqual(['open', 'message aaz'])
    expect(server.channels.counters).toEqual({ messagesDropped: 2 })
  })

  test('SECURITY 9: over all channels, four MiB beside the largest message, each part counted with what it costs', () => {
    const { server } = new LinkedEnds()
    const [first, second] = [0, 2].map((id) => server.open({ negotiated: true, id })) as [number, number]
    // Each of a byte, and 256 beside it: 65,536 and 4,194,304 bytes make room for 16,575.
    for (let i = 0; i < 16_575; i++) server.handle(part(1))
    expect(server.channels.counters).toEqual({})
    server.handle(part(1, 2))
    server.handle(last(2))
    expect(server.seen(second)).toEqual(['open'])
    expect(server.channels.counters).toEqual({ messagesDropped: 2 })
    server.handle(last())
    expect(server.seen(first)).toEqual(['open', `message ${'a'.repeat(16_575)}z`])
    for (const event of [part(1, 2), last(2)]) server.handle(event)
    expect(server.seen(second)).toEqual(['open', 'message az'])
  })

  test('SECURITY 9: those of a channel that was closed are given back', () => {
    const ends = new LinkedEnds()
    const { server } = ends
    for (let round = 0; round < 3; round++) {
      const handle = server.open({ negotiated: true, id: 0 })
      for (let i = 0; i < 10_000; i++) server.handle(part(1))
      server.close(handle)
      for (const type of ['outgoingReset', 'incomingReset'] as const) server.handle({ type, streamIds: [0] })
      expect(server.seen(handle)).toEqual(['open', 'closed'])
    }
    expect(server.channels.counters).toEqual({})
  })
})

describe('what comes early', () => {
  test('on a negotiated id that is opened later: everything is there, in order', () => {
    const ends = new LinkedEnds()
    const ours = ends.client.open({ negotiated: true, id: 9 })
    ends.client.send(ours, 'a')
    ends.client.send(ours, 'b')
    ends.run()
    const theirs = ends.server.open({ negotiated: true, id: 9 })
    expect(ends.server.seen(theirs)).toEqual(['open', 'message a', 'message b'])
  })

  test('on an in-band id whose OPEN was overtaken', () => {
    const { server } = new LinkedEnds()
    server.handle({ type: 'message', streamId: 0, ppid: 51, data: text('early') })
    server.handle({ type: 'message', streamId: 0, ppid: 50, data: writeDataChannelOpen(DEFAULTS) })
    expect(server.events.map((event) => event.type)).toEqual(['channel', 'message'])
  })

  test('more than there is room for: the stream is reset, and what follows on it is dropped', () => {
    const { server } = new LinkedEnds()
    const data = new Uint8Array(262_144)
    for (let i = 0; i < 5; i++) server.handle({ type: 'message', streamId: 0, ppid: 53, data })
    expect(server.transport.resetRequests).toEqual([[0]])
    server.handle({ type: 'message', streamId: 0, ppid: 53, data })
    server.handle({ type: 'outgoingReset', streamIds: [0] })
    server.handle({ type: 'incomingReset', streamIds: [0] })
    expect(server.channels.idsInUse).toBe(0)
    expect(server.events).toEqual([])
    expect(server.channels.counters).toEqual({ earlyArrivalsDropped: 1, channelsRefused: 1, messagesOnSpentStream: 1 })
  })

  test('SECURITY 21: a reset of all streams is answered for those that have a channel, or brought something early', () => {
    const ends = new LinkedEnds()
    const { server } = ends
    const ours = server.open({ negotiated: true, id: 9 })
    server.handle({ type: 'message', streamId: 4, ppid: 51, data: text('early') })
    server.handle({ type: 'incomingReset', streamIds: [] })
    server.handle({ type: 'outgoingReset', streamIds: server.transport.resetRequests.flat() })
    expect(server.transport.resetRequests.flat().toSorted()).toEqual([4, 9])
    expect(server.seen(ours)).toEqual(['open', 'closing', 'closed'])
    expect(server.channels.idsInUse).toBe(0)
  })
})

describe('what is refused without harm', () => {
  const open = writeDataChannelOpen({ ...DEFAULTS, label: 'second' })

  test('a second OPEN on an id in use', () => {
    const ends = new LinkedEnds()
    ends.client.open({ label: 'first' })
    ends.run()
    ends.server.handle({ type: 'message', streamId: 0, ppid: 50, data: open })
    const [theirs] = ends.server.announced
    ends.server.handle({ type: 'message', streamId: 0, ppid: 51, data: text('alive') })
    expect(ends.server.seen(theirs!.handle)).toEqual(['channel', 'message alive'])
    expect(ends.server.announced).toHaveLength(1)
    expect(ends.server.channels.counters).toEqual({ openOnBusyStream: 1 })
  })

  test('an OPEN on an id of ours, or one that does not parse, is closed as RFC 8832 §6 has it', () => {
    const { server } = new LinkedEnds()
    server.handle({ type: 'message', streamId: 1, ppid: 50, data: open })
    server.handle({ type: 'message', streamId: 2, ppid: 50, data: Uint8Array.of(3) })
    expect(server.transport.resetRequests).toEqual([[1], [2]])
    expect(server.transport.sent).toEqual([])
    for (const type of ['incomingReset', 'outgoingReset'] as const) server.handle({ type, streamIds: [1, 2] })
    expect(server.channels.idsInUse).toBe(0)
    expect(server.events).toEqual([])
  })

  test('SECURITY 9: of labels and protocols four MiB are kept, not a byte more', () => {
    const { server } = new LinkedEnds()
    const open = (id: number, label: string, protocol = '') => {
      const data = writeDataChannelOpen({ ...DEFAULTS, label, protocol })
      server.handle({ type: 'message', streamId: id, ppid: 50, data })
    }
    for (let id = 0; id < 128; id += 2) open(id, 'x'.repeat(65_535), 'y')
    open(128, '')
    expect(server.announced).toHaveLength(65)
    open(130, 'x')
    expect(server.announced).toHaveLength(65)
    expect(server.channels.counters).toEqual({ channelsRefused: 1 })
  })

  test('more label bytes than a peer may make us keep', () => {
    const { server } = new LinkedEnds()
    const long = writeDataChannelOpen({ ...DEFAULTS, label: 'x'.repeat(65_535) })
    for (let id = 0; id < 140; id += 2) server.handle({ type: 'message', streamId: id, ppid: 50, data: long })
    expect(server.announced).toHaveLength(64)
    expect(server.channels.counters).toEqual({ channelsRefused: 6 })
  })
})

test('the association ends: every channel is closed with its error, once, and later ones too', () => {
  const ends = new LinkedEnds()
  const open = ends.client.open()
  const closing = ends.client.open()
  ends.client.close(closing)
  const error = new ProtocolError('sctp.abort', 'the peer aborted', { sctpCauseCode: 12 })
  ends.client.handle({ type: 'closed', error })
  const late = ends.client.open()
  for (const handle of [open, closing, late])
    expect(ends.client.events.filter((event) => event.handle === handle).at(-1)).toEqual({
      type: 'closed',
      handle,
      error,
    })
  expect(ends.client.channels.size).toBe(0)
  expect(ends.client.channels.idsInUse).toBe(0)
})
