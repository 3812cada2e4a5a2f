import type { SctpState } from './types.js'

/**
 * RFC 9260 §4, with its own names. What the peer does arrives on any path.
 *
 *   new ──connect()──▶ cookieWait ──INIT ACK──▶ cookieEchoed ──COOKIE ACK──▶ established
 *    ├────────────────────┴───────── COOKIE ECHO ──────┴───────────────────────▲  │
 *    └── connect() with INITs that were exchanged (draft-hancke-tsvwg-snap) ───┘  │
 *                                              ┌──────────────────shutdown()──────┤
 *                                              ▼                                  ▼ SHUTDOWN
 *   closed ◀─SHUTDOWN ACK── shutdownSent ◀─ shutdownPending ──SHUTDOWN──▶ shutdownReceived
 *      ▲                         └──SHUTDOWN──▶ shutdownAckSent ◀── all acknowledged ┘
 *      └────────── SHUTDOWN COMPLETE, abort, timeout ──┘
 */
export type Phase =
  | 'new'
  | 'cookieWait'
  | 'cookieEchoed'
  | 'established'
  | 'shutdownPending'
  | 'shutdownSent'
  | 'shutdownReceived'
  | 'shutdownAckSent'
  | 'closed'

export const PUBLIC_STATE: Record<Phase, SctpState> = {
  new: 'new',
  cookieWait: 'connecting',
  cookieEchoed: 'connecting',
  established: 'connected',
  shutdownPending: 'shuttingDown',
  shutdownSent: 'shuttingDown',
  shutdownReceived: 'shuttingDown',
  shutdownAckSent: 'shuttingDown',
  closed: 'closed',
}
