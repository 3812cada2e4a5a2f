import { createCipheriv, createHash } from 'node:crypto'

export const BLOCK_BYTES = 64 * 1024

/**
 * A file of any size that need not exist: the key stream of AES-128-CTR, the same for the same seed, incompressible, and
 * cheap enough that it is never what limits a transfer.
 */
export class GeneratedFile {
  readonly sizeBytes: number
  readonly #seed: number
  readonly #hash = createHash('sha256')

  constructor(sizeBytes: number, seed: number) {
    this.sizeBytes = sizeBytes
    this.#seed = seed
  }

  /** The blocks, once, in order; hashing them as they go. */
  *blocks(): Generator<Uint8Array<ArrayBuffer>> {
    const key = Buffer.alloc(16)
    key.writeUInt32BE(this.#seed >>> 0)
    const stream = createCipheriv('aes-128-ctr', key, Buffer.alloc(16))
    const zeros = Buffer.alloc(BLOCK_BYTES)
    for (let left = this.sizeBytes; left > 0; left -= BLOCK_BYTES) {
      const block = new Uint8Array(stream.update(zeros.subarray(0, Math.min(left, BLOCK_BYTES))))
      this.#hash.update(block)
      yield block
    }
  }

  /** SHA-256 of what was generated, in hexadecimal: call it once, after the last block. */
  digest(): string {
    return this.#hash.digest('hex')
  }
}
