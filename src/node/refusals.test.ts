import { expect, test } from 'vitest'
import type { Io } from './io.js'
import { Refusals } from './refusals.js'

const SERVER = { address: '198.51.100.9', port: 3478 }
const [ONE, OTHER] = ['192.0.2.1', '192.0.2.2']

interface Asked {
  readonly from: string
  readonly settle: (refused: boolean) => void
}

/** A network that waits to be told who is refused. */
function rig() {
  const asked: Asked[] = []
  const io: Pick<Io, 'refusesUdp'> = {
    refusesUdp: async (from, _to, _probe, signal) =>
      await new Promise((settle) => {
        asked.push({ from, settle })
        signal.addEventListener('abort', () => settle(false))
      }),
  }
  return { asked, refusals: new Refusals(io as Io) }
}

test.each([
  [true, true, true],
  [true, false, false],
  [false, true, false],
])('refused from one address: %s, from the other: %s; the server refuses: %s', async (one, other, expected) => {
  const { asked, refusals } = rig()
  const refuses = refusals.refuses(1, [ONE, OTHER], SERVER)
  for (const { from, settle } of asked) settle(from === ONE ? one : other)
  expect(await refuses).toBe(expected)
  expect(refusals.pending).toBe(0)
})

test('asked from addresses that lead there alone: of its family, and loopback for loopback', async () => {
  const { asked, refusals } = rig()
  expect(await refusals.refuses(1, ['2001:db8::1', '127.0.0.1'], SERVER)).toBe(false)
  expect(asked).toEqual([])
  void refusals.refuses(1, ['127.0.0.1', ONE, '::1'], { ...SERVER, address: '127.0.0.2' })
  expect(asked.map(({ from }) => from)).toEqual(['127.0.0.1'])
  await refusals.close()
})

test('SECURITY 9: 64 at once; servers above are waited for as if nobody refused for them', async () => {
  const { asked, refusals } = rig()
  const answers = Array.from({ length: 40 }, (_, port) => refusals.refuses(1, [ONE, OTHER], { ...SERVER, port }))
  expect(asked).toHaveLength(64)
  for (const { settle } of asked) settle(true)
  expect((await Promise.all(answers)).filter((refused) => refused)).toHaveLength(32)
})

test('stopped, for one transport or for all, nobody is refused and nothing waits', async () => {
  const { asked, refusals } = rig()
  const answers = [1, 2].map((transport) => refusals.refuses(transport, [ONE], SERVER))
  asked[0]!.settle(true)
  refusals.stop(1)
  expect(await answers[0]).toBe(false)
  expect(refusals.pending).toBe(1)
  await refusals.close()
  expect(await answers[1]).toBe(false)
  expect(refusals.pending).toBe(0)
})
