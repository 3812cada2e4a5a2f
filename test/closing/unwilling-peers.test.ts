import { describe, expect, test } from 'vitest'
import { CHUNK_INIT, CHUNK_INIT_ACK } from '../../src/sctp/packet/chunk-type.js'
import { putChecksum } from '../../src/sctp/packet/crc32c.js'
import {
  RESULT_BAD_SEQUENCE_NUMBER,
  RESULT_DENIED,
  RESULT_IN_PROGRESS,
  RESULT_PERFORMED,
  RESULT_WRONG_SSN,
} from '../../src/sctp/packet/reconfig-parameter.js'
import { APPLICATION_DATA, tap } from './support/datagram-tap.js'
import { reconfigParameters, tapSctp } from './support/sctp-tap.js'
import { VirtualPair } from './support/virtual-pair.js'

// D5, as an application sees it: peers that cannot reset their streams now, or ever.

const RTT_MILLIS = 20
const LINK = { latencyMillis: RTT_MILLIS / 2 }
const SUPPORTED_EXTENSIONS = [0x80, 0x08] as const
const COMMON_HEADER_LENGTH = 12

/** The results that peers answered resets with, in order (RFC 6525 §4.4). */
function tapResults(change: (result: number) => number = (result) => result): number[] {
  const results: number[] = []
  tapSctp((packet) => {
    for (const { parameter, end } of reconfigParameters(packet)) {
      if (parameter.type !== 'response') continue
      const result = change(parameter.result)
      packet[end - 1] = result
      results.push(result)
    }
    return true
  })
  return results
}

/** The parameter that lists RE-CONFIG becomes one that every receiver skips (RFC 9260 §3.2.1). */
function hideExtensions(packet: Uint8Array): boolean {
  const type = packet[COMMON_HEADER_LENGTH]
  if (type !== CHUNK_INIT && type !== CHUNK_INIT_ACK) return true
  for (let at = COMMON_HEADER_LENGTH; at + 1 < packet.length; at += 4) {
    if (packet[at] !== SUPPORTED_EXTENSIONS[0] || packet[at + 1] !== SUPPORTED_EXTENSIONS[1]) continue
    packet[at + 1] = 0x77
    putChecksum(packet)
  }
  return true
}

async function end(pair: VirtualPair): Promise<void> {
  await pair.end()
  expect(pair.violations()).toEqual([])
}

describe('D5: the peer cannot reset now', () => {
  test('"in progress" (result 6) while it waits for data of another channel: asked again, closed on both sides', async () => {
    const pair = new VirtualPair({ link: LINK })
    const [ours] = await pair.channels('test')
    const [busy, theirBusy] = await pair.channels('busy')
    await pair.network.runFor(1000)
    const results = tapResults()
    let isLost = false
    tap(pair.network, ({ contentType }) => contentType !== APPLICATION_DATA || isLost || !(isLost = true))
    busy.send('is lost once')
    await pair.network.runFor(1)
    ours.close()
    await pair.network.run({ until: () => ours.readyState === 'closed', maxVirtualMillis: 5000 })
    expect(results.slice(0, 2)).toEqual([RESULT_IN_PROGRESS, RESULT_PERFORMED])
    expect(pair.a.channels[0]!.events).toEqual(['open', 'close'])
    await pair.network.runFor(RTT_MILLIS)
    expect(pair.b.channels[0]!.events).toEqual(['open', 'closing', 'close'])
    expect(pair.b.channels[1]!.messages).toEqual(['is lost once'])
    expect([busy.readyState, theirBusy.readyState]).toEqual(['open', 'open'])
    await end(pair)
  })

  test('no reset gets through for ten seconds: asked for again and again, closing all the while, then closed', async () => {
    const pair = new VirtualPair({ link: LINK })
    const [ours] = await pair.channels('test')
    await pair.network.runFor(1000)
    let isReady = false
    let asked = 0
    tapSctp((packet) => {
      for (const { parameter } of reconfigParameters(packet)) if (parameter.type === 'outgoingReset') asked++
      return isReady || reconfigParameters(packet).length === 0
    })
    ours.close()
    await pair.network.runFor(10_000)
    expect(asked).toBeGreaterThan(1)
    expect(ours.readyState).toBe('closing')
    isReady = true
    await pair.network.run({ until: () => ours.readyState === 'closed', maxVirtualMillis: 60_000 })
    expect(pair.a.channels[0]!.events).toEqual(['open', 'close'])
    await pair.network.runFor(RTT_MILLIS)
    expect(pair.b.channels[0]!.events).toEqual(['open', 'closing', 'close'])
    await end(pair)
  })
})

describe('D5: the peer cannot reset at all', () => {
  test('it does not know RE-CONFIG: what was sent arrives, then ours is closed, and its id is never used again', async () => {
    tapSctp(hideExtensions)
    const pair = new VirtualPair({ link: LINK }, { tincan: { sctpNegotiationAcceleration: false } })
    const [ours] = await pair.channels('test')
    const { id } = ours
    for (let i = 0; i < 50; i++) ours.send(new Uint8Array(10_000))
    ours.close()
    expect(ours.readyState).toBe('closing')
    await pair.network.run({ until: () => ours.readyState === 'closed', maxVirtualMillis: 5000 })
    expect(pair.b.channels[0]!.messages).toHaveLength(50)
    expect(pair.a.channels[0]!.milestones).toEqual(['open', 'close'])
    const [after, theirs] = await pair.channels('after')
    expect(after.id).not.toBe(id)
    after.send('lives')
    await pair.network.runFor(RTT_MILLIS)
    expect(theirs.readyState).toBe('open')
    expect(pair.b.channels[1]!.messages).toEqual(['lives'])
    await end(pair)
  })

  test.each([
    ['denied', RESULT_DENIED],
    ['wrong stream number', RESULT_WRONG_SSN],
    ['bad sequence number', RESULT_BAD_SEQUENCE_NUMBER],
  ])('it answers "%s": ours is closed without an error, and the connection carries on', async (_, refusal) => {
    const pair = new VirtualPair({ link: LINK })
    const [ours] = await pair.channels('test')
    await pair.network.runFor(1000)
    tapResults(() => refusal)
    ours.send('before')
    ours.close()
    await pair.network.run({ until: () => ours.readyState === 'closed', maxVirtualMillis: 5000 })
    expect(pair.b.channels[0]!.messages).toEqual(['before'])
    expect(pair.a.channels[0]!.milestones).toEqual(['open', 'close'])
    const [after] = await pair.channels('after')
    expect(after.readyState).toBe('open')
    await end(pair)
  })

  test('it performs our reset and never asks for its own: closed after half a minute of silence', async () => {
    const pair = new VirtualPair({ link: LINK })
    const [ours] = await pair.channels('test')
    await pair.network.runFor(1000)
    let requests = 0
    // The first is ours. The answer to it passes.
    tapSctp((packet) => {
      const asks = reconfigParameters(packet).some(({ parameter }) => parameter.type === 'outgoingReset')
      return !asks || ++requests === 1
    })
    ours.close()
    await pair.network.runFor(29_000)
    expect(ours.readyState).toBe('closing')
    await pair.network.runFor(2000)
    expect(ours.readyState).toBe('closed')
    expect(pair.a.channels[0]!.events).toEqual(['open', 'close'])
    await end(pair)
  })
})
