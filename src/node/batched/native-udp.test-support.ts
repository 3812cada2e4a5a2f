import { loadKoffi } from '../../ffi/index.js'
import { loadLibc, type Libc } from '../../ffi/libc/libc.js'
import { IOVEC, MMSGHDR, MMSGHDR_BYTES } from '../../ffi/libc/linux-64.js'
import { NativeUdp } from './native-udp.js'

/** Where there is no batched path nothing of it can be tested. */
export const hasBatchedPath =
  process.platform === 'linux' &&
  ['x64', 'arm64'].includes(process.arch) &&
  process.env['TINCAN_FAST_PATH']?.toLowerCase() !== 'off'

/** UDP of this machine, but for what a test has instead. */
export function nativeUdpWith(instead: (real: Libc) => Partial<Libc> = () => ({})): NativeUdp {
  const koffi = loadKoffi()
  const libc = loadLibc(koffi)
  return new NativeUdp(koffi, { ...libc, ...instead(libc) })
}

/** `sendmmsg` that refuses with these errors, one a call, and works after the last. */
export function refusing(...errors: readonly number[]): (real: Libc) => Partial<Libc> {
  const left = [...errors]
  let last: number | undefined
  return ({ sendmmsg, errno }) => ({
    sendmmsg: (...values) => {
      last = left.shift()
      return last === undefined ? sendmmsg(...values) : -1
    },
    errno: () => last ?? errno(),
  })
}

/** Of what the first `recvmmsg` brings, one has less room than it needs (MSG_TRUNC), and one comes from an address of no known family. */
export function spoiling(which: {
  readonly cut: number
  readonly withoutAddress: number
}): (real: Libc) => Partial<Libc> {
  const library = loadKoffi().load(null)
  const write = library.func('memcpy', 'uintptr_t', ['uintptr_t', 'void*', 'size_t'])
  const read = library.func('memcpy', 'uintptr_t', ['void*', 'uintptr_t', 'size_t'])
  const pointerAt = (address: number): number => {
    const bytes = new Uint8Array(8)
    read(bytes, address, 8)
    return Number(new DataView(bytes.buffer).getBigUint64(0, true))
  }
  let isDone = false
  return ({ recvmmsg }) => ({
    recvmmsg: (...values) => {
      if (isDone) return recvmmsg(...values)
      isDone = true
      const header = (index: number): number => Number(values[1]) + index * MMSGHDR_BYTES
      const iovec = pointerAt(header(which.cut) + 4 * MMSGHDR.iov)
      write(iovec + 4 * IOVEC.length, Uint8Array.of(50), 1)
      write(iovec + 4 * IOVEC.length + 1, new Uint8Array(7), 7)
      const count = recvmmsg(...values)
      const name = pointerAt(header(which.withoutAddress) + 4 * MMSGHDR.name)
      write(name, Uint8Array.of(99, 0), 2)
      return count
    },
  })
}

/** A DTLS record with a number in it: what is received can be told, and split. */
export function numbered(number: number, lengthBytes = 1200): Uint8Array {
  const bytes = new Uint8Array(lengthBytes).fill(number)
  const body = lengthBytes - 13
  bytes.set([23, 254, 253, 0, 1, 0, 0, 0, 0, number >> 8, number & 0xff, body >> 8, body & 0xff])
  return bytes
}

export function numberOf(datagram: Uint8Array): number {
  return (datagram[9]! << 8) | datagram[10]!
}
