import { afterEach, describe, expect, test } from 'vitest'
import { RTCPeerConnection, type RTCDataChannel } from '../../src/index.js'

const MIB = 1 << 20

const open: RTCPeerConnection[] = []
afterEach(() => {
  for (const connection of open.splice(0)) connection.close()
})

async function channels(fastPath: boolean): Promise<{ ours: RTCDataChannel; theirs: RTCDataChannel }> {
  const tincan = { includeLoopback: true, addresses: { only: ['127.0.0.1'] }, maxMessageSize: 64 * MIB, fastPath }
  const [a, b] = [new RTCPeerConnection({ tincan }), new RTCPeerConnection({ tincan })]
  open.push(a, b)
  a.onicecandidate = ({ candidate }) => void b.addIceCandidate(candidate)
  b.onicecandidate = ({ candidate }) => void a.addIceCandidate(candidate)
  const ours = a.createDataChannel('large')
  const opened = new Promise((resolve) => (ours.onopen = resolve))
  const announced = new Promise<RTCDataChannel>((resolve) => (b.ondatachannel = ({ channel }) => resolve(channel)))
  await a.setLocalDescription()
  await b.setRemoteDescription(a.localDescription!)
  await b.setLocalDescription()
  await a.setRemoteDescription(b.localDescription!)
  await opened
  return { ours, theirs: await announced }
}

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
    const { ours, theirs } = await channels(fastPath)
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
