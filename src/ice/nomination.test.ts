import { expect, test } from 'vitest'
import type { CandidatePair, PairState } from './candidate-pair.js'
import { proposeNomination, proposeProvisional } from './nomination.js'
import type { Selected } from './selection.js'
import type { CandidateType } from './types.js'

/** What is looked at of a pair; all have the same priority, so that the kind alone decides. */
function pair(types: readonly [CandidateType, CandidateType], more: { tcp?: true; state?: PairState } = {}) {
  const [local, remote] = types.map((type) => ({ type, priority: 1, protocol: more.tcp === true ? 'tcp' : 'udp' }))
  const { state = 'succeeded' } = more
  const validLocal = state === 'succeeded' ? local : undefined
  return { local, remote, state, validLocal, validAt: 0 } as unknown as CandidatePair
}

const relayed = pair(['relay', 'relay'])
const tcp = pair(['host', 'host'], { tcp: true })
const mapped = pair(['srflx', 'srflx'])
const revealed = pair(['prflx', 'host'])

test.each([
  ['a stream before a relay', [relayed, tcp], tcp],
  ['datagrams by way of a NAT before a stream', [tcp, mapped], mapped],
  ['what checks revealed before what a server told', [mapped, revealed], revealed],
])('%s, in whatever order they came', (_what, pairs, best) => {
  expect(proposeNomination(pairs, 'controlling')?.pair).toBe(best)
  expect(proposeNomination(pairs.toReversed(), 'controlling')?.pair).toBe(best)
})

test.each([
  ['a relay', relayed, 600],
  ['a stream', tcp, 600],
  ['what a server told', mapped, 100],
  ['what checks revealed', revealed, 0],
])('%s is nominated later while a more direct one is being checked', (_what, found, waitMillis) => {
  const direct = pair(['host', 'host'], { state: 'in-progress' })
  expect(proposeNomination([found, direct], 'controlling')).toEqual({ pair: found, waitMillis })
  expect(proposeNomination([found], 'controlling')).toEqual({ pair: found, waitMillis: 0 })
})

test('SECURITY: what was checked 30 s ago has no consent any more, and is not selected (RFC 7675 §5.1)', () => {
  const limits = { role: 'controlling', consentExpiryMillis: 30_000 } as const
  const none: Selected | undefined = undefined
  expect(proposeProvisional(29_999, [mapped], none, limits)).toBe(mapped)
  expect(proposeProvisional(30_000, [mapped], none, limits)).toBeUndefined()
})
