import '../../src/globals.js'
import './support/node-22.js'
import { noise } from '@libp2p/noise'
import { circuitRelayServer } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import type { Libp2p } from 'libp2p'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { permitLeftovers } from '../support/leak-guard.js'
import type { Libp2pOptions, libp2pAdapter as Adapter } from './adapters/libp2p.js'
import { importWithBrowserEntry } from './support/browser-entry.js'
import { pourDigest } from './support/payload.js'
import { LibraryBrowser, startHere } from './support/sides.js'
import type { Side } from './support/sides.js'

for (const kind of ['TCPSERVERWRAP', 'TCPWRAP', 'TCPSOCKETWRAP']) {
  permitLeftovers(kind, 'the relay of libp2p lives as long as the file')
}
permitLeftovers('Timeout', 'the relay of libp2p works at intervals')

const POURED_BLOCKS = 35

type Start = (options: Libp2pOptions) => Promise<Side>

let relay: Libp2p
let libp2pAdapter: typeof Adapter
let opened: Side[] = []

beforeAll(async () => {
  ;({ libp2pAdapter } = (await importWithBrowserEntry('libp2p', '@libp2p/webrtc')) as { libp2pAdapter: typeof Adapter })
  relay = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0/ws'] },
    transports: [webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify(), relay: circuitRelayServer({ reservations: { maxReservations: 1000 } }) },
  })
})
afterAll(async () => await relay.stop())

afterEach(async () => {
  for (const side of opened) await side.run('stop')
  opened = []
})

const ours: Start = async (options) => await startHere(libp2pAdapter, options)

async function openPair(dialer: Start, listener: Start): Promise<[Side, Side]> {
  const options = {
    relay: relay.getMultiaddrs()[0]!.toString(),
    rtcConfiguration: { iceServers: [], tincan: { includeLoopback: true } },
  }
  const pair: [Side, Side] = [await dialer(options), await listener(options)]
  opened.push(...pair)
  const address = await pair[0].run('open', await pair[1].run('address'))
  expect(address).toContain('/webrtc')
  await pair[1].log.wait('stream')
  return pair
}

function scenarios(dialer: Start, listener: Start): void {
  test('2 MiB with back-pressure, whole and in order, either way; then the streams end in order', async () => {
    const [a, b] = await openPair(dialer, listener)
    const expected = pourDigest(POURED_BLOCKS)
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      await from.run('pour', POURED_BLOCKS)
      await to.log.until('end of what was poured', () => {
        const digest = to.log.details('received').at(-1) as typeof expected | undefined
        return digest?.bytes === expected.bytes ? true : undefined
      })
      expect(to.log.details('received').at(-1)).toEqual(expected)
    }
    await Promise.all([a.run('closeStream'), b.run('closeStream')])
    for (const { log } of [a, b]) expect(await log.wait('stream close')).toEqual(['in order'])
  })

  test('a stream that is aborted ends with an error on the other side', async () => {
    const [a, b] = await openPair(dialer, listener)
    await a.run('abortStream')
    expect(await b.log.wait('stream close')).toEqual(['StreamResetError'])
  })

  test('when one side closes the connection both may connect anew', async () => {
    const [a, b] = await openPair(dialer, listener)
    await a.run('closeConnection')
    await a.log.wait('connection close')
    await b.run('closeConnection')
    await b.log.wait('connection close')
    await a.run('open', await b.run('address'))
    await b.log.wait('stream', 2)
  })
}

describe('@libp2p/webrtc, its browser entry, both sides in Node', () => {
  scenarios(ours, ours)

  test('a connection that only the other side closed ends when it has failed: libp2p waits for that', async () => {
    const [a, b] = await openPair(ours, ours)
    await a.run('closeConnection')
    await b.log.wait('connection close')
  })
})

describe.skipIf(LibraryBrowser.isMissing)('@libp2p/webrtc in Node, with its browser entry, and in Chromium', () => {
  let chromium: LibraryBrowser
  beforeAll(async () => {
    chromium = await LibraryBrowser.start('libp2p')
  })
  afterAll(async () => await chromium.end())
  const theirs: Start = async (given) => await chromium.open(given)

  describe('Node dials', () => scenarios(ours, theirs))
  describe('Chromium dials', () => scenarios(theirs, ours))
})
