import { createConnection, createPair, ignoreInvalidState, negotiate, once, until } from './library.js'
import type { Channel, Connection, Library, Pair } from './library.js'

/** One life of one or two connections, closed when it settles; yields them. */
type Cycle = (library: Library) => Promise<readonly Connection[]>

/** A channel that a opened and what b was handed, after a message has gone each way. */
export async function openChannels(pair: Pair): Promise<readonly [Channel, Channel]> {
  const ours = pair.a.createDataChannel('soak')
  const theirs = once<Event & { channel: Channel }>(pair.b, 'datachannel').then(({ channel }) => channel)
  const echoed = once(ours, 'message')
  ours.addEventListener('open', () => ours.send('ping'))
  if (pair.a.remoteDescription === null) await negotiate(pair)
  const channel = await theirs
  channel.addEventListener('message', () => channel.send('pong'), { once: true })
  await echoed
  return [ours, channel]
}

/** Connected, used, closed: the other side learns of it and closes as well. */
async function connected(library: Library, closer: 'a' | 'b'): Promise<readonly Connection[]> {
  const pair = createPair(library)
  const [ours, theirs] = await openChannels(pair)
  const [first, second, told] = closer === 'a' ? [pair.a, pair.b, theirs] : [pair.b, pair.a, ours]
  const closed = once(told, 'close')
  first.close()
  await closed
  second.close()
  return [pair.a, pair.b]
}

/** Channel first, then the connections inside its close event. */
async function graceful(library: Library): Promise<readonly Connection[]> {
  const pair = createPair(library)
  const [ours, theirs] = await openChannels(pair)
  const closed = [ours, theirs].map((channel, side) => {
    channel.addEventListener('close', () => (side === 0 ? pair.a : pair.b).close())
    return once(channel, 'close')
  })
  ours.close()
  await Promise.all(closed)
  return [pair.a, pair.b]
}

/** Constructed, with a channel, and nothing more. */
async function neverNegotiated(library: Library): Promise<readonly Connection[]> {
  const connection = createConnection(library)
  connection.createDataChannel('soak')
  connection.close()
  return [connection]
}

/** An offer that nobody answers; closed as soon as sockets are being bound, or when all candidates are there. */
async function offerOnly(library: Library, whenComplete: boolean): Promise<readonly Connection[]> {
  const connection = createConnection(library)
  connection.createDataChannel('soak')
  await connection.setLocalDescription()
  if (whenComplete) {
    await until(connection, 'icegatheringstatechange', () => connection.iceGatheringState === 'complete')
  }
  connection.close()
  return [connection]
}

/** Half-open: the answer does not get through, so that one side checks and the other waits. */
async function answerLost(library: Library): Promise<readonly Connection[]> {
  const { a, b } = createPair(library)
  a.createDataChannel('soak')
  await a.setLocalDescription()
  await b.setRemoteDescription(a.localDescription!)
  await b.setLocalDescription()
  await until(b, 'iceconnectionstatechange', () => b.iceConnectionState === 'checking')
  b.close()
  a.close()
  return [a, b]
}

/** Somebody else's certificate: the handshake fails, and so do both connections. */
async function wrongFingerprint(library: Library): Promise<readonly Connection[]> {
  const pair = createPair(library)
  pair.a.createDataChannel('soak')
  await negotiate(pair, (sdp) =>
    sdp.replace(/^(a=fingerprint:sha-256 )\S+/m, (_, name: string) => name + Array(32).fill('00').join(':')),
  )
  await until(pair.a, 'connectionstatechange', () => pair.a.connectionState === 'failed')
  pair.a.close()
  pair.b.close()
  return [pair.a, pair.b]
}

/** Both are closed by whichever first sees `reached`. */
async function closedWhen(
  library: Library,
  type: 'iceconnectionstatechange' | 'connectionstatechange',
  reached: (connection: Connection) => boolean,
): Promise<readonly Connection[]> {
  const { a, b } = createPair(library)
  a.createDataChannel('soak')
  const closed = Promise.race(
    [a, b].map(async (connection) => {
      await new Promise<void>((resolve) => {
        connection.addEventListener(type, () => {
          if (!reached(connection)) return
          a.close() // inside the event handler
          b.close()
          resolve()
        })
      })
    }),
  )
  void negotiate({ a, b }).catch(ignoreInvalidState)
  await closed
  return [a, b]
}

/** Every way to end, at every stage. */
export const CYCLES: Readonly<Record<string, Cycle>> = {
  'connected, closed by the offerer': (library) => connected(library, 'a'),
  'connected, closed by the answerer': (library) => connected(library, 'b'),
  'connected, channel closed first': graceful,
  'never negotiated': neverNegotiated,
  'offer only, closed while gathering': (library) => offerOnly(library, false),
  'offer only, gathered': (library) => offerOnly(library, true),
  'half-open, the answer is lost': answerLost,
  'failed, wrong fingerprint': wrongFingerprint,
  'closed while checking': (library) =>
    closedWhen(library, 'iceconnectionstatechange', ({ iceConnectionState }) => iceConnectionState === 'checking'),
  'closed while handshaking': (library) =>
    closedWhen(library, 'iceconnectionstatechange', ({ iceConnectionState }) => iceConnectionState === 'connected'),
}

export interface CycleRun {
  readonly count: number
  /** So many at a time: most of a set-up is waiting. */
  readonly atOnce: number
  /** Told of every connection that was made, when it is closed. */
  readonly onClosed?: (connection: Connection) => void
}

/** Runs cycles, each kind in turn, and settles when they hold nothing any more. */
export async function runConnectionCycles(library: Library, run: CycleRun): Promise<void> {
  const cycles = Object.values(CYCLES)
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < run.count) {
      const cycle = cycles[next++ % cycles.length]!
      for (const connection of await cycle(library)) {
        await connection[Symbol.asyncDispose]()
        run.onClosed?.(connection)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(run.atOnce, run.count) }, lane))
}
