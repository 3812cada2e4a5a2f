import type { SeededRandom } from './seeded-random.js'

/** A copy with a few bits turned, its end cut off, or strange bytes after it: what checksums let through, or somebody made of it. */
export function damaged(data: Uint8Array, random: SeededRandom): Uint8Array {
  const below = (end: number): number => Math.floor(random.next() * end)
  const kind = below(3)
  if (kind === 0) return data.slice(0, below(data.length))
  const bytes = new Uint8Array(data.length + (kind === 1 ? below(40) : 0)).fill(below(256))
  bytes.set(data)
  for (let flips = kind === 1 ? 0 : 1 + below(4); flips > 0; flips--) bytes[below(bytes.length)]! ^= 1 << below(8)
  return bytes
}
