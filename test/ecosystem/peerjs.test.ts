import '../../src/globals.js'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PeerServer } from 'peer'
import './support/node-22.js'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { peerJsAdapter as Adapter, PeerJsOptions } from './adapters/peerjs.js'
import { permitLeftovers } from '../support/leak-guard.js'
import { startChild } from './support/child-side.js'
import { block, digestOf, POUR_BLOCK_BYTES, pourDigest } from './support/payload.js'
import { LibraryBrowser, startHere } from './support/sides.js'
import type { Side } from './support/sides.js'

permitLeftovers('Timeout', 'PeerServer looks for broken connections at intervals')
permitLeftovers('TCPSERVERWRAP', 'PeerServer lives as long as the file')
permitLeftovers('TCPWRAP', 'the peers hold connections to PeerServer, which end with it')
permitLeftovers('TCPSOCKETWRAP', 'the peers hold connections to PeerServer, which end with it')

const POURED_BLOCKS = 70

type Start = (options: PeerJsOptions) => Promise<Side>

let server: Server
let peerJsAdapter: typeof Adapter
let serial = 0
let opened: Side[] = []

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    PeerServer({ port: 0, host: '127.0.0.1', path: '/', expire_timeout: 200, cleanup_out_msgs: 100 }, (started) => {
      server = started
      resolve()
    })
  })
  // It looks at RTCPeerConnection when it is loaded: tincan-rtc/globals comes first.
  ;({ peerJsAdapter } = await import('./adapters/peerjs.js'))
})

afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

afterEach(async () => {
  for (const side of opened) await side.run('destroy')
  opened = []
})

const ours: Start = async (options) => await startHere(peerJsAdapter, options)

function options(): PeerJsOptions {
  return {
    id: `peer-${++serial}`,
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    path: '/',
    secure: false, // else it asks `location`
    config: { iceServers: [], tincan: { includeLoopback: true } },
  }
}

async function connectedPair(caller: Start, called: Start, given: object = {}): Promise<[Side, Side]> {
  const calledOptions = options()
  const pair: [Side, Side] = [await caller(options()), await called(calledOptions)]
  opened.push(...pair)
  await pair[0].run('connect', calledOptions.id, { reliable: true, ...given })
  await Promise.all(pair.map(async ({ log }) => await log.wait('connection open')))
  return pair
}

const VALUE = { text: 'grüß dich', list: [1, 2.5, true, null], deep: { est: 'yes' } }

function scenarios(caller: Start, called: Start): void {
  const open = async (given: object = {}) => await connectedPair(caller, called, given)

  test.each(['binary', 'json'])(
    'serialization %s: values go both ways, metadata and label with the connection',
    async (serialization) => {
      const [a, b] = await open({ serialization, metadata: { colour: 'blue' }, label: 'chat' })
      expect(b.log.details('connection')).toEqual([{ colour: 'blue' }])
      expect(b.log.details('connection open')).toEqual(['chat'])
      await a.run('send', VALUE)
      await b.run('send', VALUE)
      expect(await b.log.wait('data')).toEqual([VALUE])
      expect(await a.log.wait('data')).toEqual([VALUE])
    },
  )

  test('serialization raw: text and bytes as they are', async () => {
    const [a, b] = await open({ serialization: 'raw' })
    await b.run('send', 'grüß dich')
    await b.run('sendBlock', 10_000, 3)
    expect(await a.log.wait('data')).toEqual(['grüß dich'])
    expect(await a.log.wait('binary')).toEqual([digestOf(block(10_000, 3))])
  })

  test('4 MiB in messages that it cuts into chunks, whole and in order, from either side', async () => {
    const [a, b] = await open()
    for (const [source, sink] of [
      [a, b],
      [b, a],
    ] as const) {
      await source.run('pour', POURED_BLOCKS)
      expect((await sink.log.wait('poured', POURED_BLOCKS)).at(-1)).toEqual(pourDigest(POURED_BLOCKS))
    }
  })

  test.each(['caller', 'called'])('the %s closes the connection: the other one is told', async (who) => {
    const [a, b] = await open()
    const [closer, left] = who === 'caller' ? [a, b] : [b, a]
    await closer.run('closeConnection', false)
    await left.log.wait('connection close')
    expect(closer.log.details('connection close')).toHaveLength(1)
    expect([...a.log.details('error'), ...b.log.details('error')]).toEqual([])
  })

  test('close({ flush }) has sent everything before the other side closes', async () => {
    const [a, b] = await open()
    await a.run('pour', 20)
    await a.run('closeConnection', true)
    await b.log.wait('connection close')
    expect(b.log.details('poured').at(-1)).toEqual(pourDigest(20))
  })

  test('two peers connect anew after that; destroy() closes what is open', async () => {
    const [a, b] = await open()
    await a.run('destroy')
    await b.log.wait('connection close')
    const [c, d] = await open()
    await c.run('send', 'again')
    expect(await d.log.wait('data')).toEqual(['again'])
  })
}

describe('PeerJS, both sides in Node', () => {
  scenarios(ours, ours)

  test('nobody of that name: peer-unavailable, and the peer lives on', async () => {
    const side = await ours(options())
    opened.push(side)
    await side.run('connect', 'nobody-at-all', {})
    expect(await side.log.wait('error')).toMatchObject([{ type: 'peer-unavailable' }])
  })

  test('a taken name: unavailable-id', async () => {
    const given = options()
    opened.push(await ours(given))
    await expect(ours(given)).rejects.toMatchObject({ type: 'unavailable-id' })
  })

  test('disconnect() from the server leaves the connections', async () => {
    const [a, b] = await connectedPair(ours, ours)
    await a.run('disconnect')
    await a.log.wait('disconnected')
    await a.run('send', 'still here')
    expect(await b.log.wait('data')).toEqual(['still here'])
    await b.run('send', 'and back')
    expect(await a.log.wait('data')).toEqual(['and back'])
  })

  test('a process with PeerJS ends by itself after destroy()', async () => {
    const child = await startChild('peerjs', 'peerJsAdapter', options())
    const called = options()
    const side = await ours(called)
    opened.push(side)
    await child.run('connect', called.id, {})
    await child.log.wait('connection open')
    await child.run('destroy')
    await side.log.wait('connection close')
    expect(await child.exit()).toEqual({ code: 0, stderr: '' })
  })

  test('a block is one message where it fits', () => {
    expect(POUR_BLOCK_BYTES).toBeGreaterThan(16_300)
  })
})

describe.skipIf(LibraryBrowser.isMissing)('PeerJS in Node and in Chromium', () => {
  let chromium: LibraryBrowser
  beforeAll(async () => {
    chromium = await LibraryBrowser.start('peerjs')
  })
  afterAll(async () => await chromium.end())
  const theirs: Start = async (given) => await chromium.open(given)

  describe('Node calls', () => scenarios(ours, theirs))
  describe('Chromium calls', () => scenarios(theirs, ours))
})
