/** Which way a connection takes between any two places: what RFC 4787 and RFC 5128 §3.3 leave possible, and how it is written. */
import type { PairView } from './agent-protocol.js'
import type { NatKind } from './nat-rules.js'
import type { PairedCandidate } from './w3c-subset.js'

/** Where a peer is: on the public segment, or behind a NAT (or firewall) of a kind. */
export type PlaceKind = 'open' | NatKind

export const PLACE_KINDS = [
  'open',
  'full-cone',
  'address-restricted',
  'port-restricted',
  'symmetric',
  'udp-blocked',
] as const satisfies readonly PlaceKind[]

/**
 * What one end sends from, and the other sees: its own address, its NAT's (srflx, or prflx where a check came before, or found
 * another, than the server's answer), or that of its relay, reached over UDP or TCP.
 */
export type End = 'host' | 'mapped' | 'relay over udp' | 'relay over tcp'

/**
 * The best that is possible. Rows and columns in the order of {@link PLACE_KINDS}; in each cell the end of the row, and that
 * of the column. The matrix is symmetric, so that its other half is not written.
 *
 * - Hole punching fails where a symmetric NAT, whose port for the peer nobody can foretell, meets one that filters by port:
 *   the port-restricted and the symmetric. Then one relay is enough (`r m`): it permits addresses, not ports (RFC 8656 §9).
 * - Who cannot send UDP reaches a relay over TCP, and with it everybody. Two of them need one each.
 */
const BEST = `
  h h
  m h   m m
  m h   m m   m m
  m h   m m   m m   m m
  m h   m m   m m   r m   r m
  t h   t m   t m   t m   t m   t t`

const ENDS: Readonly<Record<string, End>> = { h: 'host', m: 'mapped', r: 'relay over udp', t: 'relay over tcp' }

const ROWS = BEST.trim()
  .split('\n')
  .map((line) => line.trim().split(/ {3}/))

/** The ends of both, theirs second; `m r` is as good as `r m`. */
export function bestPaths(ours: PlaceKind, theirs: PlaceKind): readonly string[] {
  const [row, column] = [PLACE_KINDS.indexOf(ours), PLACE_KINDS.indexOf(theirs)]
  const [first, second] = ROWS[Math.max(row, column)]![Math.min(row, column)]!.split(' ') as [string, string]
  const [left, right] = row >= column ? [first, second] : [second, first]
  const isEitherRelay = first === 'r'
  return [pathName(ENDS[left]!, ENDS[right]!), ...(isEitherRelay ? [pathName(ENDS[right]!, ENDS[left]!)] : [])]
}

export function pathName(ours: End, theirs: End): string {
  return `${ours} – ${theirs}`
}

/** The end that the local candidate of a pair is. */
export function endOf({ local }: PairView, hostAddress: string): End {
  if (local.type === 'relay') return isRelayedOverUdp(local) ? 'relay over udp' : 'relay over tcp'
  return local.type === 'host' && local.address === hostAddress ? 'host' : 'mapped'
}

/** Where it is not told: Chromium's type preference (RFC 8445 §5.1.2.1) is at least 2 for a relay over UDP, less over TCP and TLS. */
function isRelayedOverUdp({ relayProtocol, priority }: PairedCandidate): boolean {
  return relayProtocol === null ? (priority ?? 0) >>> 24 >= 2 : relayProtocol === 'udp'
}

/** As in docs/connectivity.md. */
export function pathTable(path: (ours: PlaceKind, theirs: PlaceKind) => string): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const header = ['from / to', ...PLACE_KINDS]
  const rows = PLACE_KINDS.map((ours) => [`**${ours}**`, ...PLACE_KINDS.map((theirs) => path(ours, theirs))])
  return [header, header.map(() => '---'), ...rows].map(line).join('\n')
}
