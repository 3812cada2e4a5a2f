import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import { readdirSync } from 'node:fs'
import { describe, expect, test, beforeAll } from 'vitest'
import { runProgram } from '../../test/support/run-program.js'
import { Driver } from './driver.js'
import { FakePeer, turns } from './fake-peer.test-support.js'
import { nodeIo } from './node-io.js'
import { NodeTimer } from './node-timer.js'

const LOOPBACK_ONLY = {
  ...nodeIo,
  localAddresses: () => [{ address: '127.0.0.1', family: 'IPv4', localPreference: 1 }] as const,
}

/** Which of the two paths is tested. */
let fastPath = true

function rig(): { peer: FakePeer; driver: Driver; drained: () => Promise<void> } {
  const peer = new FakePeer()
  let onDrained = (): void => {}
  const driver = new Driver({
    io: LOOPBACK_ONLY,
    peer: peer.asPeer(),
    iceServers: [],
    fastPath,
    onEvent: () => {},
    onDrained: () => onDrained(),
  })
  return { peer, driver, drained: () => new Promise((resolve) => (onDrained = resolve)) }
}

/** Of DTLS: datagrams may come merged, and have to say how long they are. */
function record(byte: number): Uint8Array {
  return Uint8Array.of(22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, byte)
}

async function gathered({ peer, driver }: ReturnType<typeof rig>): Promise<void> {
  peer.events.push({ type: 'gather', transportId: 1, usernameFragment: 'frag' })
  driver.wake()
  while (peer.gathered === 0) await turns(1)
}

describe.each([
  ['batched', true],
  ['plain', false],
])('the driver on this machine, %s', (_path, isFast) => {
  beforeAll(() => {
    fastPath = isFast
  })

  test('two drivers exchange datagrams over loopback', async () => {
    const [a, b] = [rig(), rig()]
    await Promise.all([gathered(a), gathered(b)])
    const answered = new Promise<Uint8Array>((resolve) => (a.peer.onReceive = (_, data) => resolve(data)))
    b.peer.onReceive = (from, data) =>
      b.peer.transmits.push({ socketId: 1, to: from, data: data.map((byte) => byte + 1) })
    a.peer.transmits.push({ socketId: 1, to: b.peer.sockets[0]!.local, data: Uint8Array.of(1, 2) })
    a.driver.wake()
    expect(await answered).toEqual(Uint8Array.of(2, 3))
    await Promise.all([a.driver.close(), b.driver.close()])
  })

  test('P5: two datagrams that wait in the peer at close() arrive', async () => {
    const [a, b] = [rig(), rig()]
    await Promise.all([gathered(a), gathered(b)])
    const to = b.peer.sockets[0]!.local
    const both = new Promise<void>((resolve) => {
      b.peer.onReceive = () => {
        if (b.peer.received.length === 2) resolve()
      }
    })
    a.peer.transmits.push({ socketId: 1, to, data: record(1) }, { socketId: 1, to, data: record(2) })
    await a.driver.close()
    expect(a.driver.resources()).toEqual({ sockets: 0, timers: 0, lookups: 0, pendingTasks: 0 })
    await both
    expect(b.peer.received.map(({ data }) => data.at(-1))).toEqual([1, 2])
    await b.driver.close()
  })

  test('P10: sending to a closed port and to nowhere is no error of ours', async () => {
    const a = rig()
    await gathered(a)
    const other = createSocket('udp4').bind(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address()
    await new Promise<void>((resolve) => other.close(resolve))
    for (const address of ['127.0.0.1', '203.0.113.1', '::1']) {
      for (let i = 0; i < 3; i++) a.peer.transmits.push({ socketId: 1, to: { address, port }, data: Uint8Array.of(i) })
    }
    const drained = a.drained()
    a.driver.wake()
    await drained
    await turns(5)
    expect(a.driver.counters.sendErrors).toBe(6) // the closed port takes all and says nothing
    await a.driver.close()
    expect(a.driver.counters.sendErrors).toBe(6)
  })

  test('P9: 200 connections opened and closed leave descriptors and resources as they were', async () => {
    const descriptors = (): number => readdirSync('/proc/self/fd').length
    const first = rig()
    await gathered(first)
    await first.driver.close()
    const before = descriptors()
    for (let i = 0; i < 200; i++) {
      const one = rig()
      await gathered(one)
      await one.driver.close()
    }
    expect(descriptors()).toBe(before)
  })
})

describe('the timer', () => {
  test('fires once, not before its deadline', async () => {
    const fired: number[] = []
    const start = performance.now()
    await new Promise<void>((resolve) => {
      const timer = new NodeTimer(() => {
        fired.push(performance.now())
        resolve()
      })
      timer.arm(start + 8.5)
    })
    await turns(3)
    expect(fired).toHaveLength(1)
    expect(fired[0]).toBeGreaterThanOrEqual(start + 8.5)
  })

  test('the last deadline counts: later, earlier, past and none', async () => {
    const start = performance.now()
    let firedAt = 0
    await new Promise<void>((resolve) => {
      const timer = new NodeTimer(() => {
        firedAt = performance.now()
        resolve()
      })
      timer.arm(start + 2)
      timer.arm(start + 12)
    })
    expect(firedAt).toBeGreaterThanOrEqual(start + 12)
    await new Promise<void>((resolve) => {
      const timer = new NodeTimer(resolve)
      timer.arm(start + 3_600_000)
      timer.arm(start - 5)
    })
    let never = 0
    const timer = new NodeTimer(() => never++)
    timer.arm(performance.now() + 1)
    timer.arm(Infinity)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(never).toBe(0)
  })

  test('a deadline beyond what setTimeout can wait does not fire at once', async () => {
    let fired = 0
    const timer = new NodeTimer(() => fired++)
    timer.arm(performance.now() + 2 ** 40)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(fired).toBe(0)
    timer.arm(Infinity)
  })
})

describe('P9: the process exits by itself', () => {
  const imports = `
    import { Driver } from './src/node/driver.ts'
    import { FakePeer } from './src/node/fake-peer.test-support.ts'`
  const open = `
    const peer = new FakePeer()
    peer.timeoutAt = performance.now() + 3_600_000
    const iceServers = [{ urls: ['stun:127.0.0.1:9'] }]
    const driver = new Driver({ peer, iceServers, includeLoopback: true, onEvent() {} })`
  const gather = `
    peer.events.push({ type: 'gather', transportId: 1, usernameFragment: 'frag' })
    driver.wake()
    while (peer.gathered === 0) await new Promise((resolve) => setImmediate(resolve))
    const { sockets, timers } = driver.resources()
    console.log(sockets > 0, timers)`

  test.each([
    ['after close()', `${open}${gather}; peer.close(); await driver.close()`, 'true 1\n'],
    ['after close() that nobody waits for', `${open}${gather}; peer.close(); void driver.close()`, 'true 1\n'],
    ['when nothing was ever gathered, even without close()', open, ''],
  ])('%s', async (_, body, output) => {
    const result = await runProgram(imports, body)
    expect(result).toEqual({ stdout: output, stderr: '', exitCode: 0 })
  })

  // Timers that do not hold the process fire only if something else does.
  const late = `
    setTimeout(() => console.log('at 1 s'), 1000).unref()
    peer.onTimeout = () => (peer.timeoutAt = performance.now() + 500)
    peer.onTimeout()`

  test('after close() that nobody waits for, though a server was not heard yet', async () => {
    const result = await runProgram(imports, `${open}${gather}${late}; void driver.close()`)
    expect(result).toEqual({ stdout: 'true 1\n', stderr: '', exitCode: 0 })
  })

  test('after close() that somebody waits for, when it is over', async () => {
    const wait = `await driver.released(); console.log('released', driver.resources().sockets)`
    const result = await runProgram(imports, `${open}${gather}${late}; ${wait}`)
    expect(result).toEqual({ stdout: 'true 1\nat 1 s\nreleased 0\n', stderr: '', exitCode: 0 })
  })

  test('but not while its sockets are open', async () => {
    // A timer that does not hold the process fires only if something else does.
    const watch = `setTimeout(() => { console.log('held'); peer.close(); void driver.close() }, 50).unref()`
    const result = await runProgram(imports, `${open}${gather}; ${watch}`)
    expect(result).toEqual({ stdout: 'true 1\nheld\n', stderr: '', exitCode: 0 })
  })
})
