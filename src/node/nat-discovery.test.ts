import { describe, expect, test } from 'vitest'
import type { VirtualIo } from '../../test/support/virtual-io.js'
import type { NatDependence } from '../../test/support/virtual-nat.js'
import { VirtualNetwork } from '../../test/support/virtual-network.js'
import { SERVER_PORT, serveBehavior } from './behavior-server.test-support.js'
import type { BehaviorServerOptions } from './behavior-server.test-support.js'
import { natBehaviors } from './nat-discovery.js'
import type { NatBehavior } from './nat-discovery.js'
import { parseServerUrl } from './server-url.js'

const LOCAL = '192.168.1.2'
const PUBLIC = '203.0.113.9'
const ADDRESSES = ['198.51.100.1', '198.51.100.2'] as const
const URL = `stun:${ADDRESSES[0]}`
const DEPENDENCES = ['endpoint-independent', 'address-dependent', 'address-and-port-dependent'] as const

async function server(
  network: VirtualNetwork,
  options: BehaviorServerOptions = { addresses: ADDRESSES },
): Promise<void> {
  await serveBehavior(network.host({ addresses: options.addresses }), options)
}

async function behind(network: VirtualNetwork, mapping: NatDependence, filtering: NatDependence): Promise<VirtualIo> {
  return network.nat({ publicAddress: PUBLIC, mapping, filtering }).host({ addresses: [LOCAL] })
}

async function discovered(network: VirtualNetwork, io: VirtualIo, urls: readonly string[]): Promise<NatBehavior[]> {
  let found: NatBehavior[] | undefined
  void natBehaviors({ io, urls: urls.map((url) => parseServerUrl(url)!) }).then((value) => (found = value))
  await network.run({ until: () => found !== undefined, maxVirtualMillis: 8000 })
  expect(io.held).toEqual({ sockets: 0, timers: 0 })
  return found!
}

describe('a server with two addresses', () => {
  const combinations = DEPENDENCES.flatMap((mapping) => DEPENDENCES.map((filtering) => [mapping, filtering] as const))

  test.each(combinations)('tells %s mapping and %s filtering', async (mapping, filtering) => {
    const network = new VirtualNetwork({ seed: 5 })
    await server(network)
    const io = await behind(network, mapping, filtering)
    const [behavior] = await discovered(network, io, [URL])
    expect(behavior).toMatchObject({ localAddress: LOCAL, isTranslated: true, mapping, filtering })
    expect(behavior!.servers).toEqual([
      expect.objectContaining({ url: URL, address: ADDRESSES[0], port: SERVER_PORT, mappedAddress: PUBLIC }),
    ])
    expect(behavior!.servers[0]!.roundTripMillis).toBe(10)
    // Where every destination has a mapping of its own, its filter lets nobody else in.
    const isOpen = mapping === 'endpoint-independent' || filtering === 'endpoint-independent'
    if (isOpen) expect(behavior!.hairpinning).toBe(true)
  })

  test('no NAT: not translated, nothing filtered, nothing to hairpin', async () => {
    const network = new VirtualNetwork()
    await server(network)
    const io = network.host({ addresses: ['192.0.2.7'] })
    expect(await discovered(network, io, [URL])).toMatchObject([
      { isTranslated: false, mapping: 'endpoint-independent', filtering: 'endpoint-independent', hairpinning: null },
    ])
  })

  test('the same on a network that loses and doubles', async () => {
    const network = new VirtualNetwork({ seed: 11, link: { lossRatio: 0.1, duplicateRatio: 0.2, jitterMillis: 20 } })
    await server(network)
    const io = await behind(network, 'address-dependent', 'endpoint-independent')
    expect(await discovered(network, io, [URL])).toMatchObject([
      { mapping: 'address-dependent', filtering: 'endpoint-independent' },
    ])
  })
})

describe('servers with one address', () => {
  const other = 'stun:198.51.100.77'

  async function compared(mapping: NatDependence, urls: readonly string[]): Promise<NatBehavior> {
    const network = new VirtualNetwork()
    await server(network, { addresses: [ADDRESSES[0]] })
    await server(network, { addresses: ['198.51.100.77'] })
    const [behavior] = await discovered(network, await behind(network, mapping, 'endpoint-independent'), urls)
    return behavior!
  }

  test('two of them tell about mapping, and nothing about filtering', async () => {
    expect(await compared('endpoint-independent', [URL, other])).toMatchObject({
      mapping: 'endpoint-independent',
      filtering: null,
      hairpinning: true,
    })
    expect(await compared('address-dependent', [URL, other])).toMatchObject({ mapping: 'endpoint-dependent' })
  })

  test('one tells nothing of it, and is named by each URL that leads to it', async () => {
    const behavior = await compared('address-dependent', [URL, `turn:${ADDRESSES[0]}`])
    expect(behavior).toMatchObject({ mapping: null, filtering: null, isTranslated: true })
    expect(behavior.servers.map(({ url }) => url)).toEqual([URL, `turn:${ADDRESSES[0]}`])
  })

  test('the same address with another port tells of a difference alone', async () => {
    const urls = [URL, `${URL}:${SERVER_PORT + 1}`]
    expect(await compared('address-dependent', urls)).toMatchObject({ mapping: null })
    expect(await compared('address-and-port-dependent', urls)).toMatchObject({ mapping: 'endpoint-dependent' })
  })
})

describe('servers that promise too much', () => {
  const behaviorWith = async (options: Partial<BehaviorServerOptions>): Promise<NatBehavior> => {
    const network = new VirtualNetwork()
    await server(network, { addresses: ADDRESSES, ...options })
    const io = await behind(network, 'endpoint-independent', 'endpoint-independent')
    return (await discovered(network, io, [URL]))[0]!
  }

  test('one that ignores CHANGE-REQUEST tells nothing about filtering', async () => {
    expect(await behaviorWith({ ignoresChange: true })).toMatchObject({
      mapping: 'endpoint-independent',
      filtering: null,
    })
  })

  test('one whose other address does not exist is taken for one with a single address', async () => {
    const claims = { address: '198.51.100.99', port: 3479 }
    expect(await behaviorWith({ claims, ignoresChange: true })).toMatchObject({ mapping: null, filtering: null })
  })

  test.each(['127.0.0.1', '224.0.0.1', '255.255.255.255', '0.0.0.0', '2001:db8::1', ADDRESSES[0]])(
    'nothing is sent to %s',
    async (address) => {
      expect(await behaviorWith({ claims: { address, port: 3479 } })).toMatchObject({ mapping: null, filtering: null })
    },
  )
})

test('nobody answers: nothing is told, and nothing is left', async () => {
  const network = new VirtualNetwork()
  const io = network.host({ addresses: ['192.0.2.7'] })
  expect(await discovered(network, io, [URL])).toEqual([])
})

test('names are resolved; what resolves to no address that can be reached is left out', async () => {
  const network = new VirtualNetwork({ names: { 'stun.example': ['2001:db8::7', ADDRESSES[0]] } })
  await server(network)
  const io = network.host({ addresses: ['192.0.2.7'] })
  const [behavior] = await discovered(network, io, ['stun:stun.example', 'stun:nobody.example'])
  expect(behavior!.servers.map(({ url, address }) => [url, address])).toEqual([['stun:stun.example', ADDRESSES[0]]])
})

test('an abort ends everything at once', async () => {
  const network = new VirtualNetwork()
  const io = network.host({ addresses: ['192.0.2.7'] })
  const abort = new AbortController()
  let found: NatBehavior[] | undefined
  const urls = [parseServerUrl(URL)!]
  void natBehaviors({ io, urls, signal: abort.signal }).then((value) => (found = value))
  await network.runFor(100)
  expect(io.held.sockets).toBe(2)
  abort.abort()
  await network.runFor(0)
  expect(found).toEqual([])
  expect(io.held).toEqual({ sockets: 0, timers: 0 })
})
