import { expect, test } from 'vitest'
import type { DataChunk } from '../packet/chunk/data.js'
import { TsnSpace } from '../packet/tsn-space.js'
import { DataTracker } from './data-tracker.js'

function tracker() {
  const tracked = new DataTracker(new TsnSpace(1))
  const chunk: DataChunk = {
    flags: 3,
    tsn: 1,
    streamId: 0,
    sequence: 0,
    ppid: 53,
    fsn: 0,
    packet: Uint8Array.of(1),
    payloadAt: 0,
    payloadEnd: 1,
  }
  return { tracked, first: tracked.cumulative, judge: (tsn: number) => tracked.judge(tsn, chunk) }
}

test('SECURITY 9: what no gap block can tell of is not taken (RFC 9260 §3.3.4), nor skipped to', () => {
  const { tracked, first, judge } = tracker()
  expect(judge(first + 0xffff)).toBe('new')
  expect(judge(first + 0x10000)).toBe('outside')
  expect(tracked.forward(first + 0x10000)).toBe(false)
  expect(tracked.forward(first + 0xffff)).toBe(true)
})

test('SECURITY 9: 4096 ranges are remembered, and may grow', () => {
  const { tracked, first, judge } = tracker()
  for (let i = 1; i <= 4096; i++) {
    expect(judge(first + 2 * i)).toBe('new')
    tracked.add(first + 2 * i)
  }
  expect(judge(first + 2 * 4097)).toBe('outside')
  expect(judge(first + 2 * 4096 + 1)).toBe('new')
  expect(judge(first + 1)).toBe('new')
})

test('SECURITY 9: twenty duplicates are noted', () => {
  const { tracked, first, judge } = tracker()
  for (let i = 0; i < 100; i++) expect(judge(first)).toBe('duplicate')
  expect(tracked.takeSack(0, 10_000).duplicateTsns).toHaveLength(20)
  expect(tracked.takeSack(0, 10_000).duplicateTsns).toHaveLength(0)
})
