import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { nativeOnce } from './native-once.js'

beforeEach(() => vi.stubEnv('TINCAN_FAST_PATH', undefined))
afterEach(() => vi.unstubAllEnvs())

describe('something native', () => {
  test('is made once, at the first use, and keeps what it was', () => {
    const make = vi.fn(({ version }: { version: string }) => version)
    const native = nativeOnce(make)
    expect(make).not.toHaveBeenCalled()
    const first = native()
    expect(native()).toBe(first)
    expect(make).toHaveBeenCalledTimes(1)
    expect(first.isAvailable && first.value).toMatch(/^\d+\./)
  })

  test('that fails its self-test is not available, and says why in one line', () => {
    const native = nativeOnce(() => {
      throw new Error('the tag is wrong\nRequire stack:\n- somewhere')
    })
    expect(native()).toEqual({ isAvailable: false, reason: 'the tag is wrong' })
  })

  test('is not even loaded where the environment says so', () => {
    vi.stubEnv('TINCAN_FAST_PATH', 'off')
    const make = vi.fn(() => 1)
    expect(nativeOnce(make)()).toEqual({ isAvailable: false, reason: 'TINCAN_FAST_PATH is off' })
    expect(make).not.toHaveBeenCalled()
  })
})

test('koffi calls a function of the C library', () => {
  const native = nativeOnce((koffi) => koffi.load(null).func('getpid', 'int', []))
  const getpid = native()
  expect(getpid.isAvailable && getpid.value()).toBe(process.pid)
})
