import { expect, test } from 'vitest'
import { VirtualNetwork } from '../../test/support/virtual-network.js'
import { networkWatchOf } from './network-watch.js'

const [A, B] = ['192.0.2.1', '192.0.2.2']

test('changes are told once, to all who listen, and only while somebody does', async () => {
  const network = new VirtualNetwork()
  const io = network.host({ addresses: [A] })
  const watch = networkWatchOf(io)
  expect(networkWatchOf(io)).toBe(watch)
  expect(io.held.timers).toBe(0)
  const told: string[] = []
  const one = (present: ReadonlySet<string>): void => void told.push(`one ${[...present].join(' ')}`)
  const other = (present: ReadonlySet<string>): void => void told.push(`other ${present.size}`)
  watch.add(one)
  watch.add(one)
  watch.add(other)
  await network.runFor(10_000)
  expect(told).toEqual([])
  io.plug(B)
  await network.runFor(10_000)
  expect(told).toEqual([`one ${A} ${B}`, 'other 2'])
  watch.remove(one)
  io.unplug(A)
  io.plug(A) // in another order: nothing changed
  await network.runFor(3000)
  expect(told).toHaveLength(2)
  io.unplug(A)
  await network.runFor(3000)
  expect(told.slice(2)).toEqual(['other 1'])
  watch.remove(other)
  expect(io.held.timers).toBe(0)
  io.plug(A)
  watch.add(other) // what changed while nobody listened is not news
  await network.runFor(3000)
  expect(told).toHaveLength(3)
  watch.remove(other)
})
