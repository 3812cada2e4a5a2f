import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { TransportAddress } from '../ice/types.js'
import type { PortRange, ReceiveDatagram, UdpSocket } from './io.js'
import { bindUdp } from './bind-udp.js'

const open: UdpSocket[] = []
/** Which of the two paths is tested. */
let isPlain = false

async function bound(
  receive: ReceiveDatagram = () => {},
  address = '127.0.0.1',
  portRange?: PortRange,
): Promise<UdpSocket> {
  const socket = await bindUdp(address, portRange, receive, isPlain)
  open.push(socket)
  return socket
}

/** A receiver whose promise settles with the first `count` datagrams. */
function collector(count: number): { receive: ReceiveDatagram; all: Promise<[Uint8Array, TransportAddress][]> } {
  const got: [Uint8Array, TransportAddress][] = []
  let done: (all: typeof got) => void
  const all = new Promise<typeof got>((resolve) => (done = resolve))
  const receive: ReceiveDatagram = (data, from) => {
    if (got.length < count) got.push([data.slice(), from])
    if (got.length === count) done(got)
  }
  return { receive, all }
}

function turns(count: number): Promise<void> {
  return new Promise((resolve) => {
    const next = (left: number): void => {
      if (left === 0) resolve()
      else setImmediate(() => next(left - 1))
    }
    next(count)
  })
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.close()))
})

describe.each([
  ['batched', false],
  ['plain', true],
])('%s', (_path, plain) => {
  beforeAll(() => {
    isPlain = plain
  })

  describe.each(['127.0.0.1', '::1'])('UDP over %s', (address) => {
    test('datagrams arrive with their bytes and their source', async () => {
      const { receive, all } = collector(2)
      const receiver = await bound(receive, address)
      const sender = await bound(() => {}, address)
      sender.send(Uint8Array.of(1, 2, 3), receiver.local)
      sender.send(new Uint8Array(0), receiver.local)
      const [first, second] = await all
      expect(first).toEqual([Uint8Array.of(1, 2, 3), sender.local])
      expect(second?.[0]).toHaveLength(0)
      expect(sender.local.address).toBe(address)
    })
  })

  test('what was received is a plain Uint8Array, whose slice() copies', async () => {
    const { receive, all } = collector(1)
    const receiver = await bound(receive)
    const sender = await bound()
    sender.send(Uint8Array.of(1, 2), receiver.local)
    const [[data]] = (await all) as [[Uint8Array, TransportAddress]]
    data.slice()[0] = 9
    expect(data.constructor).toBe(Uint8Array)
    expect(data[0]).toBe(1)
  })

  test('P5: everything sent right before close() is on the wire', async () => {
    const count = 400
    const { receive, all } = collector(count)
    const receiver = await bound(receive)
    const sender = await bindUdp('127.0.0.1', undefined, () => {}, isPlain)
    for (let i = 0; i < count; i++) sender.send(new Uint8Array(1200).fill(i), receiver.local)
    const closed = sender.close()
    expect((await all).map(([data]) => data[0])).toEqual(Array.from({ length: count }, (_, i) => i & 255))
    await closed
    expect(sender.sendErrors).toBe(0)
  })

  test('close() is idempotent, and nothing is sent or received after it', async () => {
    let received = 0
    const receiver = await bound(() => received++)
    const other = await bound()
    other.send(Uint8Array.of(1), receiver.local)
    const closings = [receiver.close(), receiver.close()]
    receiver.send(Uint8Array.of(1), other.local)
    await Promise.all(closings)
    await turns(5)
    expect(received).toBe(0)
    expect(receiver.sendErrors).toBe(0)
  })

  describe('P10: what the operating system refuses is counted and never thrown', () => {
    test('a port where nobody listens', async () => {
      const gone = await bindUdp('127.0.0.1', undefined, () => {}, isPlain)
      await gone.close()
      const sender = await bound()
      for (let i = 0; i < 10; i++) sender.send(Uint8Array.of(i), gone.local)
      await turns(5)
      expect(sender.sendErrors).toBe(0) // refused at the other end: UDP does not tell
    })

    test.each([
      ['an unreachable network', { address: '203.0.113.1', port: 9 }],
      ['the other family', { address: '::1', port: 9 }],
      ['port 0', { address: '127.0.0.1', port: 0 }],
      ['what is no address', { address: 'not an address', port: 9 }],
    ])('%s', async (_, to) => {
      const sender = await bound() // bound to loopback: the kernel finds no route from there to elsewhere
      sender.send(Uint8Array.of(1), to)
      await turns(5)
      expect(sender.sendErrors).toBe(1)
    })

    test('a datagram that is too long', async () => {
      const sender = await bound()
      sender.send(new Uint8Array(70_000), sender.local)
      await turns(5)
      expect(sender.sendErrors).toBe(1)
    })

    test('a broadcast that was never permitted (EACCES, as EPERM from a firewall)', async () => {
      const sender = await bound(() => {}, '0.0.0.0')
      sender.send(Uint8Array.of(1), { address: '127.255.255.255', port: 9 })
      await turns(5)
      expect(sender.sendErrors).toBe(1)
    })
  })

  describe('binding', () => {
    test('rejects with the reason of the system for an address that is not ours', async () => {
      await expect(bound(() => {}, '203.0.113.1')).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
    })

    test('takes the free port of a range, and says EADDRINUSE when there is none', async () => {
      const taken = createSocket('udp4')
      taken.bind(0, '127.0.0.1')
      await once(taken, 'listening')
      const { port } = taken.address()
      try {
        await expect(bound(() => {}, '127.0.0.1', { min: port, max: port })).rejects.toMatchObject({
          code: 'EADDRINUSE',
        })
        const range = { min: port - 3, max: port + 3 }
        const socket = await bound(() => {}, '127.0.0.1', range)
        expect(socket.local.port).not.toBe(port)
        expect(Math.abs(socket.local.port - port)).toBeLessThanOrEqual(3)
      } finally {
        await new Promise<void>((resolve) => taken.close(resolve))
      }
    })

    test('asks for receive buffers that hold more than the default ones', async () => {
      const plain = createSocket('udp4')
      plain.bind(0, '127.0.0.1')
      await once(plain, 'listening')
      const defaultBytes = plain.getRecvBufferSize()
      await new Promise<void>((resolve) => plain.close(resolve))
      // Linux accounts 2304 bytes for a datagram of 1200, and doubles what is asked for.
      const count = Math.ceil(defaultBytes / 2304) + 20
      const { receive, all } = collector(count)
      const [sender, receiver] = [await bound(), await bound(receive)]
      for (let i = 0; i < count; i++) sender.send(new Uint8Array(1200), receiver.local)
      await expect(all).resolves.toHaveLength(count)
    })
  })

  test('P9: 200 open/close cycles leave the number of descriptors as it was', async () => {
    const descriptors = (): number => readdirSync('/proc/self/fd').length
    await (await bindUdp('127.0.0.1', undefined, () => {}, isPlain)).close()
    const before = descriptors()
    for (let i = 0; i < 200; i++) {
      const socket = await bindUdp('127.0.0.1', undefined, () => {}, isPlain)
      socket.send(Uint8Array.of(1), socket.local)
      await socket.close()
    }
    expect(descriptors()).toBe(before)
  })
})
