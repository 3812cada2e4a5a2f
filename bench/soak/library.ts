import type * as entry from '../../src/index.js'

/** The public entry, whichever build of it is under test. */
export type Library = typeof entry
export type Connection = InstanceType<Library['RTCPeerConnection']>
export type Channel = ReturnType<Connection['createDataChannel']>

/** Two connections of one process that signal to each other directly. */
export interface Pair {
  readonly a: Connection
  readonly b: Connection
}

export function createConnection(library: Library): Connection {
  return new library.RTCPeerConnection({ tincan: { includeLoopback: true } })
}

export function createPair(library: Library): Pair {
  const pair = { a: createConnection(library), b: createConnection(library) }
  trickle(pair.a, pair.b)
  trickle(pair.b, pair.a)
  return pair
}

function trickle(from: Connection, to: Connection): void {
  from.addEventListener('icecandidate', ({ candidate }) => {
    to.addIceCandidate(candidate).catch(ignoreInvalidState)
  })
}

/** What is asked of a connection that is closed meanwhile, or that the description did not reach. */
export function ignoreInvalidState(error: unknown): void {
  if (!(error instanceof DOMException && error.name === 'InvalidStateError')) throw error
}

/** Offer and answer; `tamper` changes what the offerer is given. */
export async function negotiate({ a, b }: Pair, tamper: (sdp: string) => string = (sdp) => sdp): Promise<void> {
  await a.setLocalDescription()
  await b.setRemoteDescription(a.localDescription!)
  await b.setLocalDescription()
  await a.setRemoteDescription({ type: 'answer', sdp: tamper(b.localDescription!.sdp) })
}

export function once<E extends Event = Event>(target: EventTarget, type: string): Promise<E> {
  return new Promise((resolve) => {
    target.addEventListener(type, (event) => resolve(event as E), { once: true })
  })
}

/** Settles as soon as `condition` holds, which is looked at after every event of the name. */
export async function until(target: EventTarget, type: string, condition: () => boolean): Promise<void> {
  while (!condition()) await once(target, type)
}
