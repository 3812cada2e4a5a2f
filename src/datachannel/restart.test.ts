import { describe, expect, test } from 'vitest'
import { DataChannels } from './data-channels.js'
import { eventsOf as eventsIn, FakeTransport } from './linked-channels.test-support.js'
import type { ChannelEvent, OpenChannel } from './types.js'

const PARAMETERS: OpenChannel = { label: '', protocol: '', ordered: true, priority: 'low', negotiated: false }

const eventsOf = (channels: DataChannels): ChannelEvent[] => [...eventsIn(channels)]

function connect(channels: DataChannels): FakeTransport {
  const transport = new FakeTransport()
  channels.attach(transport)
  channels.handleSctpEvent(0, { type: 'connected', outgoingStreams: 100, incomingStreams: 100 })
  return transport
}

describe('restart', () => {
  test('closes what had begun, keeps what waits, and gives ids anew', () => {
    const channels = new DataChannels({ maxMessageSizeBytes: 1000 })
    channels.setDtlsRole('server')
    connect(channels)
    const begun = channels.open(PARAMETERS)!
    channels.flush(0)
    channels.close(0, channels.open({ ...PARAMETERS, negotiated: true, id: 7 })!)
    eventsOf(channels)
    channels.restart()
    expect(eventsOf(channels)).toEqual([{ type: 'closed', handle: begun }])
    expect([channels.size, channels.idsInUse, channels.maxChannels]).toEqual([0, 0, undefined])
    const waits = channels.open(PARAMETERS)!
    expect(channels.id(waits)).toBeUndefined()
    expect(channels.setDtlsRole('client')).toEqual([{ handle: waits, id: 0 }])
    const transport = connect(channels)
    channels.flush(0)
    expect(eventsOf(channels)).toEqual([{ type: 'open', handle: waits, id: 0 }])
    expect(transport.sent.map(({ streamId }) => streamId)).toEqual([0])
  })

  test('an id that the application knows does not change: where the other role forbids it, the channel fails', () => {
    const channels = new DataChannels({ maxMessageSizeBytes: 1000 })
    const waits = channels.open(PARAMETERS)!
    const agreed = channels.open({ ...PARAMETERS, negotiated: true, id: 3 })!
    expect(channels.setDtlsRole('server')).toEqual([{ handle: waits, id: 1 }])
    channels.restart()
    expect(channels.id(waits)).toBe(1)
    expect(channels.setDtlsRole('client')).toEqual([])
    expect(eventsOf(channels)).toMatchObject([{ type: 'closed', handle: waits, error: { code: 'datachannel.no-id' } }])
    expect(channels.id(agreed)).toBe(3)
    connect(channels)
    channels.flush(0)
    expect(eventsOf(channels)).toEqual([{ type: 'open', handle: agreed, id: 3 }])
  })
})
