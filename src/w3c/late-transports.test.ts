import { expect, test } from 'vitest'
import { once, Pair, record, task } from './connected-pair.test-support.js'
import { RTCSctpTransport } from './index.js'

test('transports that are first asked for when all is open say what they had said all along', async () => {
  using pair = new Pair()
  await pair.channels()
  for (const connection of [pair.a, pair.b]) {
    const sctp = connection.sctp!
    expect(sctp).toBeInstanceOf(RTCSctpTransport)
    expect(connection.sctp).toBe(sctp)
    expect(sctp.transport.iceTransport).toBe(connection.sctp!.transport.iceTransport)
    const { transport } = sctp
    expect([sctp.state, transport.state, transport.iceTransport.gatheringState]).toEqual([
      'connected',
      'connected',
      'complete',
    ])
    expect(['connected', 'completed']).toContain(transport.iceTransport.state)
    expect(transport.getRemoteCertificates()).toHaveLength(1)
    expect(transport.iceTransport.getSelectedCandidatePair()).not.toBeNull()
  }
})

test('one that is first asked for in a handler hears of the events that follow', async () => {
  using pair = new Pair()
  const heard: string[] = []
  pair.a.addEventListener('iceconnectionstatechange', () => {
    if (pair.a.iceConnectionState !== 'checking') return
    const { transport } = pair.a.sctp!
    record(transport, ['statechange'], () => transport.state, heard)
    record(transport.iceTransport, ['statechange'], () => `ice ${transport.iceTransport.state}`, heard)
  })
  await pair.channels()
  expect(heard).toContain('statechange ice connected')
  expect(heard.filter((entry) => !entry.includes('ice'))).toEqual(['statechange connecting', 'statechange connected'])
})

test('after the end they are closed, and nothing more is told', async () => {
  using pair = new Pair()
  const [, theirs] = await pair.channels()
  const closed = once(theirs, 'close')
  const heard: string[] = []
  pair.a.close()
  const { sctp } = pair.a
  for (const target of [sctp!, sctp!.transport, sctp!.transport.iceTransport])
    record(target, ['statechange'], () => '', heard)
  await closed
  await task()
  expect([sctp!.state, sctp!.transport.state, sctp!.transport.iceTransport.state]).toEqual([
    'closed',
    'closed',
    'closed',
  ])
  expect(heard).toEqual([])
})
