import { afterEach, describe, expect, test } from 'vitest'
import type { RTCPeerConnection } from '../../src/index.js'
import { realChannels } from './real-channels.js'

const MIB = 1 << 20

const open: RTCPeerConnection[] = []
afterEach(() => {
  for (const connection of open.splice(0)) connection.close()
})

/** Datagrams that the sender has sent by now. */
async function packetsSent(): Promise<number> {
  const report = [...(await open[0]!.getStats()).values()] as { type: string; packetsSent?: number }[]
  return report.find(({ type }) => type === 'transport')!.packetsSent!
}

/** Words that tell one position from another. */
function content(sizeBytes: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(sizeBytes / 4)
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i + 1, 2_654_435_761)
  return new Uint8Array(words.buffer)
}

describe.each([
  // The plain path takes five times as long.
  ['batched', true, [4 * MIB, 16 * MIB, 64 * MIB]],
  ['plain', false, [4 * MIB, 16 * MIB]],
])('messages far larger than any window, on real sockets, %s', { timeout: 60_000 }, (_path, fastPath, sizesBytes) => {
  test('arrive whole, and take datagrams in proportion to their size', async () => {
    const { ours, theirs } = await realChannels(open, { maxMessageSize: 64 * MIB, fastPath })
    const perMib: number[] = []
    for (const sizeBytes of sizesBytes) {
      const sent = content(sizeBytes)
      const before = await packetsSent()
      const arrived = new Promise<ArrayBuffer>(
        (resolve) => (theirs.onmessage = ({ data }) => resolve(data as ArrayBuffer)),
      )
      ours.send(sent)
      expect(ours.bufferedAmount).toBe(sizeBytes)
      expect(Buffer.compare(new Uint8Array(await arrived), sent)).toBe(0)
      perMib.push(((await packetsSent()) - before) / (sizeBytes / MIB))
    }
    // Some 1,130 bytes of it fit one; what loopback lost is sent again.
    for (const count of perMib) expect(count).toBeLessThan(1.1 * (MIB / 1130))
  })
})
