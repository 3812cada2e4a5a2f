import { describe, expect, test } from 'vitest'
import type { RTCErrorEvent, RTCSessionDescription } from '../../src/index.js'
import { VirtualPair, type Side } from './support/virtual-pair.js'

/** TLS alerts (RFC 5246 §7.2). */
const BAD_CERTIFICATE = 42

/** The fingerprint of a certificate that nobody has. */
function withWrongFingerprint({ type, sdp }: RTCSessionDescription): { type: 'offer' | 'answer'; sdp: string } {
  const wrong = sdp.replace(/(a=fingerprint:sha-256 )(..)/i, (_, name: string, byte: string) => {
    return `${name}${byte === '00' ? '01' : '00'}`
  })
  expect(wrong).not.toBe(sdp)
  return { type: type as 'offer' | 'answer', sdp: wrong }
}

function dtlsErrors({ connection }: Side): RTCErrorEvent[] {
  const errors: RTCErrorEvent[] = []
  connection.sctp!.transport.addEventListener('error', (event) => errors.push(event))
  return errors
}

async function connectWrongly(deceived: 'a' | 'b') {
  const pair = new VirtualPair({ link: { latencyMillis: 10 } })
  pair.create(pair.a, 'negotiated', { negotiated: true, id: 5 })
  pair.create(pair.b, 'negotiated', { negotiated: true, id: 5 })
  const [a, b] = [pair.a.connection, pair.b.connection]
  const passOn = (description: RTCSessionDescription, to: 'a' | 'b') =>
    to === deceived ? withWrongFingerprint(description) : description
  await a.setLocalDescription()
  await b.setRemoteDescription(passOn(a.localDescription!, 'b'))
  await b.setLocalDescription()
  await a.setRemoteDescription(passOn(b.localDescription!, 'a'))
  pair.observeTransports()
  pair.deliverCandidates()
  return { pair, errors: { a: dtlsErrors(pair.a), b: dtlsErrors(pair.b) } }
}

describe('errors of transports', () => {
  test.each(['a', 'b'] as const)('a certificate that is not the promised one: %s refuses it', async (deceived) => {
    const { pair, errors } = await connectWrongly(deceived)
    const [side, other] = deceived === 'a' ? [pair.a, pair.b] : [pair.b, pair.a]
    const isFailed = ({ connection }: Side) => connection.connectionState === 'failed'
    await pair.network.run({ until: () => isFailed(side) && isFailed(other), maxVirtualMillis: 60_000 })
    const [refusal] = errors[deceived]
    expect(refusal!.error).toMatchObject({
      name: 'OperationError',
      errorDetail: 'fingerprint-failure',
      sentAlert: BAD_CERTIFICATE,
      receivedAlert: null,
      cause: { name: 'NetworkError', message: expect.stringMatching(/fingerprint/i) },
    })
    const [refused] = errors[other.name]
    expect(refused!.error).toMatchObject({
      name: 'OperationError',
      errorDetail: 'dtls-failure',
      sentAlert: null,
      receivedAlert: BAD_CERTIFICATE,
      cause: { name: 'NetworkError', message: expect.stringMatching(/bad_certificate/) },
    })
    for (const { history } of [side, other]) {
      expect(history.events.filter((told) => /^dtls/.test(told))).toEqual([
        'dtls connecting',
        'dtls error',
        'dtls failed',
      ])
      // D8: channels learn of it, too, once and in order.
    }
    for (const { events, errors: own } of pair.allChannels) {
      expect(events).toEqual(['error', 'close'])
      expect(own).toMatchObject([{ errorDetail: 'sctp-failure', cause: { name: 'NetworkError' } }])
    }
    await pair.end()
    expect(pair.violations()).toEqual([])
  })

  test('the error of a connection that ends abruptly names no alert: close_notify is none', async () => {
    const pair = new VirtualPair({ link: { latencyMillis: 10 } })
    await pair.channels()
    const errors = dtlsErrors(pair.b)
    pair.a.connection.close()
    await pair.network.runFor(1000)
    expect(errors).toEqual([])
    expect(pair.b.connection.sctp!.transport.state).toBe('closed')
    await pair.end()
    expect(pair.violations()).toEqual([])
  })

  test('after the peer is gone: new channels cannot be, and say so', async () => {
    const pair = new VirtualPair({ link: { latencyMillis: 10 } })
    await pair.channels()
    pair.a.connection.close()
    await pair.network.run({ until: () => pair.b.connection.connectionState === 'disconnected' })
    const late = pair.create(pair.b, 'late')
    await pair.network.run({ until: () => late.readyState === 'closed' })
    expect(pair.b.channels.at(-1)!.events).toEqual(['error', 'close'])
    await pair.end()
    expect(pair.violations()).toEqual([])
  })
})
