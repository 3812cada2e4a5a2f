import { describe, expect, test } from 'vitest'
import { createConnection, createPair, once, until } from '../../bench/soak/library.js'
import type { Channel, Connection } from '../../bench/soak/library.js'
import { openChannels } from '../../bench/soak/connection-cycles.js'
import * as library from '../../src/index.js'

const { resourcesOf } = library
const NOTHING = { sockets: 0, timers: 0, lookups: 0, pendingTasks: 0 }

/** Every way a connection can be, up to the moment of its end. */
const STATES: Readonly<Record<string, () => Promise<Connection>>> = {
  'never used': async () => createConnection(library),
  'with a channel': async () => {
    const pc = createConnection(library)
    pc.createDataChannel('')
    return pc
  },
  'binding sockets': async () => {
    const pc = createConnection(library)
    pc.createDataChannel('')
    await pc.setLocalDescription()
    return pc
  },
  gathered: async () => {
    const pc = createConnection(library)
    pc.createDataChannel('')
    await pc.setLocalDescription()
    await until(pc, 'icegatheringstatechange', () => pc.iceGatheringState === 'complete')
    return pc
  },
  'looking up a name': async () => {
    const pc = new library.RTCPeerConnection({ iceServers: [{ urls: 'stun:nobody.local' }] })
    pc.createDataChannel('')
    await pc.setLocalDescription()
    await until(pc, 'icecandidate', () => resourcesOf(pc).lookups > 0)
    return pc
  },
}

/** Two connections and their open channels; whatever becomes of the test, nothing stays behind. */
async function connectedPair() {
  const pair = createPair(library)
  const [ours, theirs] = await openChannels(pair)
  return {
    ...pair,
    ours,
    theirs,
    async [Symbol.asyncDispose]() {
      await Promise.all([pair.a[Symbol.asyncDispose](), pair.b[Symbol.asyncDispose]()])
    },
  }
}

/** Writes down the close event of a channel. */
function closeEvents(channel: Channel): readonly string[] {
  const events: string[] = []
  channel.addEventListener('close', () => events.push('close'))
  return events
}

describe('using a connection', () => {
  test('closes it at the end of the block, also when the block throws', () => {
    const connections: Connection[] = []
    const block = (): void => {
      using pc = createConnection(library)
      connections.push(pc)
      throw new RangeError('of the application')
    }
    expect(block).toThrow(RangeError)
    expect(connections.map(({ connectionState }) => connectionState)).toEqual(['closed'])
  })

  test('closed before: it is no error', async () => {
    await using pc = createConnection(library)
    using again = pc
    again.close()
  })
})

describe('P8, P9: await using a connection goes on when it holds nothing any more', () => {
  for (const [state, reach] of Object.entries(STATES)) {
    test(state, async () => {
      const pc = await reach()
      await pc[Symbol.asyncDispose]()
      expect(resourcesOf(pc)).toEqual(NOTHING)
      expect(pc.connectionState).toBe('closed')
    })
  }

  test('connected, with messages queued, on both sides', async () => {
    await using pair = await connectedPair()
    expect(resourcesOf(pair.a).sockets).toBeGreaterThan(0)
    expect(resourcesOf(pair.a).timers).toBeGreaterThan(0)
    for (const channel of [pair.ours, pair.theirs]) for (let i = 0; i < 50; i++) channel.send(new Uint8Array(65_536))
    {
      await using a = pair.a
      await using b = pair.b
      expect([a.connectionState, b.connectionState]).toEqual(['connected', 'connected'])
    }
    expect([resourcesOf(pair.a), resourcesOf(pair.b)]).toEqual([NOTHING, NOTHING])
  })

  test('after close() and while another await waits', async () => {
    const pc = await STATES['gathered']!()
    pc.close()
    await Promise.all([pc[Symbol.asyncDispose](), pc[Symbol.asyncDispose]()])
    expect(resourcesOf(pc)).toEqual(NOTHING)
  })

  test('the close events of its channels were fired', async () => {
    await using pair = await connectedPair()
    const { ours } = pair
    const events = closeEvents(ours)
    await pair.a[Symbol.asyncDispose]()
    expect(events).toEqual(['close'])
  })
})

describe('using a channel', () => {
  test('D4: what was sent in the block arrives, and await using goes on after close', async () => {
    await using pair = await connectedPair()
    const { ours, theirs } = pair
    let received = 0
    theirs.addEventListener('message', ({ data }) => (received += (data as ArrayBuffer).byteLength))
    const events = closeEvents(ours)
    {
      await using channel: Channel = ours
      for (let i = 0; i < 100; i++) channel.send(new Uint8Array(65_536))
    }
    expect(events).toEqual(['close'])
    expect(ours.readyState).toBe('closed')
    expect(received).toBe(100 * 65_536)
  })

  test('using starts the closing procedure', async () => {
    await using pair = await connectedPair()
    const { ours, theirs } = pair
    const closed = once(theirs, 'close')
    {
      using channel = ours
      channel.send('last')
    }
    expect(ours.readyState).toBe('closing')
    await closed
  })

  test('both in one block: the channel ends first, with all that was sent, then the connection', async () => {
    await using connected = await connectedPair()
    const events: string[] = []
    let received = 0
    const closed = once<Event & { channel: Channel }>(connected.b, 'datachannel').then(async ({ channel }) => {
      channel.addEventListener('message', ({ data }) => (received += (data as ArrayBuffer).byteLength))
      for (const type of ['closing', 'error', 'close']) channel.addEventListener(type, () => events.push(type))
      await once(channel, 'close')
    })
    {
      await using a = connected.a
      await using channel = a.createDataChannel('late')
      await once(channel, 'open')
      for (let i = 0; i < 50; i++) channel.send(new Uint8Array(65_536))
    }
    expect(resourcesOf(connected.a)).toEqual(NOTHING)
    await closed
    expect(events).toEqual(['closing', 'close'])
    expect(received).toBe(50 * 65_536)
  })

  test('its connection was closed before: it goes on after close all the same', async () => {
    await using pair = await connectedPair()
    const { ours } = pair
    const events = closeEvents(ours)
    pair.a.close()
    await ours[Symbol.asyncDispose]()
    expect(events).toEqual(['close'])
    await ours[Symbol.asyncDispose]() // and at once, when it was
  })

  test('its connection is closed while it waits', async () => {
    await using pair = await connectedPair()
    const { ours } = pair
    const disposed = ours[Symbol.asyncDispose]()
    pair.a.close()
    await disposed
  })

  test('it never got to open: nothing was negotiated', async () => {
    await using pc = createConnection(library)
    const channel = pc.createDataChannel('')
    await channel[Symbol.asyncDispose]()
    expect(channel.readyState).toBe('closed')
  })
})
