import { createHook } from 'node:async_hooks'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { RTCDataChannel, RTCPeerConnection } from '../../src/index.js'
import { nativeUdp } from '../../src/node/batched/index.js'
import { hasBatchedPath } from '../../src/node/batched/native-udp.test-support.js'
import { realChannels } from './real-channels.js'

// What a transfer takes of the system and of the runtime, counted over both ends on real sockets: it would be noticed as slowness otherwise.

const MESSAGES = 64
/** 16 MiB in all at 256 KiB, 1 MiB at 16. */
const SIZES_BYTES = [16_384, 262_144]

const open: RTCPeerConnection[] = []
afterEach(() => {
  vi.restoreAllMocks()
  for (const connection of open.splice(0)) connection.close()
})

async function transferred(ours: RTCDataChannel, theirs: RTCDataChannel, sizeBytes: number): Promise<void> {
  let received = 0
  const all = new Promise<void>((resolve) => {
    theirs.onmessage = () => {
      if (++received === MESSAGES) resolve()
    }
  })
  const data = new Uint8Array(sizeBytes)
  for (let i = 0; i < MESSAGES; i++) ours.send(data)
  await all
}

/** Datagrams that each end has sent by now. */
async function packetsSent(): Promise<{ ours: number; theirs: number }> {
  const [ours, theirs] = await Promise.all(
    open.map(async (connection) => {
      const report = [...(await connection.getStats()).values()] as { type: string; packetsSent?: number }[]
      return report.find(({ type }) => type === 'transport')!.packetsSent!
    }),
  )
  return { ours: ours!, theirs: theirs! }
}

/** What `run` has the runtime make that is called back: promises, ticks, tasks and timers. */
async function callbacksOf(run: () => Promise<void>): Promise<{ perMessage: number; perTurn: number }> {
  const made = { perMessage: 0, perTurn: 0 }
  const init = (_id: number, type: string): void => {
    made[type === 'PROMISE' || type === 'TickObject' ? 'perMessage' : 'perTurn']++
  }
  const hook = createHook({ init }).enable()
  await run()
  hook.disable()
  return made
}

describe.runIf(hasBatchedPath).each(SIZES_BYTES)('messages of %i bytes', (sizeBytes) => {
  test('take a system call, a task or a promise for many datagrams, and a SACK for a batch of them', async () => {
    const { ours, theirs } = await realChannels(open)
    await transferred(ours, theirs, sizeBytes)
    const native = nativeUdp()
    if (!native.isAvailable) throw new Error(native.reason)
    const { sends, receipts } = native.value
    const before = { sent: await packetsSent(), sends: sends.counters.calls, receipts: receipts.counters.calls }
    const { perMessage, perTurn } = await callbacksOf(() => transferred(ours, theirs, sizeBytes))
    const calls = { sends: sends.counters.calls - before.sends, receipts: receipts.counters.calls - before.receipts }
    const sent = await packetsSent()
    const packets = sent.ours - before.sent.ours
    const answers = sent.theirs - before.sent.theirs
    expect(packets).toBeGreaterThan((MESSAGES * sizeBytes) / 1200)
    // RFC 9260 §6.2 has one for two packets, where they come one by one.
    expect(answers).toBeLessThan(packets / 8)
    expect(calls.sends).toBeLessThan(packets / 8)
    expect(calls.receipts).toBeLessThan(packets / 8)
    expect(perMessage).toBeLessThan(3 * MESSAGES + packets / 20)
    expect(perTurn).toBeLessThan(packets / 8)
  })
})

test('forty open connections have one timer of the runtime between them', async () => {
  const armed = new Set<unknown>()
  const { setTimeout: set, clearTimeout: clear } = globalThis
  vi.spyOn(globalThis, 'setTimeout').mockImplementation((callback: () => void, millis?: number) => {
    const timer = set(() => {
      armed.delete(timer)
      callback()
    }, millis)
    armed.add(timer)
    return timer
  })
  vi.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
    armed.delete(timer)
    clear(timer)
  })
  const states: string[] = []
  for (let i = 0; i < 20; i++) states.push((await realChannels(open)).ours.readyState)
  expect(states).toEqual(new Array(20).fill('open'))
  expect(armed.size).toBe(1)
})
