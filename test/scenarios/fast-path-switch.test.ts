import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { loadKoffi } from '../../src/ffi/koffi.js'
import { hasBatchedPath } from '../../src/node/batched/native-udp.test-support.js'

/** How often something native was loaded since the modules are fresh. */
let loads = 0
let printed: unknown[] = []

beforeEach(() => {
  loads = 0
  printed = []
  vi.resetModules()
  vi.doMock('../../src/ffi/koffi.js', () => ({
    loadKoffi: () => {
      loads++
      return loadKoffi()
    },
  }))
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      printed.push(text)
      return true
    })
  }
})

afterEach(() => {
  vi.doUnmock('../../src/ffi/koffi.js')
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

/** Two connections of a process that has loaded nothing yet: what one hears of the other, and what is said of the fast path. */
async function talked(fastPath?: boolean) {
  const { RTCPeerConnection, fastPath: report } = await import('../../src/index.js')
  const loadsOfImport = loads
  const tincan = {
    includeLoopback: true,
    addresses: { only: ['127.0.0.1'] },
    ...(fastPath !== undefined && { fastPath }),
  }
  const [a, b] = [new RTCPeerConnection({ tincan }), new RTCPeerConnection({ tincan })]
  a.onicecandidate = ({ candidate }) => void b.addIceCandidate(candidate)
  b.onicecandidate = ({ candidate }) => void a.addIceCandidate(candidate)
  const heard = new Promise<unknown>((resolve) => {
    b.ondatachannel = ({ channel }) => (channel.onmessage = ({ data }) => resolve(data))
  })
  const channel = a.createDataChannel('switched')
  channel.onopen = () => channel.send('hello')
  await a.setLocalDescription()
  await b.setRemoteDescription(a.localDescription!)
  await b.setLocalDescription()
  await a.setRemoteDescription(b.localDescription!)
  const word = await heard
  for (const connection of [a, b]) connection.close()
  return { word, loadsOfImport, loadsOfConnections: loads, ...report() }
}

const fast = { isFast: true, reason: null }
const off = { isFast: false, reason: 'TINCAN_FAST_PATH is off' }

test.runIf(hasBatchedPath)(
  'the fast path is loaded with the first connection that takes it, not with the import',
  async () => {
    const { loadsOfImport, loadsOfConnections, ...others } = await talked()
    expect(loadsOfImport).toBe(0)
    expect(loadsOfConnections).toBeGreaterThan(0)
    expect(others).toEqual({ word: 'hello', udp: fast, encryption: fast })
  },
)

test('connections with `fastPath: false` load nothing native', async () => {
  const { loadsOfConnections, word } = await talked(false)
  expect([word, loadsOfConnections]).toEqual(['hello', 0])
})

test('with TINCAN_FAST_PATH=off nothing native is loaded, whoever wants it; why is told when asked, and nothing is printed', async () => {
  vi.stubEnv('TINCAN_FAST_PATH', 'off')
  expect(await talked(true)).toEqual({
    word: 'hello',
    loadsOfImport: 0,
    loadsOfConnections: 0,
    udp: off,
    encryption: off,
  })
  expect([loads, printed]).toEqual([0, []])
})
