import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { BLOCK_BYTES, GeneratedFile } from './generated-file.js'

test('has the size that was asked for, also where it is no multiple of the block', () => {
  const blocks = [...new GeneratedFile(2 * BLOCK_BYTES + 5, 1).blocks()]
  expect(blocks.map((block) => block.length)).toEqual([BLOCK_BYTES, BLOCK_BYTES, 5])
})

test('is the same for the same seed and another for another', () => {
  const bytes = (seed: number) => Buffer.concat([...new GeneratedFile(BLOCK_BYTES, seed).blocks()])
  expect(bytes(7)).toEqual(bytes(7))
  expect(bytes(7)).not.toEqual(bytes(8))
})

test('digest() is the SHA-256 of its bytes', () => {
  const file = new GeneratedFile(100_000, 3)
  const hash = createHash('sha256')
  for (const block of file.blocks()) hash.update(block)
  expect(file.digest()).toBe(hash.digest('hex'))
})
