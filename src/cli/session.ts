import { createHash } from 'node:crypto'
import type { RTCDataChannel } from '../index.js'
import { RTCPeerConnection } from '../index.js'
import type { ChannelMessage, PageMessage, ServerMessage } from './demo-protocol.js'
import { MAX_DEMO_FILE_BYTES, parseChannelMessage } from './demo-protocol.js'
import { sendBlocks } from './flow.js'
import { GeneratedFile } from './generated-file.js'
import { negotiate } from './negotiation.js'
import { epochMillis, hasEnded, observeChannel, observeConnection } from './observe.js'

interface Incoming {
  readonly name: string
  readonly sizeBytes: number
  readonly hash: ReturnType<typeof createHash>
}

/** Node's end of the connection with one page. */
export class Session {
  readonly #send: (message: ServerMessage) => void
  readonly #print: (line: string) => void
  readonly #connection = new RTCPeerConnection()
  readonly #takeSignal
  #channel: RTCDataChannel | undefined
  #incoming: Incoming | undefined

  constructor(send: (message: ServerMessage) => void, print: (line: string) => void) {
    this.#send = send
    this.#print = print
    this.#takeSignal = negotiate(this.#connection, send, (error) => {
      this.#step(`negotiation failed: ${error.message}`)
    })
    observeConnection(this.#connection, (step) => {
      send({ type: 'step', step })
    })
    this.#connection.addEventListener('datachannel', ({ channel }) => {
      this.#adopt(channel)
    })
    this.#connection.addEventListener('connectionstatechange', () => {
      if (hasEnded(this.#connection)) this.end()
    })
  }

  take(message: PageMessage): void {
    switch (message.type) {
      case 'closeChannel':
        this.#closeChannel()
        return
      case 'closeConnection':
        this.end()
        return
      case 'candidate':
      case 'description':
        this.#takeSignal(message)
    }
  }

  /** Closes the connection, once. */
  end(): void {
    if (this.#connection.connectionState === 'closed') return
    this.#step('connection.close() …')
    this.#connection.close()
    this.#step(`… returned: connectionState "${this.#connection.connectionState}"`)
  }

  #closeChannel(): void {
    if (this.#channel === undefined) return
    this.#step('channel.close() …')
    this.#channel.close()
    this.#step(`… returned: readyState "${this.#channel.readyState}"`)
  }

  #adopt(channel: RTCDataChannel): void {
    this.#channel = channel
    channel.binaryType = 'arraybuffer'
    this.#step(`connection: event datachannel, "${channel.label}"`)
    observeChannel(channel, (step) => {
      this.#send({ type: 'step', step })
    })
    channel.addEventListener('message', ({ data }) => {
      if (data instanceof ArrayBuffer) this.#incoming?.hash.update(new Uint8Array(data))
      else this.#hear(channel, parseChannelMessage(String(data)))
    })
  }

  #hear(channel: RTCDataChannel, message: ChannelMessage | undefined): void {
    switch (message?.type) {
      case 'chat':
        this.#print(`the page says: ${message.text}`)
        this.#say(channel, { type: 'chat', text: `Node ${process.version} heard: ${message.text}` })
        return
      case 'file':
        this.#incoming = { name: message.name, sizeBytes: message.sizeBytes, hash: createHash('sha256') }
        return
      case 'fileEnd':
        this.#finishFile(channel, message.sha256)
        return
      case 'sendMeAFile':
        void this.#sendFile(channel, Math.min(Math.max(1, Math.trunc(message.sizeBytes)), MAX_DEMO_FILE_BYTES))
        return
      case 'fileVerdict':
        this.#print(`the page got ${message.name} ${message.ok ? 'whole' : 'BROKEN'}`)
    }
  }

  #finishFile(channel: RTCDataChannel, expected: string): void {
    if (this.#incoming === undefined) return
    const { name, sizeBytes, hash } = this.#incoming
    this.#incoming = undefined
    const ok = hash.digest('hex') === expected
    this.#print(`got ${name}, ${sizeBytes} bytes, SHA-256 ${ok ? 'matches' : 'DIFFERS'}`)
    this.#say(channel, { type: 'fileVerdict', name, sizeBytes, ok })
  }

  async #sendFile(channel: RTCDataChannel, sizeBytes: number): Promise<void> {
    const file = new GeneratedFile(sizeBytes, Date.now())
    try {
      this.#say(channel, { type: 'file', name: 'from-node.bin', sizeBytes })
      await sendBlocks(channel, file.blocks(), () => undefined)
      this.#say(channel, { type: 'fileEnd', sha256: file.digest() })
    } catch (error) {
      this.#step(`sending stopped: ${(error as Error).message}`)
    }
  }

  #say(channel: RTCDataChannel, message: ChannelMessage): void {
    if (channel.readyState === 'open') channel.send(JSON.stringify(message))
  }

  #step(what: string): void {
    this.#send({ type: 'step', step: { what, at: epochMillis() } })
  }
}
