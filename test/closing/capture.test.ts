import { afterEach, describe, expect, test } from 'vitest'
import { resourcesOf, RTCPeerConnection } from '../../src/index.js'
import { nodeIo, withIo } from '../../src/node/index.js'
import type { Io } from '../../src/node/index.js'
import { CapturingRelay } from './support/capturing-relay.js'
import { ChannelHistory } from './support/channel-history.js'
import { ConnectionHistory } from './support/connection-history.js'
import { ALERT, APPLICATION_DATA } from './support/datagram-tap.js'

const CONFIGURATION = { tincan: { includeLoopback: true } }

let cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const release of cleanUp) await release()
  cleanUp = []
})

/** This machine, and when which of its sockets was asked to do what. */
function recordingIo(): { io: Io; log: string[] } {
  const log: string[] = []
  const io: Io = {
    ...nodeIo,
    async bindUdp(address, range, receive) {
      const socket = await nodeIo.bindUdp(address, range, receive)
      const { port } = socket.local
      return {
        local: socket.local,
        get sendErrors() {
          return socket.sendErrors
        },
        send(data, to) {
          log.push(`send ${data[0] ?? 0} from ${port}`)
          socket.send(data, to)
        },
        queue(data, to) {
          log.push(`send ${data[0] ?? 0} from ${port}`)
          socket.queue(data, to)
        },
        flush: () => socket.flush(),
        unref: () => socket.unref(),
        async close() {
          log.push(`close ${port}`)
          await socket.close()
          log.push(`closed ${port}`)
        },
      }
    },
  }
  return { io, log }
}

/** Two connections on real sockets that reach each other through the relay alone, with an open channel. */
async function connected() {
  const relay = await CapturingRelay.open()
  const { io, log } = recordingIo()
  const a = withIo(io, () => new RTCPeerConnection(CONFIGURATION))
  const b = new RTCPeerConnection(CONFIGURATION)
  cleanUp.push(
    () => a.close(),
    () => b.close(),
    () => relay.close(),
  )
  const history = new ConnectionHistory(b)
  const ours = new ChannelHistory(a.createDataChannel('captured'))
  const theirs = new Promise<ChannelHistory>((resolve) => {
    b.addEventListener('datachannel', ({ channel }) => resolve(new ChannelHistory(channel)))
  })
  const isConnected = until(b, 'connectionstatechange', () => b.connectionState === 'connected')
  await relay.negotiate(a, b)
  history.observeTransports()
  const channel = await theirs
  await isConnected
  if (ours.channel.readyState !== 'open') await until(ours.channel, 'open', () => true)
  return { relay, log, a, b, history, ours, theirs: channel }
}

function until(target: EventTarget, type: string, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    target.addEventListener(type, () => {
      if (holds()) resolve()
    })
  })
}

describe('P4, P5, P8: a capture of connection.close() on real sockets', () => {
  test('SCTP ABORT and DTLS close_notify are on the wire before the socket closes; b knows at once', async () => {
    const { relay, log, a, b, history, theirs } = await connected()
    const isOver = until(b, 'connectionstatechange', () => b.connectionState === 'disconnected')
    const isClosed = until(theirs.channel, 'close', () => true)
    const [asked, told] = [log.length, history.events.length]
    a.close()
    // In the call: both are given to the system.
    expect(log.slice(asked).map((line) => line.split(' ')[1])).toEqual(
      expect.arrayContaining([String(APPLICATION_DATA), String(ALERT)]),
    )
    await Promise.all([isOver, isClosed])
    await a[Symbol.asyncDispose]()

    // And they are the last that came out of a.
    const ofA = relay.captured.filter(({ from }) => from === 'a').slice(-2)
    expect(ofA.map(({ contentTypes }) => contentTypes)).toEqual([[APPLICATION_DATA], [ALERT]])
    const [port] = log.filter((line) => line.startsWith(`send ${ALERT} `)).map((line) => line.split(' ').at(-1)!)
    const ofSocket = log.slice(asked).filter((line) => line.endsWith(port!))
    expect(ofSocket).toEqual([
      `send ${APPLICATION_DATA} from ${port!}`,
      `send ${ALERT} from ${port!}`,
      `close ${port!}`,
      `closed ${port!}`,
    ])
    expect(resourcesOf(a)).toEqual({ sockets: 0, timers: 0, lookups: 0, pendingTasks: 0 })

    expect(theirs.milestones).toEqual(['open', 'error', 'close'])
    expect(theirs.errors).toMatchObject([{ errorDetail: 'sctp-failure', sctpCauseCode: 12, receivedAlert: null }])
    expect(history.events.slice(told)).toEqual([
      'sctp closed',
      'dtls closed',
      'ice disconnected',
      'iceconnectionstatechange disconnected',
      'connectionstatechange disconnected',
    ])
  })

  test.each([
    ['the ABORT', APPLICATION_DATA],
    ['the close_notify', ALERT],
  ])('%s is lost: the channel ends all the same', async (_, contentType) => {
    const { relay, a, theirs } = await connected()
    relay.passes = (datagram) => datagram.from !== 'a' || datagram.contentType !== contentType
    const isClosed = until(theirs.channel, 'close', () => true)
    a.close()
    await isClosed
    expect(theirs.milestones).toEqual(['open', 'error', 'close'])
    const sctpCauseCode = contentType === ALERT ? 12 : null
    expect(theirs.errors).toMatchObject([{ errorDetail: 'sctp-failure', sctpCauseCode }])
    expect(theirs.errors[0]!.cause).toMatchObject({ name: 'NetworkError' })
  })

  test('closing a channel sends neither', async () => {
    const { relay, ours, theirs } = await connected()
    const passed = relay.captured.length
    const bothClosed = [ours, theirs].map(({ channel }) => until(channel, 'close', () => true))
    ours.channel.close()
    await Promise.all(bothClosed)
    expect(relay.captured.slice(passed).flatMap(({ contentTypes }) => contentTypes)).not.toContain(ALERT)
    expect([ours.milestones, theirs.milestones]).toEqual([
      ['open', 'close'],
      ['open', 'closing', 'close'],
    ])
  })
})
