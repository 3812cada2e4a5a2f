import { expect, test } from 'vitest'
import { hasBatchedPath } from './batched/native-udp.test-support.js'
import { fastPath } from './fast-path.js'

test('where there is a fast path it is used, and otherwise something says why not', () => {
  const { udp } = fastPath()
  expect(udp.isFast).toBe(hasBatchedPath)
  expect(udp.reason === null).toBe(udp.isFast)
})
