import { expect, test } from 'vitest'
import { RTCPeerConnection } from '../../src/index.js'

// docs/closing.md, "Channels and workers": what cannot be transferred is refused, and unharmed.

test('a channel in a transfer list is refused and stays as it was', () => {
  const connection = new RTCPeerConnection()
  const channel = connection.createDataChannel('')
  const { port1, port2 } = new MessageChannel()
  const attempts = [
    () => structuredClone(channel, { transfer: [channel as unknown as ArrayBuffer] }),
    () => port1.postMessage(channel, [channel as unknown as ArrayBuffer]),
  ]
  for (const attempt of attempts) expect(attempt).toThrow(/transfer ?list|not transferable/i)
  expect(channel.readyState).toBe('connecting')
  channel.close()
  expect(channel.readyState).toBe('closing')
  for (const port of [port1, port2]) port.close()
  connection.close()
})
