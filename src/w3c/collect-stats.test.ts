import { expect, test } from 'vitest'
import { once, Pair } from './connected-pair.test-support.js'

test('transport and candidate-pair count packets and bytes (webrtc-stats names)', async () => {
  using pair = new Pair()
  const [ours, theirs] = await pair.channels()
  const message = once(theirs, 'message')
  ours.send(new Uint8Array(10_000))
  await message
  const [sender, receiver] = await Promise.all(
    [pair.a, pair.b].map(async (connection) => [...(await connection.getStats()).values()]),
  )
  const numbers = (stats: typeof sender, type: string) => {
    const found: object = stats!.find((one) => one.type === type)!
    return found as Record<'packetsSent' | 'bytesSent' | 'packetsReceived' | 'bytesReceived', number>
  }
  for (const type of ['transport', 'candidate-pair']) {
    const { packetsSent, bytesSent, packetsReceived, bytesReceived } = numbers(sender, type)
    expect(bytesSent).toBeGreaterThan(10_000)
    expect(packetsSent).toBeGreaterThan(8)
    expect(packetsReceived).toBeGreaterThan(0)
    expect(bytesReceived).toBeGreaterThan(packetsReceived)
    expect(numbers(receiver, type).bytesReceived).toBeGreaterThan(10_000)
  }
})
