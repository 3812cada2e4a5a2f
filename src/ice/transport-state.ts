import type { Millis } from '../core/index.js'
import type { Generation } from './generation.js'
import type { Selected } from './selection.js'
import type { IceRole, IceTransportState } from './types.js'

/**
 * RTCIceTransportState, computed from what is true. `closed` is the owner's to tell. `connected` is a pair that works, nominated
 * or not yet; `completed` needs the nomination.
 *
 *   new ──▶ checking ──▶ connected ──▶ completed (controlling)
 *              │  ▲          │  ▲          │
 *              ▼  │restart   ▼  │response  ▼
 *            failed ◀──── disconnected ◀───┘
 *
 * @see https://www.w3.org/TR/webrtc/#rtcicetransportstate
 */
export function transportState(
  now: Millis,
  role: IceRole,
  generation: Generation,
  selected: Selected | undefined,
): Exclude<IceTransportState, 'closed'> {
  const restarting = selected !== undefined && selected.generation !== generation
  if (selected !== undefined && now < selected.consent.lateAt) {
    const isFinal = !restarting && selected.isNominated && role === 'controlling'
    return isFinal && generation.gathered && generation.remoteEndOfCandidates ? 'completed' : 'connected'
  }
  // A restart begun while disconnected forgets that connectivity was lost.
  if (selected !== undefined && !restarting) return 'disconnected'
  if (generation.failed) return 'failed'
  const checking = generation.canCheck && (generation.hasRemoteCandidates || generation.remoteEndOfCandidates)
  return checking || restarting ? 'checking' : 'new'
}
