import type { Millis } from '../core/index.js'
import type { CandidatePair } from './candidate-pair.js'
import { comparePairs } from './priority.js'
import type { CandidateType, IceRole } from './types.js'

/**
 * Which pair the controlling side nominates, and when (RFC 8445 §8.1.1 leaves it to the implementation): at once,
 * unless a pair of a more direct kind is still being checked; then a short while later.
 */

/** Peer-reflexive ones count as direct: behind an mDNS name or a restart they usually are hosts. */
const DIRECTNESS: Readonly<Record<CandidateType, number>> = { host: 3, prflx: 3, srflx: 2, relay: 0 }
/** A stream that needs no server is better than one that does, and datagrams are better than both. */
const TCP_DIRECTNESS = 1

/** A direct pair through two NATs may need a second transmission of its first check: an RTO and a bit. */
const WAIT_MILLIS_BY_DIRECTNESS: readonly Millis[] = [600, 600, 100, 0]

/** The valid pair to nominate and how long to wait for a better kind; `undefined` when no pair is valid. */
export function proposeNomination(
  pairs: readonly CandidatePair[],
  role: IceRole,
): { readonly pair: CandidatePair; readonly waitMillis: Millis } | undefined {
  const [pair] = pairs
    .filter(({ validLocal }) => validLocal !== undefined)
    .sort((a, b) => directness(b) - directness(a) || comparePairs(a, b, role))
  if (pair === undefined) return undefined
  const reached = directness(pair)
  const betterIsOpen = pairs.some((other) => isOpen(other) && directness(other) > reached)
  return { pair, waitMillis: betterIsOpen ? WAIT_MILLIS_BY_DIRECTNESS[reached]! : 0 }
}

/** As far as is known: before a check has succeeded the base counts, which is the best that can become of it. */
function directness(pair: CandidatePair): number {
  const ofTypes = Math.min(DIRECTNESS[(pair.validLocal ?? pair.local).type], DIRECTNESS[pair.remote.type])
  return pair.remote.protocol === 'tcp' ? Math.min(ofTypes, TCP_DIRECTNESS) : ofTypes
}

function isOpen({ state }: CandidatePair): boolean {
  return state === 'waiting' || state === 'in-progress' || state === 'frozen'
}
