import { afterEach, beforeEach } from 'vitest'
import { captureOrigins, findLeaks, takeBaseline } from './leak-guard.js'
import type { Baseline } from './leak-guard.js'

/**
 * After every test of every file: no timer, socket or handle is left that was not there before it. Close what you open
 * in the test itself or in `afterEach`; hooks of setup files run after those, but before `onTestFinished`.
 */
captureOrigins()

let baseline: Baseline

beforeEach(async () => {
  baseline = await takeBaseline()
})

afterEach(async () => {
  const leaks = await findLeaks(baseline)
  if (leaks !== undefined) throw new Error(leaks)
})
