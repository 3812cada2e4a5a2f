/** Drives libp2p with @libp2p/webrtc: a node behind a relay, and streams of one protocol to another one. */
import { noise } from '@libp2p/noise'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { webRTC } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { WebRTC } from '@multiformats/multiaddr-matcher'
import { createLibp2p } from 'libp2p'
import type { Libp2p } from 'libp2p'
import { block, Hasher, POUR_BLOCK_BYTES } from '../support/payload.js'
import type { Tell } from '../support/event-log.js'
import type { Commands } from '../support/sides.js'

export interface Libp2pOptions {
  /** Of the relay that carries the signalling. */
  readonly relay: string
  readonly rtcConfiguration: object
}

/** What is used here of a stream of libp2p. */
interface Stream {
  send(data: Uint8Array): boolean
  onDrain(): Promise<void>
  close(): Promise<void>
  abort(error: Error): void
  addEventListener(type: 'message', listener: (event: { readonly data: Bytes }) => void): void
  addEventListener(type: 'close', listener: (event: { readonly error?: Error }) => void): void
  addEventListener(type: 'remoteCloseWrite', listener: () => void): void
}

type Bytes = Uint8Array | { subarray(): Uint8Array }

const PROTOCOL = '/tincan/ecosystem/1.0.0'

function tellStream(stream: Stream, tell: Tell): void {
  const received = new Hasher()
  stream.addEventListener('message', ({ data }) => {
    received.add(data instanceof Uint8Array ? data : data.subarray())
    tell('received', received.digest)
  })
  stream.addEventListener('remoteCloseWrite', () => tell('end'))
  stream.addEventListener('close', ({ error }) => tell('stream close', error?.name ?? 'in order'))
}

async function startNode({ relay, rtcConfiguration }: Libp2pOptions): Promise<Libp2p> {
  const node = await createLibp2p({
    addresses: { listen: [`${relay}/p2p-circuit`, '/webrtc'] },
    transports: [webSockets(), webRTC({ rtcConfiguration }), circuitRelayTransport()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    services: { identify: identify() },
  })
  await node.start()
  return node
}

async function ownAddress(node: Libp2p): Promise<string> {
  for (;;) {
    const found = node.getMultiaddrs().find((address) => WebRTC.matches(address))
    if (found !== undefined) return found.toString()
    await new Promise((resolve) => node.addEventListener('self:peer:update', resolve, { once: true }))
  }
}

export async function libp2pAdapter(options: Libp2pOptions, tell: Tell): Promise<Commands> {
  const node = await startNode(options)
  let stream: Stream | undefined
  const adopt = (given: Stream): void => {
    stream = given
    tellStream(given, tell)
  }
  await node.handle(PROTOCOL, (given) => {
    adopt(given)
    tell('stream')
  })
  node.addEventListener('connection:close', ({ detail }) => {
    if (WebRTC.matches(detail.remoteAddr)) tell('connection close')
  })
  return {
    address: async () => await ownAddress(node),
    open: async (address: string) => {
      const connection = await node.dial(multiaddr(address))
      adopt(await connection.newStream(PROTOCOL))
      return connection.remoteAddr.toString()
    },
    pour: async (blocks: number) => {
      for (let i = 0; i < blocks; i++) if (!stream!.send(block(POUR_BLOCK_BYTES, i))) await stream!.onDrain()
    },
    closeStream: async () => await stream!.close(),
    abortStream: () => stream!.abort(new Error('enough')),
    closeConnection: async () => {
      const direct = node.getConnections().filter(({ remoteAddr }) => WebRTC.matches(remoteAddr))
      await Promise.all(direct.map(async (connection) => await connection.close()))
    },
    stop: async () => await node.stop(),
  }
}
