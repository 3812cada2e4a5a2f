import { loadKoffi } from '../../ffi/index.js'
import { loadLibc, type Libc } from '../../ffi/libc/libc.js'
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
