import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { findLeaks, takeBaseline } from './leak-guard.js'

const IMPATIENT_MILLIS = 20

test('catches a socket, and names it and the place where it was made', async () => {
  const baseline = await takeBaseline()
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const leaks = await findLeaks(baseline, IMPATIENT_MILLIS)
  await new Promise<void>((resolve) => socket.close(resolve))
  expect(leaks).toContain('1 × UDPWRAP')
  expect(leaks).toContain('leak-guard.test.ts')
  expect(await findLeaks(baseline, IMPATIENT_MILLIS)).toBeUndefined()
})

test('catches timers, one-shot and repeating, but not those that do not hold the process', async () => {
  const baseline = await takeBaseline()
  const unheld = setTimeout(() => {}, 60_000).unref()
  expect(await findLeaks(baseline, IMPATIENT_MILLIS)).toBeUndefined()
  const timers = [setTimeout(() => {}, 60_000), setInterval(() => {}, 60_000)]
  const leaks = await findLeaks(baseline, IMPATIENT_MILLIS)
  timers.forEach((timer) => clearTimeout(timer))
  clearTimeout(unheld)
  expect(leaks).toContain('2 × Timeout')
  expect(leaks).toContain('leak-guard.test.ts')
})

test('catches a server', async () => {
  const baseline = await takeBaseline()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const leaks = await findLeaks(baseline, IMPATIENT_MILLIS)
  await new Promise((resolve) => server.close(resolve))
  expect(leaks).toContain('TCP')
})

test('waits for what is on its way out', async () => {
  const baseline = await takeBaseline()
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  let turns = 0
  const linger = (): void => {
    if (++turns < 30) setImmediate(linger)
    else socket.close()
  }
  linger()
  expect(await findLeaks(baseline)).toBeUndefined()
  expect(turns).toBe(30)
})
