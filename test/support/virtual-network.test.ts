import { describe, expect, test } from 'vitest'
import type { UdpSocket } from '../../src/node/io.js'
import type { NatDependence } from './virtual-nat.js'
import type { VirtualIo } from './virtual-io.js'
import { VirtualNetwork } from './virtual-network.js'
import type { LinkOptions } from './virtual-network.js'

const ALICE = '192.0.2.1'
const BOB = '192.0.2.2'
const CAROL = '192.0.2.3'

interface Mailbox {
  readonly socket: UdpSocket
  readonly got: { readonly at: number; readonly byte: number; readonly from: string }[]
}

async function mailbox(host: VirtualIo, address: string, port?: number): Promise<Mailbox> {
  const got: { at: number; byte: number; from: string }[] = []
  const range = port === undefined ? undefined : { min: port, max: port }
  const socket = await host.bindUdp(address, range, (data, from) => {
    got.push({ at: host.now(), byte: data[0]!, from: `${from.address} ${from.port}` })
  })
  return { socket, got }
}

async function exchange(seed: number, link: Partial<LinkOptions>, count = 200) {
  const network = new VirtualNetwork({ seed, link })
  const sender = await mailbox(network.host({ addresses: [ALICE] }), ALICE)
  const receiver = await mailbox(network.host({ addresses: [BOB] }), BOB)
  for (let i = 0; i < count; i++) sender.socket.send(Uint8Array.of(i), receiver.socket.local)
  await network.runFor(10_000)
  return { network, got: receiver.got }
}

describe('the link', () => {
  test('a perfect one delivers everything in order after its latency', async () => {
    const { got, network } = await exchange(1, { latencyMillis: 50 })
    expect(got.map(({ byte }) => byte)).toEqual(Array.from({ length: 200 }, (_, i) => i))
    expect(new Set(got.map(({ at }) => at))).toEqual(new Set([1050]))
    expect(network.now).toBe(11_000)
  })

  test('the same seed is the same run; another one is another', async () => {
    const link = { lossRatio: 0.1, duplicateRatio: 0.1, reorderRatio: 0.2, jitterMillis: 3 }
    const [first, second, other] = [await exchange(5, link), await exchange(5, link), await exchange(6, link)]
    expect(second.got).toEqual(first.got)
    expect(other.got).not.toEqual(first.got)
  })

  test('loses, duplicates and reorders about as much as it is told to', async () => {
    const { network, got } = await exchange(9, { lossRatio: 0.2, duplicateRatio: 0.1, reorderRatio: 0.1 }, 2000)
    const { lost, duplicated, delivered, sent } = network.counters
    expect(sent).toBe(2000)
    expect(delivered).toBe(sent - lost + duplicated)
    expect(lost / sent).toBeCloseTo(0.2, 1)
    expect(duplicated / sent).toBeCloseTo(0.08, 1)
    expect(got.some(({ at }, i) => at < (got[i - 1]?.at ?? 0))).toBe(false)
    expect(new Set(got.map(({ at }) => at)).size).toBeGreaterThan(10)
  })

  test('a bottleneck has its rate and its queue', async () => {
    const { network, got } = await exchange(1, { bytesPerMilli: 1, queueBytes: 100, latencyMillis: 5 })
    expect(got).toHaveLength(100)
    expect(got.at(-1)!.at).toBe(1000 + 100 + 5)
    expect(network.counters.overflowed).toBe(100)
  })

  test('the sender may use its buffer again', async () => {
    const network = new VirtualNetwork()
    const host = network.host({ addresses: [ALICE] })
    const { socket, got } = await mailbox(host, ALICE)
    const buffer = Uint8Array.of(1)
    socket.send(buffer, socket.local)
    buffer[0] = 2
    await network.runFor(100)
    expect(got.map(({ byte }) => byte)).toEqual([1])
  })
})

describe('time', () => {
  test('stands still outside of run(), and waits for promises and tasks within', async () => {
    const network = new VirtualNetwork()
    const host = network.host({ addresses: [ALICE] })
    const log: string[] = []
    const timer = host.createTimer(() => {
      log.push(`timer ${host.now()}`)
      host.queueTask(() => {
        log.push(`task ${host.now()}`)
        void Promise.resolve().then(() => timer.arm(host.now() + 1))
      })
    })
    timer.arm(host.now() + 10)
    await new Promise((resolve) => setImmediate(resolve))
    expect(log).toEqual([])
    await network.run({ until: () => log.length === 4 })
    expect(log).toEqual(['timer 1010', 'task 1010', 'timer 1011', 'task 1011'])
    await network.runFor(5)
    timer.arm(Infinity)
    expect(host.held).toEqual({ sockets: 0, timers: 0 })
  })

  test('a condition that never holds fails, and the seed is named', async () => {
    const network = new VirtualNetwork({ seed: 77 })
    await expect(network.run({ until: () => false, maxVirtualMillis: 100 })).rejects.toThrow(/seed 77.*100 virtual ms/)
  })

  test('tasks without an end fail, too', async () => {
    const network = new VirtualNetwork({ seed: 78 })
    let stopped = false
    const again = (): void => {
      if (!stopped) network.queueTask(again)
    }
    again()
    await expect(network.runFor(1)).rejects.toThrow(/seed 78.*still busy/)
    stopped = true
  })
})

describe('hosts', () => {
  test('refuse to bind what is not theirs or taken', async () => {
    const host = new VirtualNetwork().host({ addresses: [ALICE] })
    await expect(host.bindUdp(BOB, undefined, () => {})).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
    await host.bindUdp(ALICE, { min: 5, max: 5 }, () => {})
    await expect(host.bindUdp(ALICE, { min: 5, max: 5 }, () => {})).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  test('an interface that vanishes takes nothing and sends nothing', async () => {
    const network = new VirtualNetwork()
    const [alice, bob] = [network.host({ addresses: [ALICE] }), network.host({ addresses: [BOB] })]
    const [a, b] = [await mailbox(alice, ALICE), await mailbox(bob, BOB)]
    bob.unplug(BOB)
    a.socket.send(Uint8Array.of(1), b.socket.local)
    b.socket.send(Uint8Array.of(2), a.socket.local)
    await network.runFor(100)
    expect([...a.got, ...b.got]).toEqual([])
    expect(b.socket.sendErrors).toBe(1)
    expect(network.counters.unroutable).toBe(1)
    bob.plug(BOB)
    a.socket.send(Uint8Array.of(3), b.socket.local)
    await network.runFor(100)
    expect(b.got.map(({ byte }) => byte)).toEqual([3])
  })
})

describe('a NAT', () => {
  async function behind(filtering: NatDependence, mapping: NatDependence) {
    const network = new VirtualNetwork()
    const nat = network.nat({ publicAddress: ALICE, filtering, mapping })
    const inside = await mailbox(nat.host({ addresses: ['10.0.0.1'] }), '10.0.0.1')
    const bob = network.host({ addresses: [BOB] })
    const [server, sibling] = [await mailbox(bob, BOB, 1), await mailbox(bob, BOB, 2)]
    const stranger = await mailbox(network.host({ addresses: [CAROL] }), CAROL, 3)
    inside.socket.send(Uint8Array.of(0), server.socket.local)
    await network.runFor(50)
    const mapped = { address: ALICE, port: Number(server.got[0]!.from.split(' ')[1]) }
    return { network, nat, inside, server, sibling, stranger, mapped }
  }

  test.each([
    ['endpoint-independent', [1, 2, 3]],
    ['address-dependent', [1, 2]],
    ['address-and-port-dependent', [1]],
  ] as const)('with %s filtering lets in what it should', async (filtering, expected) => {
    const { network, inside, server, sibling, stranger, mapped } = await behind(filtering, 'endpoint-independent')
    server.socket.send(Uint8Array.of(1), mapped)
    sibling.socket.send(Uint8Array.of(2), mapped)
    stranger.socket.send(Uint8Array.of(3), mapped)
    await network.runFor(50)
    expect(inside.got.map(({ byte }) => byte)).toEqual(expected)
    expect(server.got[0]!.from).toBe(`${ALICE} ${mapped.port}`)
  })

  test.each([
    ['endpoint-independent', true],
    ['address-and-port-dependent', false],
  ] as const)('with %s mapping: one port for all destinations is %s', async (mapping, same) => {
    const { network, inside, server, stranger } = await behind('address-dependent', mapping)
    inside.socket.send(Uint8Array.of(1), stranger.socket.local)
    await network.runFor(50)
    expect(stranger.got[0]!.from === server.got[0]!.from).toBe(same)
  })

  test('its hosts reach each other directly and hairpin; nobody else reaches private addresses', async () => {
    const { network, nat, inside, server, mapped } = await behind('endpoint-independent', 'endpoint-independent')
    const sibling = await mailbox(nat.host({ addresses: ['10.0.0.2'] }), '10.0.0.2')
    sibling.socket.send(Uint8Array.of(1), inside.socket.local)
    sibling.socket.send(Uint8Array.of(2), mapped)
    server.socket.send(Uint8Array.of(3), inside.socket.local)
    await network.runFor(50)
    expect(inside.got.map(({ byte, from }) => [byte, from.split(' ')[0]])).toEqual([
      [1, '10.0.0.2'],
      [2, ALICE],
    ])
    nat.reboot()
    server.socket.send(Uint8Array.of(4), mapped)
    await network.runFor(50)
    expect(inside.got).toHaveLength(2)
  })
})
