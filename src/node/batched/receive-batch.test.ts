import { afterEach, describe, expect, test } from 'vitest'
import { loadKoffi } from '../../ffi/index.js'
import { SOCKADDR_SPACE_BYTES } from '../../ffi/libc/linux-64.js'
import { allocate } from '../../ffi/libc/memory.js'
import type { TransportAddress } from '../../ice/types.js'
import { hasBatchedPath, nativeUdpWith } from './native-udp.test-support.js'
import type { NativeUdp } from './native-udp.js'
import type { Inlet } from './receive-batch.js'
import { BatchedSocket } from './batched-socket.js'

const udp: NativeUdp | undefined = hasBatchedPath ? nativeUdpWith() : undefined
const senders: BatchedSocket[] = []
const receivers: number[] = []
afterEach(async () => {
  await Promise.all(senders.splice(0).map((socket) => socket.close()))
  for (const fd of receivers.splice(0)) udp!.close(fd)
})

function portOf(fd: number): number {
  const [name, length] = [allocate(loadKoffi(), SOCKADDR_SPACE_BYTES), allocate(loadKoffi(), 8)]
  length.words[0] = SOCKADDR_SPACE_BYTES
  expect(udp!.libc.getsockname(fd, name.address, length.address)).toBe(0)
  return (name.bytes[2]! << 8) | name.bytes[3]!
}

/** Three datagrams that wait at a socket of our own, which nobody else reads. */
function waiting(address: string): number {
  const family = address.includes(':') ? 6 : 4
  const sender = new BatchedSocket(udp!, udp!.open(address, 0), family, () => {})
  senders.push(sender)
  const fd = udp!.open(address, 0)
  receivers.push(fd)
  const to = { address, port: portOf(fd) }
  for (let i = 0; i < 3; i++) sender.queue(Uint8Array.of(22, i), to)
  sender.flush()
  return fd
}

describe.runIf(hasBatchedPath)('a batch of received datagrams', () => {
  test('whoever receives throws: what another socket brings afterwards is told whole, and from where it came', () => {
    const inletOf = (fd: number, received: Inlet['received']): Inlet => ({
      fd,
      wantsMore: true,
      received,
      dropped: () => expect.fail('nothing is to be dropped'),
    })
    const thrower = inletOf(waiting('127.0.0.1'), () => {
      throw new Error('of the application')
    })
    expect(() => udp!.receipts.drain(thrower)).toThrow('of the application')
    const seen: [number, TransportAddress][] = []
    const fd = waiting('::1')
    udp!.receipts.drain(inletOf(fd, (data, from) => seen.push([data[1]!, from])))
    const from = senders.at(-1)!.local
    expect(seen).toEqual([0, 1, 2].map((number) => [number, from]))
  })
})
