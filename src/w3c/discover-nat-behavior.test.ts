import { expect, test } from 'vitest'
import { discoverNatBehavior } from './discover-nat-behavior.js'

test.each([
  ['http://stun.example', 'SyntaxError'],
  ['stun:', 'SyntaxError'],
  ['turn:turn.example?transport=tcp', 'NotSupportedError'],
  ['turns:turn.example', 'NotSupportedError'],
  ['stuns:stun.example', 'NotSupportedError'],
])('%s is refused with a %s', async (url, name) => {
  await expect(discoverNatBehavior(['stun:127.0.0.1', url])).rejects.toMatchObject({ name })
})

test('other arguments are converted as WebIDL has it', async () => {
  await expect(discoverNatBehavior(Symbol('url') as never)).rejects.toThrow(TypeError)
  await expect(discoverNatBehavior([], { signal: {} as never })).rejects.toThrow(TypeError)
  await expect(discoverNatBehavior([])).resolves.toEqual([])
})

test('an abort, before or meanwhile, rejects with its reason', async () => {
  const reason = new Error('enough')
  await expect(discoverNatBehavior([], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  const abort = new AbortController()
  const discovery = discoverNatBehavior('stun:127.0.0.1:9', { signal: abort.signal })
  abort.abort(reason)
  await expect(discovery).rejects.toBe(reason)
})
