/** Drives PeerJS: a peer at a PeerServer, and its data connections. */
import * as peerjs from 'peerjs'
import type { DataConnection, PeerConnectOption } from 'peerjs'
import { block, digestOf, Hasher, POUR_BLOCK_BYTES } from '../support/payload.js'
import type { Tell } from '../support/event-log.js'
import type { Commands } from '../support/sides.js'

export interface PeerJsOptions {
  readonly id: string
  readonly host: string
  readonly port: number
  readonly path: string
  readonly secure: boolean
  readonly config: object
}

/** To Node it is a CommonJS module, whose names are on its default export; bundlers take its ES module. */
const { Peer } = 'Peer' in peerjs ? peerjs : (peerjs as { default: typeof peerjs }).default

function errorWords(error: { type?: string; message: string }): unknown {
  return { type: error.type, message: error.message }
}

function tellConnection(connection: DataConnection, tell: Tell): void {
  const poured = new Hasher()
  connection.on('open', () => tell('connection open', connection.label))
  connection.on('close', () => tell('connection close'))
  connection.on('error', (error) => tell('connection error', errorWords(error)))
  connection.on('data', (data) => {
    const bytes = bytesOf(data)
    if (bytes === undefined) return tell('data', data)
    if (bytes.length < POUR_BLOCK_BYTES) return tell('binary', digestOf(bytes))
    poured.add(bytes)
    tell('poured', poured.digest)
  })
}

function bytesOf(data: unknown): Uint8Array | undefined {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : undefined
}

export async function peerJsAdapter({ id, ...options }: PeerJsOptions, tell: Tell): Promise<Commands> {
  const given: object = options
  const peer = new Peer(id, given)
  let connection: DataConnection | undefined
  for (const type of ['open', 'close', 'disconnected'] as const) peer.on(type, () => tell(type))
  peer.on('error', (error) => tell('error', errorWords(error)))
  peer.on('connection', (announced) => {
    connection = announced
    tell('connection', announced.metadata)
    tellConnection(announced, tell)
  })
  await new Promise<void>((resolve, reject) => {
    peer.once('open', () => resolve())
    peer.once('error', reject)
  })
  const current = (): DataConnection => {
    if (connection === undefined) throw new Error('there is no connection')
    return connection
  }
  return {
    connect: (to: string, given: PeerConnectOption) => {
      connection = peer.connect(to, given)
      tellConnection(connection, tell)
    },
    send: (data: unknown) => current().send(data),
    sendBlock: (bytes: number, seed: number) => current().send(block(bytes, seed)),
    pour: (blocks: number) => {
      for (let i = 0; i < blocks; i++) void current().send(block(POUR_BLOCK_BYTES, i))
    },
    closeConnection: (flush: boolean) => current().close({ flush }),
    disconnect: () => peer.disconnect(),
    destroy: () => peer.destroy(),
  }
}
