import { expect, test } from 'vitest'
import { once, Pair, record } from './connected-pair.test-support.js'
import { resourcesOf, RTCPeerConnection } from './index.js'

const onLoopback = { tincan: { includeLoopback: true, addresses: { only: ['127.0.0.1'] } } }

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('a pool holds sockets before there is a description, tells nothing, and gives them back at close', async () => {
  const connection = new RTCPeerConnection({ iceCandidatePoolSize: 2, ...onLoopback })
  const told = record(connection, ['icecandidate', 'icegatheringstatechange'], () => connection.iceGatheringState)
  await until(() => resourcesOf(connection).sockets === 2)
  connection.setConfiguration({ iceCandidatePoolSize: 3 })
  await until(() => resourcesOf(connection).sockets === 3)
  connection.setConfiguration({ iceCandidatePoolSize: 1 })
  await until(() => resourcesOf(connection).sockets === 1)
  expect(told).toEqual([])
  expect(connection.iceGatheringState).toBe('new')
  connection.createDataChannel('')
  const complete = once(connection, 'icegatheringstatechange')
  await connection.setLocalDescription()
  await complete
  expect(connection.localDescription!.sdp).toContain('a=candidate:')
  expect(() => connection.setConfiguration({ iceCandidatePoolSize: 2 })).toThrow(
    expect.objectContaining({ name: 'InvalidModificationError' }),
  )
  connection.close()
  await until(() => resourcesOf(connection).sockets === 0)
})

test('with pools on both sides a connection comes up, and what was not used is given back', async () => {
  using pair = new Pair({ iceCandidatePoolSize: 3 })
  await until(() => resourcesOf(pair.a).sockets > 0 && resourcesOf(pair.b).sockets > 0)
  const [ours, theirs] = await pair.channels()
  ours.send('hello')
  expect((await once<MessageEvent>(theirs, 'message')).data).toBe('hello')
  using plain = new Pair()
  await plain.channels()
  await until(() => resourcesOf(pair.a).sockets === resourcesOf(plain.a).sockets)
})
