import { expect, test } from 'vitest'
import { UnknownPeers } from './unknown-peers.js'

const LOCAL = { address: '192.0.2.1', port: 443 }

test('the same fragment from the same place is told once a second; others at once', () => {
  let now = 0
  const told: string[] = []
  const io = { now: () => now, queueTask: (task: () => void) => task() }
  const unknown = new UnknownPeers(io, (peer) => told.push(`${peer.localUsernameFragment} ${peer.port}`))
  const hear = (local: string, port: number): void => {
    unknown.heard({ local, remote: 'remote' }, { address: '198.51.100.1', port }, LOCAL)
  }
  for (const at of [0, 500, 999]) {
    now = at
    hear('ours', 1)
  }
  hear('ours', 2)
  hear('theirs', 1)
  expect(told).toEqual(['ours 1', 'ours 2', 'theirs 1'])
  now = 1000
  hear('ours', 1)
  expect(told.slice(3)).toEqual(['ours 1'])
})

test('SECURITY 15: 256 are told in a second, whoever they are, and as many in the next', () => {
  let now = 0
  let told = 0
  const io = { now: () => now, queueTask: (task: () => void) => task() }
  const unknown = new UnknownPeers(io, () => told++)
  const flood = (): void => {
    for (let port = 1; port <= 1000; port++)
      unknown.heard({ local: 'ours', remote: 'remote' }, { address: '198.51.100.1', port }, LOCAL)
  }
  flood()
  expect(told).toBe(256)
  now = 1000
  flood()
  expect(told).toBe(512)
})
