import { getSystemErrorName } from 'node:util'
import type { Koffi, NativeFunction } from '../koffi.js'

/** The few functions of the C library that datagrams take. All of them return at once; -1 means that {@link errno} tells why. */
export interface Libc {
  readonly socket: NativeFunction
  readonly bind: NativeFunction
  readonly close: NativeFunction
  readonly setsockopt: NativeFunction
  readonly getsockname: NativeFunction
  readonly sendmmsg: NativeFunction
  readonly recvmmsg: NativeFunction
  readonly poll: NativeFunction
  readonly sched_yield: NativeFunction
  readonly errno: () => number
}

/** Throws where the layouts of `linux-64.ts` are not known to hold. */
export function loadLibc(koffi: Koffi): Libc {
  const { platform, arch } = process
  if (platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64')) throw new Error(`not known on ${platform} ${arch}`)
  const library = koffi.load(null)
  try {
    library.func('gnu_get_libc_version', 'str', [])
  } catch {
    throw new Error('the C library is not that of GNU')
  }
  return {
    socket: library.func('socket', 'int', ['int', 'int', 'int']),
    bind: library.func('bind', 'int', ['int', 'uintptr_t', 'uint']),
    close: library.func('close', 'int', ['int']),
    setsockopt: library.func('setsockopt', 'int', ['int', 'int', 'int', 'uintptr_t', 'uint']),
    getsockname: library.func('getsockname', 'int', ['int', 'uintptr_t', 'uintptr_t']),
    sendmmsg: library.func('sendmmsg', 'int', ['int', 'uintptr_t', 'uint', 'int']),
    recvmmsg: library.func('recvmmsg', 'int', ['int', 'uintptr_t', 'uint', 'int', 'uintptr_t']),
    poll: library.func('poll', 'int', ['uintptr_t', 'uint64_t', 'int']),
    sched_yield: library.func('sched_yield', 'int', []),
    errno: () => koffi.errno(),
  }
}

/** The error of a call, as Node would make it. */
export function systemError(errno: number, call: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno)
  return Object.assign(new Error(`${call} ${code}`), { code, errno: -errno, syscall: call })
}
