import { expect, test } from 'vitest'
import { UnknownPeers, type UnknownPeer } from './unknown-peers.js'

test('the application is told in a task of its own: what it throws stops nothing that was being received', () => {
  const tasks: (() => void)[] = []
  const told: UnknownPeer[] = []
  const peers = new UnknownPeers({ now: () => 0, queueTask: (task) => tasks.push(task) }, (peer) => {
    told.push(peer)
    throw new Error('of the application')
  })
  const at = { address: '192.0.2.1', port: 4000 }
  for (const port of [1000, 1001]) {
    peers.heard({ local: 'abcd', remote: 'efgh' }, { address: '198.51.100.2', port }, at)
  }
  expect(told).toEqual([])
  for (const task of tasks) expect(task).toThrow('of the application')
  expect(told.map(({ port }) => port)).toEqual([1000, 1001])
})
