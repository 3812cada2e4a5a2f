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

/** As libwebrtc: below all of UDP but relays, for over TCP a lost segment holds up all that follow (RFC 6544 §4.2). */
const TCP_TYPE_PREFERENCE = { host: 90, prflx: 80 } as const
/** RFC 6544 §4.2: who opens connections gets through more NATs; what a peer sees of us is nothing else. */
const DIRECTION_PREFERENCE = { host: { active: 6, passive: 4 }, prflx: { active: 4, passive: 2 } } as const

/** RFC 6544 §4.2: of the 16 bits of local preference the upper 3 are the direction, and the rest ranks addresses. */
export function tcpCandidatePriority(
  type: 'host' | 'prflx',
  tcpType: 'active' | 'passive',
  localPreference: number,
): number {
  const otherPreference = Math.max(0, 2 ** 13 - 1 - (0xffff - localPreference))
  const preference = DIRECTION_PREFERENCE[type][tcpType] * 2 ** 13 + otherPreference
  return TCP_TYPE_PREFERENCE[type] * 2 ** 24 + preference * 2 ** 8 + (256 - 1)
}

interface PairOfCandidates {
  readonly local: Pick<IceCandidate, 'priority'>
  readonly remote: Pick<IceCandidate, 'priority'>
  readonly isLeft?: boolean
}

/**
 * Orders by pair priority, the higher first (RFC 8445 §6.1.2.3): 2^32 × min(G, D) + 2 × max(G, D) + (G > D ? 1 : 0).
 * Its parts are compared one by one, since the sum does not fit a number. Those that the peer has left come last.
 */
export function comparePairs(a: PairOfCandidates, b: PairOfCandidates, role: IceRole): number {
  return (
    compareLeft(a, b) ||
    Math.min(b.local.priority, b.remote.priority) - Math.min(a.local.priority, a.remote.priority) ||
    Math.max(b.local.priority, b.remote.priority) - Math.max(a.local.priority, a.remote.priority) ||
    controllingIsHigher(b, role) - controllingIsHigher(a, role)
  )
}

/** A place where the peer was until it began anew somewhere else is worse than any other. */
export function compareLeft(a: Pick<PairOfCandidates, 'isLeft'>, b: Pick<PairOfCandidates, 'isLeft'>): number {
  return Number(a.isLeft === true) - Number(b.isLeft === true)
}

function controllingIsHigher({ local, remote }: PairOfCandidates, role: IceRole): number {
  const [controlling, controlled] = role === 'controlling' ? [local, remote] : [remote, local]
  return controlling.priority > controlled.priority ? 1 : 0
}
