import '../../src/globals.js'
import './support/node-22.js'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { permitLeftovers } from '../support/leak-guard.js'
import { trysteroAdapter } from './adapters/trystero.js'
import type { TrysteroOptions } from './adapters/trystero.js'
import { startChild } from './support/child-side.js'
import { NostrRelay } from './support/nostr-relay.js'
import { block, digestOf } from './support/payload.js'
import { LibraryBrowser, startHere } from './support/sides.js'
import type { Side } from './support/sides.js'

for (const kind of ['TCPSERVERWRAP', 'TCPWRAP', 'TCPSOCKETWRAP']) {
  permitLeftovers(kind, 'trystero keeps its connections to the relay, which ends with the file')
}
permitLeftovers('Timeout', 'trystero announces itself at intervals, and keeps offers ready for who may come')
permitLeftovers('UDPWRAP', 'trystero keeps offers ready for who may come, with their sockets')

const LARGE_BYTES = 4 * 1_048_576

let relay: NostrRelay
let serial = 0

beforeAll(async () => {
  relay = await NostrRelay.start()
})
afterAll(async () => await relay.end())

function options(): TrysteroOptions {
  const rtcConfig = { iceServers: [], tincan: { includeLoopback: true } }
  return {
    room: `room ${++serial}`,
    config: { appId: 'tincan-ecosystem', password: 'secret', rtcConfig, relayConfig: { urls: [relay.url] } },
  }
}

type Other = (options: TrysteroOptions) => Promise<Side & { leave(): Promise<void> }>

function scenarios(other: Other): void {
  let ours: Side
  let theirs: Side & { leave(): Promise<void> }

  const meet = async (): Promise<void> => {
    const given = options()
    ours = await startHere(trysteroAdapter, given)
    theirs = await other(given)
    await Promise.all([ours.log.wait('join'), theirs.log.wait('join')])
  }

  afterEach(async () => {
    await ours.run('leave')
    await theirs.leave()
  })

  test('they find each other; values, requests and pings go both ways', async () => {
    await meet()
    const [theirId] = (await ours.log.wait('join')) as string[]
    const [ourId] = (await theirs.log.wait('join')) as string[]
    expect(await theirs.run('selfId')).toBe(theirId)
    for (const [from, to, toId] of [
      [ours, theirs, theirId],
      [theirs, ours, ourId],
    ] as const) {
      await from.run('send', { text: 'grüß dich', list: [1, null] })
      expect(await to.log.wait('data')).toEqual([{ text: 'grüß dich', list: [1, null] }])
      expect(await from.run('ask', 'louder', toId)).toBe('LOUDER')
      expect(await from.run('ping', toId)).toBeGreaterThanOrEqual(0)
    }
  })

  test('4 MiB, which it cuts and throttles, whole and with its metadata, from either side', async () => {
    await meet()
    for (const [from, to] of [
      [ours, theirs],
      [theirs, ours],
    ] as const) {
      await from.run('sendBlock', LARGE_BYTES, 5)
      expect(await to.log.wait('binary')).toEqual([{ ...digestOf(block(LARGE_BYTES, 5)), metadata: { seed: 5 } }])
      expect(from.log.details('progress').at(-1)).toBe(1)
    }
  })

  test.each(['we', 'they'])('%s leave the room: the other one is told', async (who) => {
    await meet()
    const [leaver, left] = who === 'we' ? [ours, theirs] : [theirs, ours]
    const [id] = await left.log.wait('join')
    await leaver.run('leave')
    expect(await left.log.wait('leave')).toEqual([id])
  })
}

describe('trystero in this process and in another one', () => {
  scenarios(async (given) => {
    // A process with trystero does not end by itself: it keeps its relays, and each connection for two minutes more.
    const { kill, ...side } = await startChild('trystero', 'trysteroAdapter', given)
    return { ...side, leave: kill }
  })
})

describe.skipIf(LibraryBrowser.isMissing)('trystero in Node and in Chromium', () => {
  let chromium: LibraryBrowser
  beforeAll(async () => {
    chromium = await LibraryBrowser.start('trystero')
  })
  afterAll(async () => await chromium.end())

  scenarios(async (given) => {
    const { close, ...side } = await chromium.open(given)
    return { ...side, leave: close }
  })
})
