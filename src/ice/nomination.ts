import type { Millis } from '../core/index.js'
import type { CandidatePair } from './candidate-pair.js'
import { compareLeft, comparePairs } from './priority.js'
import type { Selected } from './selection.js'
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
  const pair = mostDirect(pairs, role)
  if (pair === undefined) return undefined
  const reached = directness(pair)
  const betterIsOpen = pairs.some((other) => isOpen(other) && directness(other) > reached)
  return { pair, waitMillis: betterIsOpen ? WAIT_MILLIS_BY_DIRECTNESS[reached]! : 0 }
}

/**
 * The pair to send over while none is nominated (RFC 8445 §12.1), in place of the one that is provisionally selected now; `undefined`
 * when that one stays, or there is none. It stays while it works, but for one of a more direct kind: each change is felt above.
 * A pair that was checked too long ago has no consent any more (RFC 7675 §5.1).
 */
export function proposeProvisional(
  now: Millis,
  pairs: readonly CandidatePair[],
  selected: Selected | undefined,
  limits: { readonly role: IceRole; readonly consentExpiryMillis: Millis },
): CandidatePair | undefined {
  const fresh = pairs.filter(({ validAt }) => now < validAt + limits.consentExpiryMillis)
  const isInUse = selected !== undefined && now < selected.consent.lateAt && isValid(selected.pair)
  const best = mostDirect(
    fresh.filter((pair) => pair !== selected?.pair),
    limits.role,
  )
  if (best === undefined || !isInUse) return best
  return compareDirectness(best, selected.pair) < 0 ? best : undefined
}

function mostDirect(pairs: readonly CandidatePair[], role: IceRole): CandidatePair | undefined {
  return pairs.filter(isValid).sort((a, b) => compareDirectness(a, b) || comparePairs(a, b, role))[0]
}

function compareDirectness(a: CandidatePair, b: CandidatePair): number {
  return compareLeft(a, b) || directness(b) - directness(a)
}

function isValid({ validLocal }: CandidatePair): boolean {
  return validLocal !== undefined
}

/** As far as is known: before a check has succeeded the base counts, which is the best that can become of it. */
function directness(pair: CandidatePair): number {
  const ofTypes = Math.min(DIRECTNESS[(pair.validLocal ?? pair.local).type], DIRECTNESS[pair.remote.type])
  return pair.remote.protocol === 'tcp' ? Math.min(ofTypes, TCP_DIRECTNESS) : ofTypes
}

function isOpen({ state }: CandidatePair): boolean {
  return state === 'waiting' || state === 'in-progress' || state === 'frozen'
}
