import { expect, test } from 'vitest'
import { parseOptions } from './options.js'

test('defaults: the whole demo, port 8080, 256 MiB', () => {
  expect(parseOptions([])).toEqual({ once: false, port: 8080, sizeBytes: 256 * 1024 * 1024, help: false })
})

test('every option can be set', () => {
  expect(parseOptions(['--once', '--port', '9000', '--size=4'])).toEqual({
    once: true,
    port: 9000,
    sizeBytes: 4 * 1024 * 1024,
    help: false,
  })
})

test.each([
  [['--port', '0'], '--port takes a whole number from 1 to 65535, not "0"'],
  [['--port', '65536'], '--port takes a whole number from 1 to 65535, not "65536"'],
  [['--size', '1.5'], '--size takes a whole number from 1 to 65536, not "1.5"'],
  [['--size', 'big'], '--size takes a whole number from 1 to 65536, not "big"'],
  [['--sise', '3'], "Unknown option '--sise'"],
  [['stray'], "Unexpected argument 'stray'"],
])('%j is refused in words', (args, words) => {
  const result = parseOptions(args)
  expect(result).toBeInstanceOf(Error)
  expect((result as Error).message).toContain(words)
})
