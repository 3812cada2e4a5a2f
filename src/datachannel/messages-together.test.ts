import { describe, expect, test } from 'vitest'
import { MessageRun } from '../sctp/rx/message-run.js'
import { DataChannels } from './data-channels.js'
import { DEFAULTS, eventsOf, FakeTransport } from './linked-channels.test-support.js'
import * as ppids from './ppid.js'
import type { ChannelOutput } from './types.js'

const MESSAGES = [Uint8Array.of(1, 2), Uint8Array.of(3), Uint8Array.of(0)]
const BYTES = 4

const runOf = (streamId: number, ppid: number) => new MessageRun(streamId, ppid, BYTES, MESSAGES)

function connected(): { channels: DataChannels; handle: number } {
  const channels = new DataChannels({ maxMessageSizeBytes: 65_536 })
  channels.attach(new FakeTransport())
  channels.handleSctpEvent(0, { type: 'connected', outgoingStreams: 100, incomingStreams: 100 })
  const handle = channels.open({ ...DEFAULTS, negotiated: true, id: 4 })!
  channels.flush(0)
  expect([...eventsOf(channels)].map(({ type }) => type)).toEqual(['open'])
  return { channels, handle }
}

/** What the channels tell of the run, and of the same messages one by one. */
function both(ppid: number, streamId: number, before: (channels: DataChannels, handle: number) => void) {
  const [together, apart] = [connected(), connected()]
  for (const { channels, handle } of [together, apart]) before(channels, handle)
  together.channels.handleMessages(1, runOf(streamId, ppid))
  for (const data of MESSAGES) apart.channels.handleSctpEvent(1, { type: 'message', streamId, ppid, data })
  const seen = ({ channels }: typeof apart) => ({ events: [...eventsOf(channels)], counters: channels.counters })
  return [seen(together), seen(apart)]
}

describe('messages that came together', () => {
  test.each(Object.entries(ppids))('are what they would be one by one, with %s', (_name, ppid) => {
    for (const streamId of [4, 5]) {
      const nothing = both(ppid, streamId, () => {})
      expect(nothing[0]).toEqual(nothing[1])
      const part = both(ppid, streamId, (channels) =>
        channels.handleSctpEvent(0, {
          type: 'message',
          streamId,
          ppid: ppids.PPID_BINARY_PARTIAL,
          data: Uint8Array.of(9),
        }),
      )
      expect(part[0]).toEqual(part[1])
      const closing = both(ppid, streamId, (channels, handle) => channels.close(0, handle))
      expect(closing[0]).toEqual(closing[1])
      const left = both(ppid, streamId, (channels) =>
        channels.handleSctpEvent(0, { type: 'incomingReset', streamIds: [streamId] }),
      )
      expect(left[0]).toEqual(left[1])
    }
  })

  test('are one thing to be told where their channel is open', () => {
    const { channels, handle } = connected()
    channels.handleMessages(1, runOf(4, ppids.PPID_STRING))
    const { run, ...rest } = channels.pollEvent() as Extract<ChannelOutput, { type: 'messages' }>
    expect(rest).toEqual({ type: 'messages', handle, kind: 'text' })
    expect(run.bytes).toBe(BYTES)
    expect(channels.pollEvent()).toBeUndefined()
  })
})
