/**
 * Messages by recipe: both ends make the same bytes from `{ kind, size, seed }`, so that only recipes and hashes cross the
 * control connection. Runs inside browsers too.
 */
export interface MessageRecipe {
  readonly kind: 'text' | 'binary'
  /** In bytes; for text those of its UTF-8 form. */
  readonly size: number
  readonly seed: number
}

/** What a peer reports of a message that it received. */
export interface MessageDigest {
  readonly kind: string
  readonly size: number
  readonly hash: string
}

/** One, two, three and four bytes of UTF-8: a message cut in the middle of a character would be seen. */
const ALPHABET = ['a', 'Z', '7', ' ', 'é', 'ß', '€', '語', '😀']

/** Marsaglia's xorshift32: repeatable everywhere, and good enough to make every message differ. */
function next(x: number): number {
  let y = x ^ (x << 13)
  y ^= y >>> 17
  return y ^ (y << 5)
}

function firstState(seed: number): number {
  return next((seed | 0) === 0 ? 0x9e3779b9 : seed | 0)
}

export function binaryMessage(size: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  for (let i = 0, x = firstState(seed); i < size; i++, x = next(x)) bytes[i] = x
  return bytes
}

export function textMessage(size: number, seed: number): string {
  const encoder = new TextEncoder()
  const widths = ALPHABET.map((character) => encoder.encode(character).length)
  const characters: string[] = []
  for (let left = size, x = firstState(seed); left > 0; x = next(x)) {
    const index = (x >>> 0) % ALPHABET.length
    const fits = widths[index]! <= left
    characters.push(fits ? ALPHABET[index]! : 'x')
    left -= fits ? widths[index]! : 1
  }
  return characters.join('')
}

/** FNV-1a, 32 bits: synchronous, so that hashing never reorders what a peer observes. */
function fnv1a(bytes: Uint8Array): string {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

export function digestOfBytes(kind: string, bytes: Uint8Array): MessageDigest {
  return { kind, size: bytes.length, hash: fnv1a(bytes) }
}

export function digestOfRecipe({ kind, size, seed }: MessageRecipe): MessageDigest {
  const bytes = kind === 'text' ? new TextEncoder().encode(textMessage(size, seed)) : binaryMessage(size, seed)
  return digestOfBytes(kind, bytes)
}
