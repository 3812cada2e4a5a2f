import type { CandidateType, IceCandidate, IceRole, RelayedSocket } from './types.js'

/** RFC 8445 §5.1.2.2: the more hops, the less. */
const TYPE_PREFERENCE: Readonly<Record<CandidateType, number>> = { host: 126, prflx: 110, srflx: 100, relay: 0 }

/** Over TCP a lost segment holds up all that follow, and TLS adds work: as browsers, a step each within the lowest type. */
const RELAY_PREFERENCE: Readonly<Record<RelayedSocket['protocol'], number>> = { udp: 2, tcp: 1, tls: 0 }

/** RFC 8445 §5.1.2.1: 2^24 × type preference + 2^8 × local preference + (256 − component). */
export function candidatePriority(
  type: CandidateType,
  localPreference: number,
  component: 1 | 2 = 1,
  relayProtocol?: RelayedSocket['protocol'],
): number {
  const typePreference = TYPE_PREFERENCE[type] + (relayProtocol === undefined ? 0 : RELAY_PREFERENCE[relayProtocol])
  return typePreference * 2 ** 24 + localPreference * 2 ** 8 + (256 - component)
}

interface PairOfCandidates {
  readonly local: Pick<IceCandidate, 'priority'>
  readonly remote: Pick<IceCandidate, 'priority'>
}

/**
 * Orders by pair priority, the higher first (RFC 8445 §6.1.2.3): 2^32 × min(G, D) + 2 × max(G, D) + (G > D ? 1 : 0).
 * Its parts are compared one by one, since the sum does not fit a number.
 */
export function comparePairs(a: PairOfCandidates, b: PairOfCandidates, role: IceRole): number {
  return (
    Math.min(b.local.priority, b.remote.priority) - Math.min(a.local.priority, a.remote.priority) ||
    Math.max(b.local.priority, b.remote.priority) - Math.max(a.local.priority, a.remote.priority) ||
    controllingIsHigher(b, role) - controllingIsHigher(a, role)
  )
}

function controllingIsHigher({ local, remote }: PairOfCandidates, role: IceRole): number {
  const [controlling, controlled] = role === 'controlling' ? [local, remote] : [remote, local]
  return controlling.priority > controlled.priority ? 1 : 0
}
