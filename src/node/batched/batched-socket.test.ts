import { readdirSync } from 'node:fs'
import { constants } from 'node:os'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { TransportAddress } from '../../ice/types.js'
import { BatchedSocket } from './batched-socket.js'
import { SO_RCVBUF, SO_SNDBUF, SOL_SOCKET } from '../../ffi/libc/linux-64.js'
import type { NativeUdp } from './native-udp.js'
import { hasBatchedPath, nativeUdpWith, numbered, numberOf, refusing, spoiling } from './native-udp.test-support.js'

const { EAGAIN, ECONNREFUSED, EIO, EINVAL, EMSGSIZE, ENOBUFS, EPERM } = constants.errno

const open: BatchedSocket[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.close()))
})

function bound(
  udp: NativeUdp,
  receive: (data: Uint8Array, from: TransportAddress) => void = () => {},
  ip = '127.0.0.1',
) {
  const socket = new BatchedSocket(udp, udp.open(ip, 0), ip.includes(':') ? 6 : 4, receive)
  open.push(socket)
  return socket
}

/** Numbers of what arrives, and a promise for so many. */
function tally(): {
  numbers: number[]
  receive: (data: Uint8Array) => void
  reached: (count: number) => Promise<void>
} {
  const numbers: number[] = []
  let check = (): void => {}
  const receive = (data: Uint8Array): void => {
    numbers.push(numberOf(data))
    check()
  }
  const reached = (count: number): Promise<void> =>
    new Promise((resolve) => {
      check = () => numbers.length >= count && resolve()
      check()
    })
  return { numbers, receive, reached }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** So much at once that the receiver asks for merged datagrams. */
function stream(sender: BatchedSocket, receiver: BatchedSocket): void {
  for (let i = 0; i < 10; i++) sender.queue(numbered(i), receiver.local)
  sender.flush()
}

describe.runIf(hasBatchedPath)('a batched socket', () => {
  test.each(['127.0.0.1', '::1'])('takes few system calls for many datagrams, over %s', async (ip) => {
    const udp = nativeUdpWith()
    const { numbers, receive, reached } = tally()
    const [sender, receiver] = [bound(udp, () => {}, ip), bound(udp, receive, ip)]
    stream(sender, receiver)
    await reached(10)
    await turn()
    Object.assign(udp.sends.counters, { calls: 0, datagrams: 0 })
    Object.assign(udp.receipts.counters, { calls: 0, messages: 0 })
    for (let i = 10; i < 510; i++) sender.queue(numbered(i), receiver.local)
    sender.flush()
    await reached(510)
    expect(numbers).toEqual(upTo(510))
    expect(udp.sends.counters.datagrams).toBe(500)
    // 54 fill what one message can hold; without UDP_SEGMENT as many go in one call.
    expect(udp.sends.counters.calls).toBe(Math.ceil(500 / 54))
    if (udp.canMerge && udp.canSegment) expect(udp.receipts.counters.messages).toBeLessThan(500 / 50)
    expect(udp.receipts.counters.calls).toBeLessThan(500 / 10)
    expect([sender.sendErrors, receiver.receiveErrors]).toEqual([0, 0])
  })

  test('keeps the order between sizes, addresses and sockets', async () => {
    const udp = nativeUdpWith()
    const [one, other] = [tally(), tally()]
    const [first, second] = [bound(udp), bound(udp)]
    const [left, right] = [bound(udp, one.receive), bound(udp, other.receive)]
    for (let i = 0; i < 300; i++) {
      const to = (i >> 2) % 2 === 0 ? left : right
      const from = i % 50 < 40 ? first : second
      from.queue(numbered(i, 60 + (i % 7) * 100), to.local)
    }
    first.flush()
    second.flush()
    await Promise.all([one.reached(152), other.reached(148)])
    expect([...one.numbers, ...other.numbers].sort((a, b) => a - b)).toEqual(upTo(300))
    expect(one.numbers).toEqual(one.numbers.toSorted((a, b) => a - b))
    expect(other.numbers).toEqual(other.numbers.toSorted((a, b) => a - b))
  })

  test('any sizes arrive as they were sent', async () => {
    const udp = nativeUdpWith()
    const sizes = fc.array(fc.oneof(fc.integer({ min: 13, max: 2000 }), fc.constantFrom(13, 1200, 20_000)), {
      maxLength: 150,
    })
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const got: number[] = []
        let done = (): void => {}
        const all = new Promise<void>((resolve) => (done = resolve))
        const receiver = bound(udp, (data) => {
          got.push(data.length)
          if (got.length === lengths.length) done()
        })
        const sender = bound(udp)
        lengths.forEach((length, i) => sender.queue(numbered(i, length), receiver.local))
        sender.flush()
        if (lengths.length > 0) await all
        await Promise.all([sender.close(), receiver.close()])
        expect(got).toEqual(lengths)
      }),
      { numRuns: 30 },
    )
  })

  test.each([
    ['EIO', EIO, 0],
    ['EINVAL', EINVAL, 1199],
    ['EMSGSIZE', EMSGSIZE, 1199],
  ])('segments that are refused (%s) go one by one, and the next ones too', async (_, errno, limitBytes) => {
    const udp = nativeUdpWith(refusing(errno))
    const { numbers, receive, reached } = tally()
    const [sender, receiver] = [bound(udp), bound(udp, receive)]
    for (let i = 0; i < 120; i++) sender.queue(numbered(i), receiver.local)
    sender.flush()
    await reached(120)
    expect(numbers).toEqual(upTo(120))
    expect(sender.segmentLimitBytes).toBe(limitBytes)
    expect(sender.sendErrors).toBe(0)
    expect(udp.receipts.counters.messages).toBeGreaterThan(60)
  })

  test('a buffer that is full keeps what comes in order, and counts what is too much', async () => {
    const udp = nativeUdpWith(refusing(EAGAIN, ENOBUFS, EAGAIN))
    const { numbers, receive, reached } = tally()
    const [sender, receiver] = [bound(udp), bound(udp, receive)]
    for (let i = 0; i < 200; i++) sender.queue(numbered(i), receiver.local)
    sender.flush()
    expect(numbers).toEqual([])
    await reached(200)
    expect(numbers).toEqual(upTo(200))
    expect(sender.sendErrors).toBe(0)
  })

  test('what waits for room is bounded', async () => {
    const udp = nativeUdpWith(refusing(EAGAIN))
    const { numbers, receive, reached } = tally()
    const [sender, receiver] = [bound(udp), bound(udp, receive)]
    for (let i = 0; i < 3000; i++) sender.queue(numbered(i), receiver.local)
    sender.flush()
    const kept = Math.floor((1 << 20) / 1200) + 1 // and the one that dgram has
    expect(sender.sendErrors).toBe(3000 - kept)
    await reached(kept)
    expect(numbers).toEqual(upTo(kept))
  })

  test('close() sends what waits for room first', async () => {
    const udp = nativeUdpWith(refusing(EAGAIN, EAGAIN))
    const { numbers, receive, reached } = tally()
    const [sender, receiver] = [bound(udp), bound(udp, receive)]
    for (let i = 0; i < 100; i++) sender.queue(numbered(i), receiver.local)
    await sender.close()
    await reached(100)
    expect(numbers).toEqual(upTo(100))
  })

  test('a kernel that takes nothing and says nothing is not asked for ever', () => {
    const udp = nativeUdpWith(() => ({ sendmmsg: () => 0 }))
    const sender = bound(udp)
    sender.send(numbered(1), sender.local)
    expect(sender.sendErrors).toBe(1)
  })

  test.each([
    ['EPERM', EPERM],
    ['ECONNREFUSED', ECONNREFUSED],
  ])('%s loses the datagrams of one message, and is counted', async (_, errno) => {
    const udp = nativeUdpWith(refusing(errno))
    const { numbers, receive, reached } = tally()
    const [sender, receiver] = [bound(udp), bound(udp, receive)]
    for (let i = 0; i < 10; i++) sender.queue(numbered(i), receiver.local)
    for (let i = 10; i < 20; i++) sender.queue(numbered(i, 900), receiver.local)
    sender.flush()
    await reached(9) // the smaller first one of the second message ended the first
    expect(sender.sendErrors).toBe(11)
    expect(numbers).toEqual(upTo(20).slice(11))
  })

  test('nothing is delivered after close(), while it waits for room to send', async () => {
    const udp = nativeUdpWith(refusing(EAGAIN))
    let received = 0
    const [socket, other] = [bound(udp, () => received++), bound(nativeUdpWith())]
    socket.send(numbered(1), other.local)
    const closing = socket.close()
    for (let i = 0; i < 20; i++) other.queue(numbered(i), socket.local)
    other.flush()
    await closing
    await turn()
    expect(received).toBe(0)
  })

  test('nothing is delivered after close(), called for the first of a burst', async () => {
    const udp = nativeUdpWith()
    let received = 0
    let closing: Promise<void> | undefined
    const receiver = bound(udp, () => {
      received++
      closing = receiver.close()
    })
    const sender = bound(udp)
    for (let i = 0; i < 200; i++) sender.queue(numbered(i), receiver.local)
    sender.flush()
    while (closing === undefined) await turn()
    await closing
    await turn()
    expect(received).toBe(1)
  })

  test('media ends merging, so that the first of a burst needs no splitting', async () => {
    const udp = nativeUdpWith()
    const sizes: number[] = []
    const receiver = bound(udp, (data) => sizes.push(data.length))
    const sender = bound(udp)
    const media = new Uint8Array(500).fill(0x80)
    stream(sender, receiver)
    while (sizes.length < 10) await turn()
    sizes.length = 0
    sender.send(media, receiver.local)
    while (sizes.length === 0) await turn()
    for (let i = 0; i < 20; i++) sender.queue(media, receiver.local)
    sender.flush()
    while (sizes.length < 21) await turn()
    expect(sizes).toEqual(new Array(21).fill(500))
  })

  test('merged datagrams that cannot be told apart are counted, and no more', async () => {
    const udp = nativeUdpWith()
    let received = 0
    const receiver = bound(udp, () => received++)
    const noise = numbered(1, 100)
    noise.set([0, 40], 11) // says 53 bytes
    const sender = bound(udp)
    stream(sender, receiver)
    while (received < 10) await turn()
    sender.send(noise, receiver.local)
    while (receiver.receiveErrors === 0) await turn()
    expect(received).toBe(10)
  })

  test('what the kernel says it cut short, and what came from no address, is counted and not told', async () => {
    const udp = nativeUdpWith(spoiling({ cut: 1, withoutAddress: 3 }))
    const { numbers, receive, reached } = tally()
    const [sender, receiver] = [bound(udp), bound(udp, receive)]
    // The first is read by dgram, the others by one recvmmsg; of several sizes, so that none are merged.
    for (let i = 0; i < 8; i++) sender.queue(numbered(i, 100 + i), receiver.local)
    sender.flush()
    await reached(6)
    expect(numbers).toEqual([0, 1, 3, 5, 6, 7])
    expect(receiver.receiveErrors).toBe(2)
  })

  test('a socket that others flood while its owner is busy loses what is too much, and works on', async () => {
    const udp = nativeUdpWith()
    const { numbers, receive, reached } = tally()
    const [sender, receiver] = [bound(udp), bound(udp, receive)]
    // 16 KiB: the kernel takes some, and drops the rest.
    expect(udp.setOption(receiver.fd, SOL_SOCKET, SO_RCVBUF, 16_384)).toBe(true)
    for (let i = 0; i < 2000; i++) sender.queue(numbered(i), receiver.local)
    sender.flush()
    await reached(1)
    for (let i = 0; i < 20; i++) await turn()
    expect(numbers.length).toBeLessThan(2000)
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    const before = numbers.length
    sender.send(numbered(5000), receiver.local)
    await reached(before + 1)
    expect(numbers.at(-1)).toBe(5000)
    expect([sender.sendErrors, receiver.receiveErrors]).toEqual([0, 0])
  })

  test('a send buffer that is really full keeps the order and loses nothing that it can hold', async () => {
    const udp = nativeUdpWith()
    const { numbers, receive, reached } = tally()
    const [sender, receiver] = [bound(udp), bound(udp, receive)]
    expect(udp.setOption(sender.fd, SOL_SOCKET, SO_SNDBUF, 4096)).toBe(true)
    for (let i = 0; i < 500; i++) sender.queue(numbered(i), receiver.local)
    sender.flush()
    await reached(500 - sender.sendErrors)
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    expect(numbers.length + sender.sendErrors).toBe(500)
  })

  test.each([65_507, 65_508, 70_000])('a datagram of %i bytes: sent whole, or counted', async (length) => {
    const udp = nativeUdpWith()
    const sizes: number[] = []
    const [sender, receiver] = [bound(udp), bound(udp, (data) => sizes.push(data.length))]
    sender.send(numbered(1, length), receiver.local)
    sender.send(numbered(2), receiver.local)
    while (sizes.at(-1) !== 1200) await turn()
    expect([sizes, sender.sendErrors]).toEqual(length <= 65_507 ? [[length, 1200], 0] : [[1200], 1])
  })

  test('who says that it has dealt with what came is brought no more than it can take, and misses nothing', async () => {
    const udp = nativeUdpWith()
    udp.canMerge = false // else one message could bring all of them
    const { numbers, receive, reached } = tally()
    const [sender, receiver] = [bound(udp), bound(udp, receive)]
    receiver.settled()
    for (let i = 0; i < 500; i++) sender.queue(numbered(i), receiver.local)
    sender.flush()
    await reached(200)
    // More turns than dgram needs to read all of it by itself, 32 datagrams in each.
    for (let i = 0; i < 50; i++) await turn()
    expect(numbers.length).toBeLessThan(500)
    while (numbers.length < 500) {
      receiver.settled()
      await turn()
    }
    expect(numbers).toEqual(upTo(500))
    expect(receiver.receiveErrors).toBe(0)
  })

  test('SECURITY 21: what waits is bounded in number too: each costs some hundred bytes, empty ones as well', async () => {
    const udp = nativeUdpWith()
    udp.canMerge = false
    let received = 0
    const [sender, receiver] = [bound(udp), bound(udp, () => received++)]
    receiver.settled()
    for (let i = 0; i < 300; i++) sender.queue(numbered(i), receiver.local)
    for (let round = 0; round < 60; round++) {
      for (let i = 0; i < 100; i++) sender.queue(Uint8Array.of(), receiver.local)
      sender.flush()
      for (let i = 0; i < 5; i++) await turn()
    }
    const kept = 300 + 6000 - receiver.receiveErrors
    expect(receiver.receiveErrors).toBeGreaterThan(0)
    while (received < kept) {
      receiver.settled()
      await turn()
    }
    expect(kept).toBeLessThan(300 + 4096)
  })

  test('a datagram in whose delivery another socket is said to be dealt with is not overwritten by its datagrams', async () => {
    const udp = nativeUdpWith()
    udp.canMerge = false
    const [one, other] = [tally(), tally()]
    const sender = bound(udp)
    const full = bound(udp, other.receive)
    const receiver = bound(udp, (data) => {
      full.settled()
      one.receive(data)
    })
    full.settled()
    for (let i = 0; i < 500; i++) sender.queue(numbered(i), full.local)
    sender.flush()
    await other.reached(200)
    for (let i = 0; i < 50; i++) await turn()
    expect(other.numbers.length).toBeLessThan(500)
    for (let i = 0; i < 20; i++) sender.queue(numbered(i), receiver.local)
    sender.flush()
    await one.reached(20)
    while (other.numbers.length < 500) {
      full.settled()
      await turn()
    }
    expect([one.numbers, other.numbers]).toEqual([upTo(20), upTo(500)])
  })

  test('3,000 sockets opened, flooded and closed under it leave nothing', { timeout: 60_000 }, async () => {
    const udp = nativeUdpWith()
    const descriptors = (): number => readdirSync('/proc/self/fd').length
    const before = descriptors()
    const target = bound(udp)
    let arrived = 0
    for (let wave = 0; wave < 100; wave++) {
      const sockets = Array.from({ length: 30 }, (): BatchedSocket => {
        const socket: BatchedSocket = bound(udp, () => {
          arrived++
          if (arrived % 97 === 0) void socket.close() // in the middle of a batch
        })
        return socket
      })
      for (let i = 0; i < 30; i++) {
        for (let n = 0; n < 20; n++) sockets[i]!.queue(numbered(n), sockets[(i * 7 + 1) % 30]!.local)
        if (i % 5 === wave % 5)
          void sockets[i]!.close() // with what was queued
        else target.queue(numbered(i), sockets[i]!.local)
      }
      target.flush()
      await turn()
      await Promise.all(sockets.map((socket) => socket.close()))
    }
    await target.close()
    expect(arrived).toBeGreaterThan(0)
    expect(descriptors()).toBe(before)
  })
})
