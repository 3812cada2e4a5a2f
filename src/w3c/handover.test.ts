import { expect, test } from 'vitest'
import { once, Pair, record } from './connected-pair.test-support.js'

test('another endpoint answers: the transports stay, begin anew, and carry new channels', async () => {
  using pair = new Pair()
  const [ours, theirs] = await pair.channels('old')
  using next = new Pair()
  const a = pair.a
  const c = next.b
  const sctp = a.sctp!
  const dtls = sctp.transport
  const shown = () => Buffer.from(dtls.getRemoteCertificates()[0]!).toString('hex')
  const before = shown()
  const log = record(dtls, ['statechange'], () => `dtls ${dtls.state} ${dtls.getRemoteCertificates().length}`)
  record(sctp, ['statechange'], () => `sctp ${sctp.state} ${sctp.maxChannels === null}`, log)
  record(ours, ['close', 'error'], () => 'ours', log)
  const states = record(a, ['connectionstatechange'], () => a.connectionState)
  const closed = once(theirs, 'close')

  await a.setLocalDescription()
  await c.setRemoteDescription(a.localDescription!)
  await c.setLocalDescription()
  await a.setRemoteDescription(c.localDescription!)
  c.addEventListener('icecandidate', ({ candidate }) => void a.addIceCandidate(candidate))
  const back = c.createDataChannel('new')
  const { channel } = await once<Event & { channel: typeof back }>(a, 'datachannel')
  await once(channel, 'open')
  const message = once<MessageEvent>(back, 'message')
  channel.send('hello again')
  expect((await message).data).toBe('hello again')
  await closed

  expect(a.sctp).toBe(sctp)
  expect(sctp.transport).toBe(dtls)
  expect(shown()).not.toBe(before)
  expect(log).toEqual([
    'statechange dtls new 0',
    'statechange sctp connecting true',
    'close ours',
    'statechange dtls connecting 0',
    'statechange dtls connected 1',
    'statechange sctp connected false',
  ])
  expect(states.at(-1)).toBe('connectionstatechange connected')
  expect(states.join()).not.toMatch(/failed|closed|disconnected/)
})
