/** Drives simple-peer, and its fork by ThaUnknown, which has the same interface. */
import { block, digestOf, Hasher, POUR_BLOCK_BYTES } from '../support/payload.js'
import type { Tell } from '../support/event-log.js'
import type { Commands } from '../support/sides.js'

/** What is used here of a simple-peer, in either package. */
export interface StreamPeer {
  readonly connected: boolean
  readonly destroyed: boolean
  readonly bufferSize: number
  on(event: string, listener: (...args: never[]) => void): unknown
  once(event: string, listener: (...args: never[]) => void): unknown
  signal(data: unknown): void
  send(data: string | Uint8Array): void
  write(data: Uint8Array): boolean
  end(): void
  destroy(error?: Error): void
  address(): { readonly port?: number; readonly address?: string }
  addTransceiver(kind: 'audio' | 'video', init?: object): void
  addTrack(track: unknown, stream: unknown): void
}

export type StreamPeerClass = new (options: Record<string, unknown>) => StreamPeer

export interface SimplePeerOptions {
  readonly initiator: boolean
  readonly [option: string]: unknown
}

const EVENTS = ['connect', 'negotiated', 'close'] as const

/** By which each package says that it is over. The fork has `close` for its own destroy() alone. */
const LAST_EVENTS = ['close', 'disconnect', 'error'] as const

function errorWords(error: { code?: string; message: string }): unknown {
  return { code: error.code, message: error.message }
}

/** Text arrives as bytes unless `objectMode` is on; what is poured is only counted. */
function tellData(tell: Tell, peer: StreamPeer): Hasher {
  const poured = new Hasher()
  peer.on('data', (data: string | Uint8Array) => {
    if (typeof data === 'string') return tell('text', data)
    if (data.length < POUR_BLOCK_BYTES / 2) return tell('data', digestOf(data))
    poured.add(data)
    tell('poured', poured.digest)
  })
  return poured
}

export function simplePeerAdapter(Peer: StreamPeerClass) {
  return (options: SimplePeerOptions, tell: Tell): Commands => {
    const peer = new Peer(options)
    peer.on('signal', (data: unknown) => tell('signal', data))
    peer.on('error', (error: Error) => tell('error', errorWords(error)))
    peer.on('track', (track: { kind: string }) => tell('track', track.kind))
    for (const type of EVENTS) peer.on(type, () => tell(type))
    const isOver = new Promise<void>((resolve) => {
      for (const type of LAST_EVENTS) peer.once(type, () => resolve())
    })
    void isOver.then(() => tell('over'))
    tellData(tell, peer)
    return {
      signal: (data: unknown) => peer.signal(data),
      sendText: (text: string) => peer.send(text),
      sendBlock: (bytes: number, seed: number) => peer.send(block(bytes, seed)),
      pour: async (blocks: number) => await pour(peer, blocks),
      end: () => peer.end(),
      destroy: (reason?: string) => peer.destroy(reason === undefined ? undefined : new Error(reason)),
      addTransceiver: (kind: 'audio' | 'video') => peer.addTransceiver(kind),
      addTrack: (track: unknown, stream: unknown) => peer.addTrack(track, stream),
      state: () => ({ connected: peer.connected, destroyed: peer.destroyed }),
      address: () => peer.address(),
    }
  }
}

/** Writes as any stream is written to; the most that the channel ever buffered meanwhile. */
async function pour(peer: StreamPeer, blocks: number): Promise<number> {
  let most = 0
  for (let i = 0; i < blocks; i++) {
    const isWelcome = peer.write(block(POUR_BLOCK_BYTES, i))
    most = Math.max(most, peer.bufferSize)
    if (!isWelcome) await new Promise<void>((resolve) => peer.once('drain', resolve))
  }
  return most
}
