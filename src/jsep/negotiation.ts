import { credentialsOf, planOf } from './plan.js'
import type { JsepState } from './types.js'

/** `sessionId`: random, below 2^63 (RFC 9429 §5.2.1), and the same for as long as the connection lives. */
export function initialState(sessionId: string): JsepState {
  return {
    signalingState: 'stable',
    sessionId,
    sessionVersion: 0,
    agreed: { transportOf: new Map(), roleOf: new Map() },
  }
}

/**
 * W3C WebRTC §4.7.3, "check if negotiation is needed", as far as data channels go: the first one asks for an m-section.
 * One that the peer rejected was negotiated too: asking again by ourselves would never end.
 */
export function needsNegotiation(state: JsepState, inputs: { readonly wantsData: boolean }): boolean {
  if (!inputs.wantsData) return false
  return state.currentLocal?.session.media.some((section) => section.kind === 'application') !== true
}

/**
 * Whether the remote offer at hand restarts ICE on a transport: fragment and password are not those in force
 * (RFC 8839 §4.4.1.1.1). Our answer then needs new ones too.
 */
export function remoteRestartsIce(state: JsepState, transportMid: string): boolean {
  const { pendingRemote, currentRemote } = state
  if (pendingRemote?.type !== 'offer' || currentRemote === undefined) return false
  const carried = planOf(state).sections.filter((section) => section.transportMid === transportMid && !section.rejected)
  const before = credentialsOf(currentRemote, carried)
  const now = credentialsOf(pendingRemote, carried)
  if (before === undefined || now === undefined) return false
  return before.usernameFragment !== now.usernameFragment || before.password !== now.password
}
