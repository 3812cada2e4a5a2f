import { describe, test } from 'vitest'
import { survives } from './support/model-run.js'
import { VirtualPair } from './support/virtual-pair.js'

/** `CLOSING_RUNS=2000 npx vitest run test/closing/model.test.ts` looks further. */
const RUNS = Number(process.env['CLOSING_RUNS'] ?? 40)
const SEED = Number(process.env['CLOSING_SEED'] ?? 1)

describe('D1 to D9, P1 to P10: any order of events', () => {
  test('two connections, any calls on any network', { timeout: 600_000 }, async () => {
    await survives((options) => new VirtualPair(options), RUNS, SEED)
  })
})
