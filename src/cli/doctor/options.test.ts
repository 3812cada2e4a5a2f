import { expect, test } from 'vitest'
import { parseOptions } from './options.js'

const NOTHING = {
  iceServers: [],
  username: undefined,
  credential: undefined,
  json: false,
  timeoutMillis: 10_000,
  help: false,
}

test('defaults: no server, ten seconds', () => {
  expect(parseOptions([], {})).toEqual(NOTHING)
})

test('every option can be set, and a server that is named twice is asked once', () => {
  const servers = ['--ice-server', 'stun:a', '--ice-server=turn:b', '--ice-server', 'stun:a']
  expect(parseOptions([...servers, '--username=u', '--credential', 'c', '--json', '--timeout', '3'], {})).toEqual({
    ...{ iceServers: ['stun:a', 'turn:b'], username: 'u', credential: 'c' },
    ...{ json: true, timeoutMillis: 3000, help: false },
  })
})

test('credentials may come from the environment; what is said on the command line comes first', () => {
  const environment = { TINCAN_TURN_USERNAME: 'u', TINCAN_TURN_CREDENTIAL: 'c' }
  expect(parseOptions(['--ice-server=turns:b'], environment)).toMatchObject({ username: 'u', credential: 'c' })
  expect(parseOptions(['--credential=d'], environment)).toMatchObject({ username: 'u', credential: 'd' })
})

test.each([
  [['--timeout', '0'], '--timeout takes a whole number from 1 to 600'],
  [['--timeout', '601'], '--timeout takes a whole number from 1 to 600'],
  [['--timeout', '1e2'], '--timeout takes a whole number from 1 to 600'],
  [['--ice-server', 'https://x'], 'is no stun:, turn: or turns: URL'],
  [['--ice-server', 'turn:x'], 'turn:x needs --username and --credential'],
  [['--ice-server', 'turn:x', '--username', 'u'], 'turn:x needs --username and --credential'],
  [Array.from({ length: 17 }, (_, i) => `--ice-server=stun:${i}`), 'at most 16 servers'],
  [['--credential'], "'--credential <value>' argument missing"],
])('%j is refused in words', (args, words) => {
  expect((parseOptions(args, {}) as Error).message).toContain(words)
})

test.each([
  [['--ice-server', 'turn:user:tell-nobody@host']],
  [['tell-nobody']],
  [['--credentail=tell-nobody']],
  [['--credentail', 'tell-nobody']],
  [['--json=tell-nobody']],
  [['-ptell-nobody']],
])('%j is refused without what may be a secret', (args) => {
  const result = parseOptions(args, {})
  expect(result).toBeInstanceOf(Error)
  expect((result as Error).message).not.toContain('tell-nobody')
})
