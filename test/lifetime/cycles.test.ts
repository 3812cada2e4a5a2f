import { expect, test } from 'vitest'
import type { Sample } from '../../bench/soak/gauge.js'
import { runProgram } from '../support/run-program.js'

// P9, in short: what bench/soak.ts shows at length. In a process of its own, where nothing else has a heap.

const IMPORTS = `
  import * as library from './src/index.js'
  import { runChannelCycles } from './bench/soak/channel-cycles.js'
  import { openChannels, runConnectionCycles } from './bench/soak/connection-cycles.js'
  import { createPair } from './bench/soak/library.js'
  import { collectGarbage, takeSample } from './bench/soak/gauge.js'
  import { Census } from './test/lifetime/census.js'`

interface Outcome {
  readonly made: number
  readonly collected: number
  readonly before: Sample
  readonly after: Sample
}

async function outcomeOf(body: string): Promise<Outcome> {
  const { stdout, stderr, exitCode } = await runProgram(IMPORTS, body)
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
  return JSON.parse(stdout) as Outcome
}

function expectFlat({ before, after }: Outcome, heapBytes: number): void {
  const counts = ({ handles, timers, descriptors }: Sample) => ({ handles, timers, descriptors })
  expect(counts(after)).toEqual(counts(before))
  expect(after.heapBytes - before.heapBytes).toBeLessThan(heapBytes)
}

test('P9: connections that ended in every way leave nothing behind, and are collected', async () => {
  const outcome = await outcomeOf(`
    await runConnectionCycles(library, { count: 40, atOnce: 4 }) // fills caches, compiles functions
    const before = await takeSample()
    const census = new Census()
    await runConnectionCycles(library, { count: 100, atOnce: 4, onClosed: (connection) => census.add(connection) })
    await census.collect()
    console.log(JSON.stringify({ made: census.made, collected: census.collected, before, after: await takeSample() }))`)
  expect(outcome.made).toBe(170) // of ten kinds, seven have two sides
  expect(outcome.collected).toBe(outcome.made)
  // A connection that stayed would cost ten times as much as what is allowed for one.
  expectFlat(outcome, 170 * 8192)
})

test('P9, D5: channels of one connection leave nothing behind, and are collected', async () => {
  const outcome = await outcomeOf(`
    const pair = createPair(library)
    await openChannels(pair)
    await runChannelCycles(pair, { count: 500, atOnce: 50 })
    const before = await takeSample()
    const census = new Census()
    await runChannelCycles(pair, { count: 2000, atOnce: 50, onClosed: (channel) => census.add(channel) })
    await census.collect()
    const after = await takeSample()
    pair.a.close()
    pair.b.close()
    console.log(JSON.stringify({ made: census.made, collected: census.collected, before, after }))`)
  expect(outcome.made).toBe(4000)
  expect(outcome.collected).toBe(outcome.made)
  expectFlat(outcome, 4000 * 256)
})
