import * as wrtc from '../../src/index.js'
import '../../src/globals.js'
import ThaUnknownPeer from '@thaunknown/simple-peer'
import SimplePeer from 'simple-peer'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { permitLeftovers } from '../support/leak-guard.js'
import { simplePeerAdapter } from './adapters/simple-peer.js'
import type { SimplePeerOptions, StreamPeerClass } from './adapters/simple-peer.js'
import { startChild } from './support/child-side.js'
import { block, digestOf, POUR_BLOCK_BYTES, pourDigest } from './support/payload.js'
import { LibraryBrowser, startHere } from './support/sides.js'
import type { Side } from './support/sides.js'

permitLeftovers('Timeout', 'simple-peer waits five seconds for the end of gathering, whether it is destroyed or not')

const config = { iceServers: [], tincan: { includeLoopback: true } }

/** 4 MiB, of which simple-peer lets 64 KiB into the channel at a time. */
const POURED_BLOCKS = 70
const MAX_BUFFERED_BYTES = 65_536

/** What a destroyed simple-peer leaves to the other side: its connection was closed (RFC 9260 §3.3.10.12). */
const ABORTED = { code: 'ERR_DATA_CHANNEL', message: expect.stringContaining('User-Initiated Abort') as string }

type Start = (options: SimplePeerOptions) => Promise<Side>

let opened: Side[] = []

afterEach(async () => {
  for (const side of opened) await side.run('destroy')
  await Promise.all(opened.map(async ({ log }) => await log.wait('over')))
  opened = []
})

/** Signals go across as JSON, as over any server. */
function wire(a: Side, b: Side): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.log.listen('signal', (signal) => {
      to.run('signal', JSON.parse(JSON.stringify(signal))).catch((error: unknown) =>
        to.log.tell('refused', String(error)),
      )
    })
  }
}

async function startPair(initiator: Start, other: Start, options: object = {}): Promise<[Side, Side]> {
  const pair = [
    await initiator({ initiator: true, config, ...options }),
    await other({ initiator: false, config, ...options }),
  ] satisfies Side[]
  opened.push(...pair)
  wire(...(pair as [Side, Side]))
  return pair as [Side, Side]
}

async function connectedPair(initiator: Start, other: Start, options: object = {}): Promise<[Side, Side]> {
  const pair = await startPair(initiator, other, options)
  await Promise.all(pair.map(async ({ log }) => await log.wait('connect')))
  return pair
}

/**
 * destroy() closes the channel, then the connection. Ours ends both in one task, so that the ABORT is what is seen. In Chromium
 * the two calls are separate tasks of another thread: the channel's closing procedure may be over before the second begins.
 */
function expectEndTold(errors: unknown[], destroyer: Side): void {
  if (destroyer.isInBrowser && errors.length === 0) return
  expect(errors).toEqual([ABORTED])
}

function scenarios(initiator: Start, other: Start): void {
  const open = async (options: object = {}) => await connectedPair(initiator, other, options)

  test('connects, tells its addresses; text and binary go both ways', async () => {
    const [a, b] = await open({ objectMode: true })
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      await from.run('sendText', 'grüß dich')
      await from.run('sendBlock', 10_000, 7)
      expect(await to.log.wait('text')).toEqual(['grüß dich'])
      expect(await to.log.wait('data')).toEqual([digestOf(block(10_000, 7))])
    }
    expect(await a.run('address')).toMatchObject({ port: expect.any(Number) as number })
  })

  test.each(['initiator', 'other'])(
    'the stream of the %s carries 4 MiB with back-pressure, whole and in order',
    async (from) => {
      const [a, b] = await open()
      const [source, sink] = from === 'initiator' ? [a, b] : [b, a]
      const most = (await source.run('pour', POURED_BLOCKS)) as number
      expect(most).toBeLessThanOrEqual(MAX_BUFFERED_BYTES + POUR_BLOCK_BYTES)
      const expected = pourDigest(POURED_BLOCKS)
      const all = await sink.log.until('end of what was poured', () => {
        const digest = sink.log.details('poured').at(-1) as typeof expected | undefined
        return digest?.bytes === expected.bytes ? digest : undefined
      })
      expect(all).toEqual(expected)
    },
  )

  test.each(['initiator', 'other'])('destroy() by the %s: the other one is told, and closes', async (who) => {
    const [a, b] = await open()
    const [destroyer, left] = who === 'initiator' ? [a, b] : [b, a]
    await destroyer.run('destroy')
    await left.log.wait('over')
    await destroyer.log.wait('over')
    expect(destroyer.log.details('error')).toEqual([])
    expectEndTold(left.log.details('error'), destroyer)
    expect(await left.run('state')).toMatchObject({ connected: false })
  })

  test.each(['initiator', 'other'])('addTransceiver() of the %s negotiates anew, and data goes on', async (who) => {
    const [a, b] = await open()
    const [adder, left] = who === 'initiator' ? [a, b] : [b, a]
    await adder.run('addTransceiver', 'audio')
    await a.log.wait('negotiated', 2)
    await b.log.wait('negotiated', 2)
    await adder.run('sendBlock', 100, 1)
    expect(await left.log.wait('data')).toEqual([digestOf(block(100, 1))])
    expect([...a.log.details('error'), ...b.log.details('error')]).toEqual([])
  })

  test('connects anew after that, as often as wanted', async () => {
    for (let i = 0; i < 3; i++) {
      const [a, b] = await open()
      await a.run('sendBlock', 100, i)
      expect(await b.log.wait('data')).toEqual([digestOf(block(100, i))])
      await a.run('destroy')
      await b.log.wait('over')
    }
  })

  test('without trickling, and with an unordered channel that gives up', async () => {
    const [a, b] = await open({ trickle: false, channelConfig: { ordered: false, maxRetransmits: 3 } })
    expect(a.log.details('signal')).toHaveLength(1)
    await b.run('sendBlock', 1000, 1)
    expect(await a.log.wait('data')).toEqual([digestOf(block(1000, 1))])
  })
}

for (const [name, { Peer, options }] of Object.entries(LIBRARIES())) {
  const ours: Start = async (given) => await startHere(simplePeerAdapter(Peer), { ...options, ...given })

  describe(`${name}, both sides in Node`, () => {
    scenarios(ours, ours)

    test('end() closes both sides without an error', async () => {
      const [a, b] = await connectedPair(ours, ours)
      await a.run('pour', 20)
      await a.run('end')
      await Promise.all([a.log.wait('over'), b.log.wait('over')])
      expect(a.log.details('error')).toEqual([])
      // The fork closes its connection as soon as the last write is in the channel's buffer: that part may be lost.
      const received = b.log.details('poured').length
      if (Peer === (ThaUnknownPeer as unknown as StreamPeerClass)) expect(received).toBeGreaterThan(0)
      else expect(b.log.details('poured').at(-1)).toEqual(pourDigest(20))
    })

    test('what is no signal ends it with ERR_SIGNALING, a bad description with ERR_SET_REMOTE_DESCRIPTION', async () => {
      const [a, b] = await startPair(ours, ours)
      await b.run('signal', { nonsense: true })
      expect(await b.log.wait('error')).toMatchObject([{ code: 'ERR_SIGNALING' }])
      const [c] = await startPair(ours, ours)
      await c.run('signal', { type: 'answer', sdp: 'v=0\r\nthis is no description' })
      expect(await c.log.wait('error')).toMatchObject([{ code: 'ERR_SET_REMOTE_DESCRIPTION' }])
      await a.run('destroy')
    })

    test('destroy() before it is connected, at any moment, ends it quietly', async () => {
      for (const moment of ['at once', 'signal', 'iceStateChange']) {
        const [a] = await startPair(ours, ours)
        if (moment === 'signal') await a.log.wait('signal')
        await a.run('destroy')
        await a.log.wait('over')
        expect(a.log.details('error')).toEqual([])
      }
    })

    test('a reason given to destroy() is told here, not there', async () => {
      const [a, b] = await connectedPair(ours, ours)
      await a.run('destroy', 'enough')
      await b.log.wait('over')
      expect(await a.log.wait('error')).toEqual([{ code: undefined, message: 'enough' }])
      expect(await b.log.wait('error')).toEqual([ABORTED])
    })
  })
}

function LIBRARIES(): Record<string, { Peer: StreamPeerClass; options: object }> {
  return {
    'simple-peer with the wrtc option': { Peer: SimplePeer as unknown as StreamPeerClass, options: { wrtc } },
    'simple-peer with tincan-rtc/globals': { Peer: SimplePeer as unknown as StreamPeerClass, options: {} },
    '@thaunknown/simple-peer': { Peer: ThaUnknownPeer as unknown as StreamPeerClass, options: {} },
  }
}

const ours: Start = async (given) => await startHere(simplePeerAdapter(SimplePeer as unknown as StreamPeerClass), given)

describe('simple-peer and media', () => {
  test('addTrack() tells the other side of the track', async () => {
    const [a, b] = await connectedPair(ours, ours)
    const track = new wrtc.AudioTrackSource().createTrack()
    await a.run('addTrack', track, new wrtc.MediaStream([track]))
    expect(await b.log.wait('track')).toEqual(['audio'])
    await b.run('sendBlock', 100, 1)
    expect(await a.log.wait('data')).toEqual([digestOf(block(100, 1))])
    track.stop()
  })
})

test('a process with simple-peer ends by itself after destroy(), on either side', async () => {
  for (const who of ['we', 'they']) {
    const child = await startChild('simple-peer-itself', 'simplePeerItself', {
      initiator: true,
      config,
      iceCompleteTimeout: 100,
    })
    const side = await ours({ initiator: false, config })
    opened.push(side)
    wire(child, side)
    await Promise.all([child.log.wait('connect'), side.log.wait('connect')])
    await (who === 'we' ? side : child).run('destroy')
    await child.log.wait('over')
    expect(await child.exit()).toEqual({ code: 0, stderr: '' })
  }
})

describe.skipIf(LibraryBrowser.isMissing)('simple-peer in Node and in Chromium', () => {
  let chromium: LibraryBrowser
  beforeAll(async () => {
    chromium = await LibraryBrowser.start('simple-peer')
  })
  afterAll(async () => await chromium.end())
  const theirs: Start = async (given) => await chromium.open(given)

  describe('Node begins', () => scenarios(ours, theirs))
  describe('Chromium begins', () => scenarios(theirs, ours))
})
