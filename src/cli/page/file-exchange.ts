import type { ChannelMessage } from '../demo-protocol.js'
import { sendBlocks } from '../flow.js'

const BLOCK_BYTES = 64 * 1024

export interface FileView {
  progress(fraction: number): void
  note(text: string, download?: { readonly url: string; readonly name: string }): void
}

/** Files over one channel, either way, verified by their hash. */
export class FileExchange {
  readonly #channel: RTCDataChannel
  readonly #view: FileView
  #incoming:
    { readonly name: string; readonly sizeBytes: number; readonly blocks: ArrayBuffer[]; bytes: number } | undefined

  constructor(channel: RTCDataChannel, view: FileView) {
    this.#channel = channel
    this.#view = view
  }

  async send(file: File): Promise<void> {
    const bytes = new Uint8Array(await file.arrayBuffer())
    this.#say({ type: 'file', name: file.name, sizeBytes: bytes.length })
    await sendBlocks(this.#channel, blocksOf(bytes), (sent) => {
      this.#view.progress(sent / bytes.length)
    })
    this.#say({ type: 'fileEnd', sha256: await sha256(bytes) })
  }

  /** @returns whether the message was about a file */
  take(data: ArrayBuffer | ChannelMessage): boolean {
    if (data instanceof ArrayBuffer) {
      this.#takeBlock(data)
      return true
    }
    switch (data.type) {
      case 'file':
        this.#incoming = { name: data.name, sizeBytes: data.sizeBytes, blocks: [], bytes: 0 }
        return true
      case 'fileEnd':
        void this.#finish(data.sha256)
        return true
      case 'fileVerdict':
        this.#view.note(`Node got ${data.name}, ${data.sizeBytes} bytes: ${data.ok ? 'hash verified' : 'hash differs'}`)
        return true
      default:
        return false
    }
  }

  #takeBlock(block: ArrayBuffer): void {
    if (this.#incoming === undefined) return
    this.#incoming.blocks.push(block)
    this.#incoming.bytes += block.byteLength
    this.#view.progress(this.#incoming.bytes / this.#incoming.sizeBytes)
  }

  async #finish(expected: string): Promise<void> {
    if (this.#incoming === undefined) return
    const { name, sizeBytes, blocks } = this.#incoming
    this.#incoming = undefined
    const file = new Blob(blocks)
    const ok = (await sha256(new Uint8Array(await file.arrayBuffer()))) === expected
    this.#view.note(`${name}, ${file.size} bytes: ${ok ? 'hash verified' : 'hash differs'}`, {
      url: URL.createObjectURL(file),
      name,
    })
    this.#say({ type: 'fileVerdict', name, sizeBytes, ok })
  }

  #say(message: ChannelMessage): void {
    if (this.#channel.readyState === 'open') this.#channel.send(JSON.stringify(message))
  }
}

function* blocksOf(bytes: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) yield bytes.subarray(at, at + BLOCK_BYTES)
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
