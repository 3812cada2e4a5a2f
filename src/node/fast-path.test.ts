import { expect, test } from 'vitest'
import { hasBatchedPath } from './batched/native-udp.test-support.js'
import { fastPath } from './fast-path.js'

test('where there is a fast path it is used, and otherwise something says why not', () => {
  const { udp, encryption } = fastPath()
  expect(udp.isFast).toBe(hasBatchedPath)
  for (const { isFast, reason } of [udp, encryption]) expect(reason === null).toBe(isFast)
})
