import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { refusesUdp } from './udp-refusal.js'

const never = new AbortController().signal
const PROBE = Uint8Array.of(1)

async function closedPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(resolve))
  return port
}

test('a closed port refuses, at once', async () => {
  const port = await closedPort()
  expect(await refusesUdp('127.0.0.1', { address: '127.0.0.1', port }, PROBE, never)).toBe(true)
})

test('an open port does not, whether it answers or the probe is called off; nor does an address that cannot be bound', async () => {
  const server = createSocket('udp4').bind(0, '127.0.0.1')
  await once(server, 'listening')
  const to = { address: '127.0.0.1', port: server.address().port }
  const abort = new AbortController()
  const [[message]] = (await Promise.all([
    once(server, 'message').finally(() => abort.abort()),
    refusesUdp('127.0.0.1', to, PROBE, abort.signal).then((refused) => expect(refused).toBe(false)),
  ])) as [[Uint8Array], void]
  expect([...message]).toEqual([...PROBE])
  server.on('message', (_, from) => server.send('hello', from.port, from.address))
  expect(await refusesUdp('127.0.0.1', to, PROBE, never)).toBe(false)
  expect(await refusesUdp('192.0.2.1', to, PROBE, never)).toBe(false)
  expect(await refusesUdp('127.0.0.1', to, PROBE, abort.signal)).toBe(false)
  await new Promise<void>((resolve) => server.close(resolve))
})
