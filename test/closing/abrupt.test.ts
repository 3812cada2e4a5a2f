import { describe, expect, test } from 'vitest'
import { ALERT, APPLICATION_DATA, tap, type Sent } from './support/datagram-tap.js'
import { VirtualPair, type Side } from './support/virtual-pair.js'

const RTT_MILLIS = 100
const LINK = { latencyMillis: RTT_MILLIS / 2 }

const isOfA = ({ from }: Sent) => from === '192.0.2.1'
const isAbort = (sent: Sent) => isOfA(sent) && sent.contentType === APPLICATION_DATA
const isCloseNotify = (sent: Sent) => isOfA(sent) && sent.contentType === ALERT
const until = (side: Side, state: string) => () => side.connection.connectionState === state

/** What b is told from now on. */
function following({ b }: VirtualPair): () => string[] {
  const from = b.history.events.length
  return () => b.history.events.slice(from)
}

async function connected(): Promise<VirtualPair> {
  const pair = new VirtualPair({ link: LINK })
  await pair.channels('first')
  await pair.channels('second')
  await pair.network.runFor(1000)
  return pair
}

async function end(pair: VirtualPair): Promise<void> {
  await pair.end()
  expect(pair.violations()).toEqual([])
}

const ABORTED = { name: 'OperationError', errorDetail: 'sctp-failure', sctpCauseCode: 12 }
const FAILED = { name: 'OperationError', errorDetail: 'sctp-failure', sctpCauseCode: null }
const UNTIL_DISCONNECTED = [
  'ice disconnected',
  'iceconnectionstatechange disconnected',
  'connectionstatechange disconnected',
]

describe('P4, P5, D8: connection.close(), seen from the other side', () => {
  test('within a round trip: every transport, every channel, and the states of the connection', async () => {
    const pair = await connected()
    const told = following(pair)
    const sent = tap(pair.network)
    pair.a.connection.close()
    // On the wire in the call itself: SCTP ABORT, then DTLS close_notify, and nothing else.
    expect(sent.map(({ contentType }) => contentType)).toEqual([APPLICATION_DATA, ALERT])
    await pair.network.runFor(RTT_MILLIS)
    expect(told()).toEqual(['sctp closed', 'dtls closed', ...UNTIL_DISCONNECTED])
    for (const { milestones, errors } of pair.b.channels) {
      expect(milestones).toEqual(['open', 'error', 'close'])
      expect(errors).toMatchObject([ABORTED])
    }
    for (const { milestones } of pair.a.channels) expect(milestones).toEqual(['open', 'close'])
    // Nothing answers: b's consent to send is gone with the close (RFC 7675 §5.2).
    expect(sent.filter((one) => !isOfA(one))).toEqual([])
    // And on from there, as ICE computes it.
    await pair.network.run({ until: until(pair.b, 'failed') })
    await end(pair)
  })

  test('what a had pending is not waited for; what b has not seen yet is gone', async () => {
    const pair = await connected()
    for (let i = 0; i < 200; i++) pair.a.channels[0]!.channel.send(new Uint8Array(50_000))
    await pair.network.runFor(RTT_MILLIS)
    pair.a.connection.close()
    await pair.network.runFor(RTT_MILLIS)
    const [first] = pair.b.channels
    expect(first!.messages.length).toBeLessThan(200)
    expect(first!.milestones).toEqual(['open', 'error', 'close'])
    await end(pair)
  })

  test('the words: what happened, for people', async () => {
    const pair = await connected()
    pair.a.connection.close()
    await pair.network.runFor(RTT_MILLIS)
    const [error] = pair.b.channels[0]!.errors
    expect(error!.message).toMatch(/abort.*connection closed/i)
    expect(error!.cause).toBeInstanceOf(DOMException)
    expect(error!.cause).toMatchObject({ name: 'NetworkError', message: error!.message })
    expect(error).toMatchObject({ receivedAlert: null, sentAlert: null, sdpLineNumber: null })
    await end(pair)
  })

  test('the ABORT is lost: close_notify suffices', async () => {
    const pair = await connected()
    const told = following(pair)
    tap(pair.network, (sent) => !isAbort(sent))
    pair.a.connection.close()
    await pair.network.runFor(RTT_MILLIS)
    expect(told().toSorted()).toEqual(['sctp closed', 'dtls closed', ...UNTIL_DISCONNECTED].toSorted())
    for (const { milestones, errors } of pair.b.channels) {
      expect(milestones).toEqual(['open', 'error', 'close'])
      expect(errors).toMatchObject([FAILED])
      expect(errors[0]!.cause).toMatchObject({ name: 'NetworkError', message: expect.stringMatching(/closed/) })
    }
    await end(pair)
  })

  test('the close_notify is lost: the ABORT suffices for SCTP and channels; consent runs out', async () => {
    const pair = await connected()
    const told = following(pair)
    tap(pair.network, (sent) => !isCloseNotify(sent))
    pair.a.connection.close()
    await pair.network.runFor(RTT_MILLIS)
    expect(told()).toEqual(['sctp closed'])
    for (const { milestones, errors } of pair.b.channels) {
      expect(milestones).toEqual(['open', 'error', 'close'])
      expect(errors).toMatchObject([ABORTED])
    }
    await pair.network.run({ until: until(pair.b, 'disconnected'), maxVirtualMillis: 15_000 })
    await pair.network.run({ until: until(pair.b, 'failed'), maxVirtualMillis: 60_000 })
    await end(pair)
  })

  test.each(['both are lost', 'the host vanishes'])('%s: consent runs out', async (what) => {
    const pair = await connected()
    const told = following(pair)
    if (what === 'both are lost') tap(pair.network, (sent) => !isAbort(sent) && !isCloseNotify(sent))
    else pair.vanish(pair.a)
    pair.a.connection.close()
    await pair.network.run({ until: until(pair.b, 'disconnected'), maxVirtualMillis: 15_000 })
    await pair.network.run({ until: until(pair.b, 'failed'), maxVirtualMillis: 60_000 })
    expect(told().slice(0, 3)).toEqual(UNTIL_DISCONNECTED)
    // Whether the peer comes back is for an ICE restart to find out: channels stay until somebody closes.
    for (const { channel } of pair.b.channels) expect(channel.readyState).toBe('open')
    await end(pair)
    for (const { milestones } of pair.b.channels) expect(milestones).toEqual(['open', 'close'])
  })

  test('in the other order: close_notify overtakes the ABORT', async () => {
    const pair = await connected()
    const told = following(pair)
    // Half a round trip later than the alert.
    tap(pair.network, (sent) => {
      if (isAbort(sent)) pair.network.setLink({ latencyMillis: RTT_MILLIS })
      if (isCloseNotify(sent)) pair.network.setLink({ latencyMillis: RTT_MILLIS / 4 })
      return true
    })
    pair.a.connection.close()
    await pair.network.runFor(2 * RTT_MILLIS)
    expect(told().toSorted()).toEqual(['sctp closed', 'dtls closed', ...UNTIL_DISCONNECTED].toSorted())
    for (const { milestones } of pair.b.channels) expect(milestones).toEqual(['open', 'error', 'close'])
    await end(pair)
  })

  test('by both at once: nobody sees an error', async () => {
    const pair = await connected()
    pair.a.connection.close()
    pair.b.connection.close()
    await end(pair)
    for (const { milestones } of pair.allChannels) expect(milestones).toEqual(['open', 'close'])
  })

  test.each([0, 10, 50, 60, 90, 100, 110])('by the other %i ms later', async (millis) => {
    const pair = await connected()
    pair.a.connection.close()
    await pair.network.runFor(millis)
    pair.b.connection.close()
    await end(pair)
    for (const { milestones } of pair.b.channels) {
      expect(milestones).toEqual(millis < 50 ? ['open', 'close'] : ['open', 'error', 'close'])
    }
  })

  test.each([0.05, 0.2, 0.5])('with %d loss the other side gets to know in any case', async (lossRatio) => {
    for (let seed = 1; seed <= 8; seed++) {
      const pair = new VirtualPair({ seed, link: LINK })
      await pair.channels()
      pair.network.setLink({ lossRatio })
      pair.a.connection.close()
      const isGone = () => ['disconnected', 'failed'].includes(pair.b.connection.connectionState)
      await pair.network.run({ until: isGone, maxVirtualMillis: 15_000 })
      await end(pair)
    }
  })

  test('a channel that is closing when the connection ends: error, then close', async () => {
    const pair = await connected()
    const [{ channel }] = pair.b.channels as [(typeof pair.b.channels)[0]]
    channel.send(new Uint8Array(200_000))
    channel.close()
    pair.a.connection.close()
    await pair.network.runFor(RTT_MILLIS)
    expect(pair.b.channels[0]!.milestones).toEqual(['open', 'error', 'close'])
    expect(channel.bufferedAmount).toBeGreaterThan(0)
    await end(pair)
  })

  test('the process of the peer is gone, then its address answers again: nothing is told but by ICE', async () => {
    const pair = await connected()
    pair.vanish(pair.a)
    await pair.network.run({ until: until(pair.b, 'disconnected') })
    pair.comeBack(pair.a)
    await pair.network.run({ until: until(pair.b, 'connected') })
    pair.b.channels[0]!.channel.send('still here')
    await pair.network.run({ until: () => pair.a.channels[0]!.messages.length === 1 })
    await end(pair)
  })
})
