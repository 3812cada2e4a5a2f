import { constants } from 'node:os'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { loadKoffi, type Koffi, type NativeFunction } from '../ffi/index.js'
import { hasBatchedPath } from './batched/native-udp.test-support.js'
import { fastPath, type FastPathReport } from './fast-path.js'

test('where there is a fast path it is used, and otherwise something says why not', () => {
  const { udp, encryption } = fastPath()
  expect(udp.isFast).toBe(hasBatchedPath)
  for (const { isFast, reason } of [udp, encryption]) expect(reason === null).toBe(isFast)
})

type Replacements = Readonly<Record<string, 'missing' | ((real: NativeFunction) => NativeFunction)>>

/** The functions of this machine, but for some. */
function koffiWith(instead: Replacements, errno?: number): Koffi {
  const koffi = loadKoffi()
  const load: Koffi['load'] = (path) => {
    const library = koffi.load(path)
    return {
      func: <Result>(...words: Parameters<typeof library.func>) => {
        const replacement = instead[words[0]]
        if (replacement === 'missing') throw new Error(`Cannot find function '${words[0]}' in shared library`)
        const real = library.func<Result>(...words)
        return replacement === undefined ? real : (replacement(real as NativeFunction) as NativeFunction<Result>)
      },
    }
  }
  return { version: koffi.version, load, address: koffi.address, errno: () => errno ?? koffi.errno() }
}

/** A process that knows nothing of the fast path yet, and where koffi is like this: what it says, and what it binds. */
async function processWith(load: () => Koffi): Promise<FastPathReport & { readonly socket: string }> {
  vi.resetModules()
  vi.doMock('../ffi/koffi.js', () => ({ loadKoffi: load }))
  const fresh = await import('./fast-path.js')
  const { bindUdp } = await import('./bind-udp.js')
  let received = (): void => {}
  const socket = await bindUdp('127.0.0.1', undefined, () => received())
  const arrived = new Promise<void>((resolve) => (received = resolve))
  socket.send(Uint8Array.of(1), socket.local)
  await arrived
  await socket.close()
  return { ...fresh.fastPath(), socket: socket.constructor.name }
}

afterEach(() => {
  vi.doUnmock('../ffi/koffi.js')
  vi.unstubAllGlobals()
})

const failing = (): NativeFunction => () => -1
const { EMFILE, EPERM, EIO } = constants.errno

describe.runIf(hasBatchedPath)('where it cannot be had, datagrams go the plain way, and the reason is told', () => {
  test.each<[what: string, instead: Replacements, reason: string, errno?: number]>([
    ['musl, whose layouts nobody has tested', { gnu_get_libc_version: 'missing' }, 'the C library is not that of GNU'],
    ['no recvmmsg', { recvmmsg: 'missing' }, "Cannot find function 'recvmmsg' in shared library"],
    ['no sendmmsg', { sendmmsg: 'missing' }, "Cannot find function 'sendmmsg' in shared library"],
    ['a sandbox that gives no sockets', { socket: failing }, 'socket EPERM', EPERM],
    ['no descriptor left', { socket: failing }, 'socket EMFILE', EMFILE],
    ['an address that cannot be bound', { bind: failing }, 'bind EPERM', EPERM],
    ['an address that is not told', { getsockname: failing }, 'a socket does not tell its address'],
    ['datagrams that do not arrive', { recvmmsg: failing }, 'a datagram to itself was not the same'],
    ['a kernel that takes none', { sendmmsg: () => () => 0 }, 'a datagram to itself was not the same'],
    ['a filter that refuses them', { sendmmsg: failing }, 'a datagram to itself was not the same', EPERM],
  ])('%s', { timeout: 20_000 }, async (_, instead, reason, errno) => {
    const { udp, encryption, socket } = await processWith(() => koffiWith(instead, errno))
    expect(udp).toEqual({ isFast: false, reason })
    expect(socket).toBe('DgramSocket')
    expect(encryption).toEqual({ isFast: true, reason: null }) // which has nothing to do with it
  })

  test('koffi that is not installed, for both', async () => {
    const reason = "Cannot find module 'koffi'"
    const { udp, encryption, socket } = await processWith(() => {
      throw new Error(`${reason}\nRequire stack:\n- /somewhere/index.js`)
    })
    expect([udp, encryption]).toEqual([
      { isFast: false, reason },
      { isFast: false, reason },
    ])
    expect(socket).toBe('DgramSocket')
  })

  test.each(['EVP_CIPHER_CTX_new', 'EVP_aes_128_gcm', 'EVP_chacha20_poly1305'])(
    'an OpenSSL without %s: node:crypto encrypts, datagrams are batched',
    async (name) => {
      const { udp, encryption, socket } = await processWith(() => koffiWith({ [name]: 'missing' }))
      expect(encryption).toEqual({ isFast: false, reason: `Cannot find function '${name}' in shared library` })
      expect([udp.isFast, socket]).toEqual([true, 'BatchedSocket'])
    },
  )

  test('an OpenSSL that says that it has failed', async () => {
    const { encryption } = await processWith(() => koffiWith({ EVP_CipherUpdate: () => () => 0 }))
    expect(encryption).toEqual({ isFast: false, reason: 'OpenSSL could not seal with aes-128-gcm' })
  })

  test.each([
    ['darwin', 'arm64'],
    ['win32', 'x64'],
    ['linux', 'riscv64'],
    ['linux', 'ia32'],
  ])('%s %s', async (platform, arch) => {
    vi.stubGlobal('process', Object.create(process, { platform: { value: platform }, arch: { value: arch } }))
    const { udp } = await processWith(() => koffiWith({}))
    expect(udp).toEqual({ isFast: false, reason: `not known on ${platform} ${arch}` })
  })

  test.each(['bun', 'deno', 'electron'])('%s, which implements what it builds on, but is not Node', (other) => {
    const versions = { ...process.versions, [other]: '1.0.0' }
    vi.stubGlobal('process', Object.create(process, { versions: { value: versions } }))
    expect(() => loadKoffi()).toThrow(`this is ${other}, not Node.js`)
  })

  test('a kernel without segmenting and merging is used without', async () => {
    const UDP_OPTIONS = [103, 104]
    const setsockopt = (real: NativeFunction): NativeFunction => {
      return (...values) => (UDP_OPTIONS.includes(Number(values[2])) ? -1 : real(...values))
    }
    const { udp, socket } = await processWith(() => koffiWith({ setsockopt }))
    expect([udp, socket]).toEqual([{ isFast: true, reason: null }, 'BatchedSocket'])
  })

  test('a device that cannot segment (EIO) is found out by the self-test', async () => {
    let refusals = 1
    const sendmmsg = (real: NativeFunction): NativeFunction => {
      return (...values) => (refusals-- > 0 ? -1 : real(...values))
    }
    const { udp } = await processWith(() => koffiWith({ sendmmsg }, EIO))
    expect(udp).toEqual({ isFast: true, reason: null })
    const { nativeUdp } = await import('./batched/index.js')
    const native = nativeUdp()
    expect(native.isAvailable && native.value.canSegment).toBe(false)
  })
})
