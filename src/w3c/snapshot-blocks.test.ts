import fc from 'fast-check'
import { expect, test } from 'vitest'
import { once, Pair } from './connected-pair.test-support.js'
import { snapshotBlocks } from './snapshot.js'
import { SnapshotBlocks } from './snapshot-blocks.js'

const KEPT_BYTES = 100_000

test('what is lent is nobody else’s until it comes back, and no more is kept than allowed', () => {
  const length = fc.oneof(fc.constantFrom(0, 1, 3, 4, 5, 16_384, 65_536, 65_537), fc.nat(40_000))
  const step = fc.record({ isCopy: fc.boolean(), which: fc.nat(1000), length })
  let reuses = 0
  const property = fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
    const blocks = new SnapshotBlocks(KEPT_BYTES)
    const lent: { readonly copy: Uint8Array; readonly mark: number; readonly length: number }[] = []
    const seen = new Set<ArrayBufferLike>()
    for (const [index, s] of steps.entries()) {
      if (s.isCopy) {
        const mark = index % 251
        const copy = blocks.copyOf(new Uint8Array(s.length).fill(mark))
        if (seen.has(copy.buffer)) reuses++
        seen.add(copy.buffer)
        lent.push({ copy, mark, length: s.length })
      } else if (lent.length > 0) {
        const [one] = lent.splice(s.which % lent.length, 1)
        new Uint8Array(one!.copy.buffer).fill(0xa5)
        blocks.release(one!.copy)
        blocks.release(one!.copy) // does nothing
      }
      expect(blocks.keptBytes).toBeLessThanOrEqual(KEPT_BYTES)
    }
    for (const { copy, mark, length } of lent) {
      expect(copy.length).toBe(length)
      expect(Buffer.compare(copy, Buffer.alloc(length, mark))).toBe(0)
      expect(copy.buffer.byteLength).toBeLessThanOrEqual(Math.max(length * 1.25, length + 1))
    }
    expect(new Set(lent.map(({ copy }) => copy.buffer)).size).toBe(lent.length)
  })
  fc.assert(property, { numRuns: 100 })
  expect(reuses).toBeGreaterThan(100)
})

test('messages of one length share the memory of one', () => {
  const blocks = new SnapshotBlocks(KEPT_BYTES)
  const memories = new Set<ArrayBufferLike>()
  for (let i = 0; i < 100; i++) {
    const copy = blocks.copyOf(new Uint8Array(65_536 - i))
    memories.add(copy.buffer)
    blocks.release(copy)
  }
  expect(memories.size).toBe(1)
})

test('memory of another length makes room for the length that is sent now', () => {
  const blocks = new SnapshotBlocks(KEPT_BYTES)
  for (const copy of Array.from({ length: 5 }, () => blocks.copyOf(new Uint8Array(20_480)))) blocks.release(copy)
  expect(blocks.keptBytes).toBe(4 * 20_480)
  const large = blocks.copyOf(new Uint8Array(65_536))
  blocks.release(large)
  expect(blocks.keptBytes).toBe(65_536)
  expect(blocks.copyOf(new Uint8Array(65_536)).buffer).toBe(large.buffer)
  expect(blocks.keptBytes).toBe(0)
})

test('memory that is not from here, or too large, is not kept', () => {
  const blocks = new SnapshotBlocks(Infinity)
  blocks.release(new Uint8Array(65_536))
  blocks.release(new SnapshotBlocks(Infinity).copyOf(new Uint8Array(65_536)))
  blocks.release(blocks.copyOf(new Uint8Array(256 * 1024 + 1)))
  expect(blocks.keptBytes).toBe(0)
})

test('messages that arrived give their memory back to those that follow, and arrive as they were sent', async () => {
  using pair = new Pair()
  const [ours, theirs] = await pair.channels()
  theirs.addEventListener('message', ({ data }) => theirs.send(data as ArrayBuffer))
  const before = snapshotBlocks.keptBytes
  const data = new Uint8Array(50_000)
  for (let mark = 1; mark <= 20; mark++) {
    data.fill(mark)
    ours.send(data)
    data.fill(0)
    const { data: echoed } = await once<MessageEvent>(ours, 'message')
    expect(Buffer.compare(new Uint8Array(echoed as ArrayBuffer), Buffer.alloc(50_000, mark))).toBe(0)
  }
  expect(snapshotBlocks.keptBytes).toBeGreaterThan(before)
  // Twenty messages and their echoes shared a few: 50,000 bytes take 57,344.
  expect(snapshotBlocks.keptBytes - before).toBeLessThan(10 * 57_344)
})
