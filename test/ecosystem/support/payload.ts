/** Bytes that can be named instead of sent to a page, and told apart by a digest. Runs in Node and in pages. */
export interface Digest {
  readonly bytes: number
  readonly hash: number
}

export function block(bytes: number, seed: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(bytes)
  let state = seed + 1
  for (let i = 0; i < bytes; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    block[i] = state >>> 24
  }
  return block
}

/** FNV-1a over all that is given to it, however it was cut. */
export class Hasher {
  #hash = 0x811c9dc5
  #bytes = 0

  add(bytes: Uint8Array): this {
    for (const byte of bytes) this.#hash = Math.imul(this.#hash ^ byte, 0x01000193)
    this.#bytes += bytes.length
    return this
  }

  get digest(): Digest {
    return { bytes: this.#bytes, hash: this.#hash >>> 0 }
  }
}

export function digestOf(bytes: Uint8Array): Digest {
  return new Hasher().add(bytes).digest
}

export const POUR_BLOCK_BYTES = 60_000

/** What `pour` sends: so many blocks of this size, told apart by their number. */
export function pourDigest(blocks: number): Digest {
  const hasher = new Hasher()
  for (let i = 0; i < blocks; i++) hasher.add(block(POUR_BLOCK_BYTES, i))
  return hasher.digest
}
