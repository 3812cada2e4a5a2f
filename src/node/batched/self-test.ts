import type { Koffi } from '../../ffi/index.js'
import { AF_INET, POLLIN, SOCKADDR_SPACE_BYTES } from '../../ffi/libc/linux-64.js'
import { allocate } from '../../ffi/libc/memory.js'
import type { TransportAddress } from '../../ice/types.js'
import type { NativeUdp } from './native-udp.js'
import type { Inlet } from './receive-batch.js'
import type { Outlet } from './send-batch.js'

/** Loopback delivers within the call that sends, unless the machine is busy. */
const PATIENCE_MILLIS = 50
const ROUNDS = 8
/** A message of three segments, and one alone. */
const SIZES = [700, 700, 300, 900]

/**
 * Sends a few datagrams to itself over loopback, and looks whether what arrives is what was sent, in size, bytes and source. Tried
 * without segmenting and merging where the kernel has none. Throws what went wrong.
 */
export function testNativeUdp(koffi: Koffi, udp: NativeUdp): void {
  const receiver = udp.open('127.0.0.1', 0)
  try {
    const sender = udp.open('127.0.0.1', 0)
    try {
      udp.canSegment = udp.probeSegmenting(sender)
      udp.canMerge = udp.merge(receiver, true)
      roundTrip(koffi, udp, sender, receiver)
    } finally {
      udp.close(sender)
    }
  } finally {
    udp.close(receiver)
  }
}

function roundTrip(koffi: Koffi, udp: NativeUdp, sender: number, receiver: number): void {
  const to = boundTo(koffi, udp, receiver)
  const source = boundTo(koffi, udp, sender)
  const sent = SIZES.map((length, i) => Uint8Array.from({ length }, (_, at) => (at * 7 + i) & 0xff))
  const arrived: Uint8Array[] = []
  let troubles = 0
  const outlet: Outlet = {
    fd: sender,
    segmentLimitBytes: udp.canSegment ? Infinity : 0,
    isHolding: false,
    refused: (count) => (troubles += count),
    held: () => troubles++,
  }
  const inlet: Inlet = {
    fd: receiver,
    wantsMore: true,
    received: (data, from) => {
      arrived.push(data.slice())
      if (from.address !== source.address || from.port !== source.port) troubles++
    },
    dropped: () => troubles++,
  }
  for (const data of sent) udp.sends.add(outlet, data, to)
  udp.sends.flush()
  udp.canSegment &&= outlet.segmentLimitBytes > 0
  for (let round = 0; round < ROUNDS && arrived.length < sent.length; round++) {
    waitFor(koffi, udp, receiver)
    udp.receipts.drain(inlet)
  }
  const isWhole = sent.every((data, i) => Buffer.compare(data, arrived[i] ?? new Uint8Array(0)) === 0)
  if (!isWhole || troubles > 0 || arrived.length !== sent.length)
    throw new Error('a datagram to itself was not the same')
}

/** `struct pollfd`: descriptor i32, events i16, returned events i16. */
function waitFor(koffi: Koffi, { libc }: NativeUdp, fd: number): void {
  const poll = allocate(koffi, 8)
  poll.words[0] = fd
  poll.words[1] = POLLIN
  libc.poll(poll.address, 1, PATIENCE_MILLIS)
}

function boundTo(koffi: Koffi, { libc }: NativeUdp, fd: number): TransportAddress {
  const name = allocate(koffi, SOCKADDR_SPACE_BYTES)
  const length = allocate(koffi, 8)
  length.words[0] = SOCKADDR_SPACE_BYTES
  if (libc.getsockname(fd, name.address, length.address) < 0 || name.bytes[0] !== AF_INET) {
    throw new Error('a socket does not tell its address')
  }
  return { address: '127.0.0.1', port: (name.bytes[2]! << 8) | name.bytes[3]! }
}
